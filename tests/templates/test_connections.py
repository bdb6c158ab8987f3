"""What default projects open fits in PostgreSQL as it comes, in production and in development."""

import re

import pytest

from blueprint_cli.spec.model import READY_MADE, Spec
from blueprint_cli.templates.builtin import find_template

GIVEN = 100 - 3
"""PostgreSQL's `max_connections`, without those for superusers."""


def rendered(pattern: str, *by_hand: str) -> dict[str, str]:
    contexts = {
        **{name: {} for name in READY_MADE},
        **{name: {"by": "hand"} for name in by_hand},
    }
    spec = {"blueprint": 1, "project": {"name": "shop"}, "pattern": pattern, "contexts": contexts}
    tree = find_template(pattern).render(Spec.model_validate(spec)).tree
    return {path: file.content.decode() for path, file in tree.items()}


@pytest.mark.parametrize("pattern", ["monolith", "microservices", "event-driven"])
def test_what_the_runbook_counts_is_given(pattern: str) -> None:
    files = rendered(pattern)
    total = re.search(r"^\| all \| \| \| (\d+) \|$", files["docs/runbook.md"], re.MULTILINE)
    assert total
    assert 0 < int(total[1]) <= GIVEN
    assert '"max_connections": "100"' in files["dev/postgres.py"]
    assert "max_connections" not in files["compose.yaml"]


def test_a_context_by_hand_is_counted() -> None:
    for pattern, row in {
        "microservices": "| 2 | 9 | 18 |",
        "event-driven": "| 1 | 9 | 9 |",
    }.items():
        assert f"| `reviews` {row}" in rendered(pattern, "reviews")["docs/runbook.md"]
