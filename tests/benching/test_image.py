"""What an image's command says of the server, and when it cannot be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from blueprint_cli.benching.image import server_options
from tests.rendered import render

if TYPE_CHECKING:
    from pathlib import Path

ALL = '"granian", "--interface", "asgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000"'


def of(folder: Path, *commands: str) -> tuple[dict[str, str], str]:
    for number, command in enumerate(commands):
        place = folder / "services" / f"s{number}"
        place.mkdir(parents=True)
        (place / "Dockerfile").write_text(f"FROM python\n{command}\n", encoding="utf-8")
    options, why_not = server_options(folder)
    return dict(options), why_not


def test_a_project_is_served_with_the_options_of_its_image(tmp_path: Path) -> None:
    for pattern in ("monolith", "microservices"):
        root = render(tmp_path / pattern, "--defaults", "--pattern", pattern)
        assert server_options(root) == ({"GRANIAN_RESPAWN_FAILED_WORKERS": "true"}, "")


def test_options_become_what_the_server_reads(tmp_path: Path) -> None:
    more = '"--runtime-mode", "mt", "--backlog=2048", "--no-log", "--factory", "app:create"'
    options, why_not = of(tmp_path, 'CMD ["sh"]', f"CMD [{ALL}, {more}]")
    assert "services/s0/Dockerfile runs sh; what is measured is granian" in why_not
    (tmp_path / "services/s0/Dockerfile").unlink()
    options, why_not = of(tmp_path)
    assert not why_not
    assert options == {
        "GRANIAN_RUNTIME_MODE": "mt",
        "GRANIAN_BACKLOG": "2048",
        "GRANIAN_LOG": "false",
    }


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        ((), "there is no Dockerfile"),
        ((f"CMD [{ALL}]", 'CMD ["uvicorn", "app:app"]'), "s1/Dockerfile runs uvicorn"),
        (("CMD granian app:app",), "runs no command of its own"),
        ((f"CMD [{ALL}]", f'CMD [{ALL}, "--workers", "4"]'), "s1/Dockerfile has other options"),
    ],
)
def test_what_is_not_followed_is_said(tmp_path: Path, commands: tuple[str, ...], said: str) -> None:
    options, why_not = of(tmp_path, *commands)
    assert options == {}
    assert said in why_not
