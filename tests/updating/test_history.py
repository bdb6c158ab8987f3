"""A changed model in a project: the migrations that are there stay, and others are added."""

import json
from pathlib import Path

import pytest

from blueprint_cli.__main__ import main
from tests.updating.scenarios import commit, git

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


def test_what_migrations_of_another_branch_do_is_not_done_again(
    harbour: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = harbour / "blueprint.yaml"
    name, renamed = "name: text(1..40)", "label: text(1..40) was(name)"
    git(harbour, "checkout", "--quiet", "-b", "one")
    spec.write_text(spec.read_text().replace(name, renamed))
    assert main(["update", str(harbour)]) == 0
    commit(harbour)
    theirs = sorted(path.name for path in (harbour / VERSIONS).glob("*_berths_*"))
    assert len(theirs) == 3
    git(harbour, "checkout", "--quiet", "-b", "two", "main")
    described(harbour, "          width: int(0..) = 2")
    assert main(["update", str(harbour)]) == 0
    commit(harbour)
    # As a person merges: both changes, and this branch's migration after the other's.
    git(harbour, "checkout", "one", "--", VERSIONS)
    own = harbour / VERSIONS / "0003_add_berths_width.py"
    text = own.read_text().replace('"0003"', '"0006"').replace('"0002"', '"0005"')
    own.rename(harbour / VERSIONS / "0006_add_berths_width.py").write_text(text)
    spec.write_text(spec.read_text().replace(name, renamed))
    commit(harbour)
    capsys.readouterr()
    assert main(["update", str(harbour)]) == 0, capsys.readouterr().out
    numbers = sorted(path.name[:4] for path in (harbour / VERSIONS).glob("*.py"))
    assert numbers == ["0001", "0002", "0003", "0004", "0005", "0006"]


def test_what_was_taken_back_is_done_again(harbour: Path) -> None:
    described(harbour, "          depth: int = 3")
    assert main(["update", str(harbour)]) == 0
    added = (harbour / VERSIONS / "0003_add_berths_depth.py").read_text()
    git(harbour, "reset", "--quiet", "--hard")
    git(harbour, "clean", "--quiet", "--force", "-d")
    up, down = added.index("    op.add_column"), added.index("    op.drop_column")
    there = added[:up] + added[down:].strip("\n") + "\n" + added[up:]
    (harbour / VERSIONS / "0003_there_and_back.py").write_text(there)
    commit(harbour)
    described(harbour, "          depth: int = 3")
    assert main(["update", str(harbour)]) == 0
    assert (harbour / VERSIONS / "0004_add_berths_depth.py").exists()


@pytest.mark.parametrize("name", ["context", "described"])
def test_a_context_may_be_called_as_a_folder_of_the_templates(name: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(DESCRIPTION.replace("quays:", f"{name}:"))
    place = tmp_path / "harbour"
    told = ["new", "harbour", "--answers", str(answers), "--defaults", "--output", str(place)]
    assert main(told) == 0
    described(place, "          depth: int(0..) = 3")
    assert main(["update", str(place)]) == 0
    versions = place / VERSIONS.replace("quays", name)
    assert len(list(versions.glob("*.py"))) == 2
