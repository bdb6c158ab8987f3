"""Random edits by a user, random changes to a template: nothing that the user wrote is lost."""

import json
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprint_cli.errors import ProjectRefused
from blueprint_cli.record.record import Record, record_files
from blueprint_cli.record.render import Render
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.tree import EXECUTABLE, PLAIN, File, PathClash, Tree, write_tree
from blueprint_cli.updating.update import abort_update, update_project
from tests.conftest import COPIER_YML, ONE_LAYER
from tests.updating.scenarios import write
from tests.updating.snapshot import snapshot

PAIRS = int(os.environ.get("BLUEPRINT_PAIRS", "320"))
FOLDERS = ("", "src/orders/", "src/catalog/", "src/catalog/deep/", "tests/", "ü/")
NAMES = ("a.py", "b.py", "rules.py", "naïve name.txt", "Makefile")
SPEC = "blueprint: 1\nproject: {name: shop}\npattern: monolith\n"


@dataclass
class Side:
    """A tree whose files have an identity that renames do not change; None for what is new."""

    files: dict[str, tuple[int | None, list[str], bool]] = field(default_factory=dict)

    def copy(self) -> "Side":
        return Side({path: (i, list(lines), x) for path, (i, lines, x) in self.files.items()})

    def tree(self) -> dict[str, File]:
        return {
            path: File("".join(lines).encode(), EXECUTABLE if executable else PLAIN)
            for path, (_, lines, executable) in self.files.items()
        }


def _base(chance: random.Random) -> Side:
    side = Side()
    boilerplate = [f"common {number}\n" for number in range(8)]
    for identity in range(chance.randint(2, 9)):
        path = chance.choice(FOLDERS) + chance.choice(NAMES)
        if chance.random() < 0.4:
            lines = list(boilerplate)  # Files that are identical by chance.
        else:
            lines = [f"file {identity} line {n}\n" for n in range(chance.choice([0, 1, 4, 12]))]
        side.files[path] = (identity, lines, chance.random() < 0.1)
    return side


def _change(side: Side, chance: random.Random, mark: str) -> Side:
    """Do some random things; every line that is written is a line of its own."""
    side = side.copy()
    for number in range(chance.randint(0, 6)):
        line = f"{mark} {number} {chance.random()}\n"
        path = chance.choice([*side.files, ""])
        do = chance.choice([_edit, _edit, _edit, _add, _delete, _move, _move_folder, _copy, _mode])
        (do if path else _add)(side, path, chance, line)
    return side


def _edit(side: Side, path: str, chance: random.Random, line: str) -> None:
    lines = side.files[path][1]
    at = chance.randint(0, len(lines))
    lines[at : at + chance.randint(0, 2)] = [line]


def _add(side: Side, _: str, chance: random.Random, line: str) -> None:
    lines = [line, *(f"own {number} {line}" for number in range(3))]
    side.files.setdefault(_somewhere(chance), (None, lines, False))


def _delete(side: Side, path: str, _: random.Random, _line: str) -> None:
    del side.files[path]


def _copy(side: Side, path: str, chance: random.Random, _: str) -> str:
    identity, lines, executable = side.files[path]
    new = _somewhere(chance)
    side.files.setdefault(new, (identity, list(lines), executable))
    return new


def _move(side: Side, path: str, chance: random.Random, line: str) -> None:
    if (new := _copy(side, path, chance, line)) != path and side.files[new] == side.files[path]:
        del side.files[path]


def _move_folder(side: Side, path: str, _: random.Random, line: str) -> None:
    old = path.rpartition("/")[0]
    for inside in [each for each in side.files if old and each.startswith(f"{old}/")]:
        goes = f"folder of {line.split(maxsplit=1)[0]}/{inside.removeprefix(f'{old}/')}"
        if goes not in side.files:
            side.files[goes] = side.files.pop(inside)


def _mode(side: Side, path: str, _: random.Random, _line: str) -> None:
    identity, lines, executable = side.files[path]
    side.files[path] = (identity, lines, not executable)


def _somewhere(chance: random.Random) -> str:
    return chance.choice(FOLDERS) + chance.choice([*NAMES, "new.py", "moved.py"])


def _builtin(root: Path) -> tuple[str, Render, Path]:
    """A template of ours, without files: what a spec says of it, its record, the files' place."""
    for path, text in (("copier.yml", COPIER_YML), ("monolith/pattern.yaml", ONE_LAYER)):
        write(root, path, text)
    (root / "files").mkdir()
    template = find_template("monolith", root)
    rendered = Render(
        name="monolith",
        version=template.version,
        tree=template.tree.digest(),
        answers="",
        pattern="monolith",
        base="",
    )
    return SPEC, rendered, root / "files"


def _of_a_team(root: Path, kind: str) -> tuple[str, Render, Path]:
    """The same of a team's template."""
    if kind == "copier":
        write(root, "copier.yml", "_subdirectory: files\n")
        place = root / "files"
    else:
        write(root, "cookiecutter.json", '{"name": "shop"}')
        place = root / "{{cookiecutter.name}}"
    spec = f"blueprint: 1\nproject: {{name: shop}}\ntemplate: {{source: {json.dumps(str(root))}}}\n"
    rendered = Render(
        name=root.name, kind=kind, source=str(root), version="0", tree="", answers="", pattern="",
        base="",
    )  # fmt: skip
    place.mkdir()
    return spec, rendered, place


