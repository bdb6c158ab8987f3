"""How rendered code says what a command does."""

import pytest

from blueprint_cli.templates.described.words import doing


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("move", "move an order"),
        ("check_in", "check in an order"),
        ("draft_again", "draft again an order"),
        ("open_sale", "open sale for an order"),
        ("send_to_review", "send to review for an order"),
    ],
)
def test_a_command_has_its_object(command: str, said: str) -> None:
    assert doing(command, "an order") == said
