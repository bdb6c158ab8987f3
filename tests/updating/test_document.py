"""docs/update.md shows every case, and says of ours what the tests say."""

from pathlib import Path

from tests.updating.scenarios import SCENARIOS

TABLE = (Path(__file__).parents[2] / "docs/update.md").read_text(encoding="utf-8")


def test_every_case_is_in_the_table_and_right() -> None:
    rows = [line.strip("| ").split(" | ") for line in TABLE.splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows[2:]] == [each.name for each in SCENARIOS]
    assert {row[1] for row in rows[2:]} == {"right"}
    assert all(len(row) == len(rows[0]) for row in rows)
