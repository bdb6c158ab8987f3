"""From both other patterns to events: an edit goes where its file goes, a guide says the rest."""

import re
from pathlib import Path

import pytest

from tests import newcomer
from tests.rendered import BLUEPRINT

TEMPLATES = Path(__file__).parents[3] / "templates"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'\[% include "([^"]+)" %\]')
EDITED = {
    "monolith": "src/orders/domain/order.py",
    "microservices": "services/orders/src/orders/domain/order.py",
}


@pytest.mark.parametrize("pattern", EDITED)
def test_evolving(pattern: str, tmp_path: Path) -> None:
    def run(*command: str | Path, folder: Path) -> str:
        done = newcomer.run(folder, *command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    shop = tmp_path / "shop"
    run(
        BLUEPRINT,
        "new",
        "shop",
        "--example",
        "shop",
        "--pattern",
        pattern,
        "--no-git",
        folder=tmp_path,
    )
    with (shop / EDITED[pattern]).open("a", encoding="utf-8") as file:
        file.write("# ours\n")
    for command in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "shop")):
        run("git", *command, folder=shop)
    run(BLUEPRINT, "evolve", "--to", "event-driven", folder=shop)
    edited = shop / "services/orders/src/orders/domain/order.py"
    assert edited.read_text(encoding="utf-8").endswith("# ours\n")
    guide = (shop / "docs/migration-to-event-driven.md").read_text(encoding="utf-8")
    assert "deploy/snapshot.sql" in guide
    assert (shop / "deploy/snapshot.sql").is_file()
    assert (shop / "services/analytics/src/analytics").is_dir()
    assert run(BLUEPRINT, "check", folder=shop).rstrip().endswith("nothing to report.")


def test_the_guides_commands_are_those_that_are_tried_for_services() -> None:
    """What tests/updating/evolving runs on a server; only which contexts have data is said anew."""
    there, here = (
        INCLUDE.sub(
            lambda include: (TEMPLATES / include[1]).read_text(encoding="utf-8"),
            (
                TEMPLATES / pattern / "from_monolith/docs" / f"migration-to-{name}.md.jinja"
            ).read_text(encoding="utf-8"),
        )
        for pattern, name in (("microservices", "microservices"), ("event_driven", "event-driven"))
    )
    blocks = BLOCK.findall(there)
    assert len(blocks) == 4
    assert BLOCK.findall(here.replace(" | reject('equalto', 'analytics')", "")) == blocks
