"""Migrations of Copier templates run as ``copier update`` runs them."""

from pathlib import Path

import pytest

from blueprint_cli.engines.copier import CopierTemplate
from blueprint_cli.engines.copier_migrations import refuse_untrusted, run_migration
from blueprint_cli.errors import MigrationFailed, Untrusted
from tests.engines.rivals import copier
from tests.engines.written import commit, git, opened, write

# Everything that a migration can know, in the order in which they are run.
SAID = (
    "$STAGE $VERSION_FROM $VERSION_TO $VERSION_CURRENT $VERSION_PEP440_FROM $VERSION_PEP440_TO "
    "$VERSION_PEP440_CURRENT $COPIER_OPERATION {{ _stage }} {{ _version_from }} {{ _version_to }} "
    "{{ _copier_operation }} {{ _version_current|default('-') }} {{ name|default('-') }}"
)
MIGRATIONS = f"""\
_migrations:
  - "echo plain {SAID} >> log.txt"
  - command: "echo both {SAID} >> log.txt"
    when: true
  - command: [sh, -c, "pwd | sed 's/.*project//' >> ../log.txt; echo list {SAID} >> ../log.txt"]
    when: "{{{{ _stage == 'before' }}}}"
    working_directory: sub
  - version: v1.5.0
    command: "echo 1.5 {SAID} >> log.txt"
    when: "{{{{ _stage in ['before', 'after'] and _version_from is defined }}}}"
  - version: v9.0.0
    command: "echo never >> log.txt"
  - version: v1.0.0
    command: "echo never >> log.txt"
  - version: v2.0.0
    before: ["echo old before {SAID} >> log.txt"]
    after: ["echo old after {SAID} >> log.txt", "echo 2nd >> log.txt"]
  - command: "exit 3"
    when: "{{{{ name == 'nobody' }}}}"
"""
FILES = {
    "copier.yml": "name: {type: str, default: shop}\n",
    "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "sub/a.txt.jinja": "{{ name }}\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = commit(write(tmp_path / "template", FILES), "v1.0.0")
    commit(write(folder, {"sub/a.txt.jinja": "{{ name }} two\n"}), "v1.5.0")
    return commit(write(folder, {"copier.yml": FILES["copier.yml"] + MIGRATIONS}), "v2.1.0")


@pytest.fixture
def project(source: Path, tmp_path: Path) -> Path:
    place = tmp_path / "project"
    answer = "--data=name=till"
    copier("copy", "--quiet", "--defaults", answer, "--vcs-ref=v1.0.0", str(source), str(place))
    return commit(place)


def versions(source: Path, tmp_path: Path, *, trusted: bool = True) -> list[CopierTemplate]:
    found = [opened(source, tmp_path, ref=ref, trusted=trusted) for ref in ("v1.0.0", "v2.1.0")]
    return [template for template in found if isinstance(template, CopierTemplate)]


def test_they_run_in_copiers_order_and_with_its_variables(
    source: Path, project: Path, tmp_path: Path
) -> None:
    before, after = versions(source, tmp_path)
    for stage in ("before", "after"):
        for step in after.migrations(before, stage, {"name": "till"}, project):
            run_migration(step, project)
    ours = (project / "log.txt").read_text()
    git(project, "clean", "--quiet", "--force")
    copier("update", "--quiet", "--defaults", "--trust", str(project))
    assert ours == (project / "log.txt").read_text()
    assert [line.split()[0] for line in ours.splitlines()] == [
        "both", "/sub", "list", "1.5", "old",
        "plain", "both", "1.5", "old", "2nd",
    ]  # fmt: skip


def test_between_a_version_and_itself_there_are_none_that_name_one(
    source: Path, project: Path, tmp_path: Path
) -> None:
    _, after = versions(source, tmp_path)
    steps = after.migrations(after, "after", {"name": "till"}, project)
    assert [str(step.command).split()[1] for step in steps] == ["plain", "both"]


def test_without_trust_they_are_refused_and_named(
    source: Path, project: Path, tmp_path: Path
) -> None:
    before, after = versions(source, tmp_path, trusted=False)
    steps = after.migrations(before, "before", {}, project)
    with pytest.raises(Untrusted) as refused:
        refuse_untrusted(after, steps)
    assert "migration echo both" in refused.value.hint
    refuse_untrusted(after, [])
    assert not (project / "log.txt").exists()


def test_one_that_fails_says_so(source: Path, project: Path, tmp_path: Path) -> None:
    before, after = versions(source, tmp_path)
    steps = after.migrations(before, "after", {"name": "nobody"}, project)
    with pytest.raises(MigrationFailed, match="exit 3 failed with exit code 3"):
        run_migration(steps[-1], project)
