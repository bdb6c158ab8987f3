"""The runbook counts the connections to the database that the processes open."""

import re
from pathlib import Path

import pytest

from tests.architecture.processes import applications

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `?([\w-]+)`? \| (\d*) ?\| (\d*) ?\| (\d+) \|$", re.MULTILINE)


def counted() -> dict[str, tuple[int, int, int]]:
    """Of each process in the runbook's table: workers, connections of each, and together."""
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    section = text.partition("\n## Connections\n")[2].partition("\n## ")[0]
    return {
        name: (int(workers or 0), int(each or 0), int(together))
        for name, workers, each, together in ROW.findall(section)
    }


def test_the_runbook_counts_the_connections_of_every_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_POOL_SIZE", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere/none")
    monkeypatch.setenv("ENVIRONMENT", "test")
    opened = {name: made.connections_at_most for name, made in applications(monkeypatch)}
    written = {name: each for name, (_, each, _) in counted().items()}
    served = {name: each for name, each in written.items() if name in opened}
    assert served == opened, "docs/runbook.md, Connections"
    assert written.keys() - opened.keys() == {"migrate", "backup", "all"}


def test_the_runbook_adds_up() -> None:
    rows = counted()
    *_, total = rows.pop("all")
    assert all(workers * each == together for workers, each, together in rows.values())
    assert sum(together for *_, together in rows.values()) == total
