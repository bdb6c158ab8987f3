"""Runs after the others: has the suite seen every answer that the document names?"""

from pathlib import Path

import pytest

from tests.blackbox.client import Seen
from tests.blackbox.document import codes, operations

# Only for who comes while the first request is still being answered.
NOT_AT_WILL = {"idempotency_in_progress"}


def test_every_documented_answer_was_seen(request: pytest.FixtureRequest, seen: Seen) -> None:
    here = Path(__file__).parent
    collected = {item.path for item in request.session.items}
    options = request.config.option
    narrowed = options.keyword or any("::" in argument for argument in request.config.args)
    if narrowed or not collected.issuperset(here.glob("test_*.py")):
        pytest.skip("only part of the suite runs")
    documented = {
        (method, path, int(status))
        for (method, path), operation in operations().items()
        for status, answer in operation["responses"].items()
        if codes(answer) != NOT_AT_WILL
    }
    assert documented - seen == set()
