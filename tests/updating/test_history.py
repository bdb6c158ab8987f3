"""A changed model in a project: the migrations that are there stay, and others are added."""

import json
from pathlib import Path

import pytest

from blueprint_cli.__main__ import main
from tests.updating.scenarios import commit

VERSIONS = "src/quays/adapters/migrations/versions"
DESCRIPTION = """\
blueprint: 1
project: {name: harbour}
pattern: monolith
contexts:
  identity: {}
  notifications: {}
  catalog: {}
  orders: {}
  quays:
    entities:
      Berth:
        fields:
          name: text(1..40)
"""
BY_HAND = '''\
"""By hand."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
'''


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    """A project with a described context, whose owner has added a migration."""
    answers = tmp_path / "answers.yaml"
    answers.write_text(DESCRIPTION)
    place = tmp_path / "harbour"
    told = ["new", "harbour", "--answers", str(answers), "--defaults", "--output", str(place)]
    assert main(told) == 0
    (place / VERSIONS / "0002_by_hand.py").write_text(BY_HAND)
    commit(place)
    return place


def described(project: Path, more: str) -> None:
    place = project / "blueprint.yaml"
    name = "          name: text(1..40)\n"
    place.write_text(place.read_text().replace(name, f"{name}{more}\n"))


def test_numbers_go_on_and_what_was_rendered_stays(
    harbour: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = (harbour / VERSIONS / "0001_quays.py").read_bytes()
    described(harbour, "          depth: int(0..) = 3")
    assert main(["update", str(harbour)]) == 0
    added = (harbour / VERSIONS / "0003_add_berths_depth.py").read_text()
    assert 'down_revision = "0002"' in added
    assert (harbour / VERSIONS / "0001_quays.py").read_bytes() == first
    commit(harbour)
    capsys.readouterr()
    # What was rendered is the base now: the same model adds nothing.
    assert main(["update", str(harbour)]) == 0
    assert "nothing to do" in capsys.readouterr().out
    names = sorted(path.name for path in (harbour / VERSIONS).glob("*.py"))
    assert names == ["0001_quays.py", "0002_by_hand.py", "0003_add_berths_depth.py"]


def test_what_no_migration_can_do_is_refused_with_its_line(
    harbour: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described(harbour, "          depth: int(0..)")
    assert main(["update", str(harbour)]) == 2
    said = capsys.readouterr().err
    line = (harbour / "blueprint.yaml").read_text().splitlines().index("          depth: int(0..)")
    assert f"{line + 1}:" in said
    assert "depth is mandatory and has no default" in said
    assert not list((harbour / VERSIONS).glob("0003*"))


def test_a_lost_base_is_rebuilt_with_its_later_migrations(
    harbour: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (harbour / VERSIONS / "0002_by_hand.py").unlink()
    commit(harbour)
    described(harbour, "          depth: int optional")
    assert main(["update", str(harbour)]) == 0
    commit(harbour)
    (archive,) = (harbour / ".blueprint").glob("base-*.tar")
    before = archive.read_bytes()
    archive.unlink()
    capsys.readouterr()
    assert main(["update", str(harbour), "--rebuild-base", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"]
    assert archive.read_bytes() == before
    described(harbour, "          width: int optional")
    assert main(["update", str(harbour)]) == 0
    assert sorted(path.name for path in (harbour / VERSIONS).glob("0*.py")) == [
        "0001_quays.py", "0002_add_berths_depth.py", "0003_add_berths_width.py"
    ]  # fmt: skip


def test_rows_do_not_go_to_another_server(
    harbour: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = harbour / "blueprint.yaml"
    place.write_text(place.read_text().replace("  quays:\n", "  quays:\n    store: mysql\n"))
    commit(harbour)
    assert main(["update", str(harbour)]) == 2
    said = capsys.readouterr().err
    assert "contexts.quays.store: the rows of quays are in postgresql, and stay there" in said
    assert "a context beside it" in said
