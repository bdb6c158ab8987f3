"""docs/check.md says of every rule what the program says."""

import os
from pathlib import Path

from blueprint_cli.checking.explanation import as_markdown
from blueprint_cli.checking.rules import RULES
from blueprint_cli.spec.codes import CODES

PAGE = Path(__file__).parents[2] / "docs" / "check.md"
BEGIN, END = "<!-- rules -->\n", "<!-- end of rules -->\n"


def described() -> str:
    return "\n".join(f"### {rule.id} {rule.name}\n\n{as_markdown(rule)}" for rule in RULES)


def test_the_page_describes_every_rule() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page = f"{before}{BEGIN}\n{described()}\n{END}{after}"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page, "UPDATE_SNAPSHOTS=1 make test mends it"


def test_ids_and_names_are_unique_and_in_order() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids)) == list(CODES)
    assert len({rule.name for rule in RULES}) == len(RULES)