@contextmanager
def project_and_template(
    base: Side, mine: Side, new: Side, *, git: bool, kind: str = "builtin"
) -> Iterator[Path]:
    """A project that was rendered from a template, edited, and the template's next version."""
    with tempfile.TemporaryDirectory() as folder:
        root, project = Path(folder) / "templates", Path(folder) / "project"
        root.mkdir()
        ours = kind == "builtin"
        spec, rendered, place = _builtin(root) if ours else _of_a_team(root, kind)
        tree = Tree({**base.tree(), "blueprint.yaml": File(spec.encode())})
        sources = {path: f"files/{path}" for path in base.files} if ours else {}
        record = record_files(Record(rendered, tree, frozenset(), sources))
        write_tree(Tree({**mine.tree(), "blueprint.yaml": File(spec.encode()), **record}), project)
        shutil.rmtree(place)
        write_tree(Tree(new.tree()), place)
        if git:
            for arguments in (
                ["init", "--quiet", "--template="],
                ["add", "--all"],
                ["-c", "user.name=a", "-c", "user.email=a", "commit", "--quiet", "-m", "x"],
            ):
                subprocess.run(["git", *arguments], cwd=project, check=True)
        yield project


def _where(project: Path, line: str) -> list[str]:
    return [
        place.relative_to(project).as_posix()
        for place in project.rglob("*")
        if place.is_file()
        and not {".git", ".blueprint"} & set(place.relative_to(project).parts)
        and line.encode() in place.read_bytes()
    ]


def _check_mine(project: Path, base: Side, mine: Side, new: Side) -> None:
    written = {line for _, lines, _ in base.files.values() for line in lines}
    common = {line for line in written if line.startswith("common")}
    for path, (identity, lines, _) in mine.files.items():
        for line in set(lines) - written - common:
            found = _where(project, line)
            assert found, f"{line!r} of {path} is lost"
            lineage = {p for p, (i, _, _) in mine.files.items() if i == identity} | {
                p for p, (i, _, _) in new.files.items() if i == identity and i is not None
            }
            if identity is not None:
                others = {*mine.files, *new.files} - lineage
                for place in found:
                    # Where one side moved the folder and the other the file, both are followed.
                    names = {each.rpartition("/")[2] for each in lineage}
                    followed = place.rpartition("/")[2] in names and place not in others
                    assert followed or place.partition("~")[0] in lineage, (
                        f"{line!r} of {path} went to {place}"
                    )


@pytest.mark.no_cover  # It reaches nothing that the scenarios do not, in twice the time.
@settings(
    max_examples=PAIRS,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
@given(seed=st.integers(min_value=0, max_value=2**32), git=st.booleans())
def test_nothing_that_the_user_wrote_is_lost(seed: int, git: bool) -> None:  # noqa: FBT001
    _check_random_edits(seed, "builtin", git=git)


@pytest.mark.no_cover
@settings(parent=settings.get_profile("blueprint"), max_examples=PAIRS // 4, database=None)
@given(
    seed=st.integers(min_value=0, max_value=2**32),
    kind=st.sampled_from(["copier", "cookiecutter"]),
)
def test_nor_with_a_template_of_a_team(seed: int, kind: str) -> None:
    _check_random_edits(seed, kind, git=True)


def _check_random_edits(seed: int, kind: str, *, git: bool) -> None:
    chance = random.Random(seed)  # noqa: S311 - of tests
    base = _base(chance)
    mine, new = _change(base, chance, "mine"), _change(base, chance, "theirs")
    try:
        for side in (base, mine, new):
            Tree(side.tree())
    except PathClash:
        return
    with project_and_template(base, mine, new, git=git, kind=kind) as project:
        before = snapshot(project)
        try:
            ours = project.parent / "templates" if kind == "builtin" else None
            updated = update_project(project, templates=ours)
        except ProjectRefused as refused:
            assert "untracked or ignored files" in refused.message  # noqa: PT017
            assert snapshot(project) == before
            return
        _check_mine(project, base, mine, new)
        for path, (_, lines, _) in new.files.items():
            for line in lines:
                if "theirs" in line and not _where(project, line):
                    assert updated.changes is not None
                    assert updated.changes.kept_deleted or updated.conflicts, path
        if updated.state == "conflicts":
            abort_update(project)
            assert snapshot(project) == before


def test_the_check_sees_a_line_that_is_lost(tmp_path: Path) -> None:
    base, mine = Side({"a.py": (0, ["x\n"], False)}), Side({"a.py": (0, ["x\n", "mine\n"], False)})
    write(tmp_path, "a.py", "x\n")
    with pytest.raises(AssertionError, match="is lost"):
        _check_mine(tmp_path, base, mine, base)
    write(tmp_path, "other.py", "mine\n")
    with pytest.raises(AssertionError, match=r"went to other\.py"):
        _check_mine(tmp_path, base, mine, base)
