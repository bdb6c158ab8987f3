"""The render in memory, and the promise of .blueprint/: the same bytes for ever."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint_cli.errors import RecordDamaged, RecordUnreleased
from blueprint_cli.globs import select
from blueprint_cli.layout import IDENTITY, MANIFEST
from blueprint_cli.record.archive import FILLER, pack, unpack
from blueprint_cli.record.record import Record, manifest, read_record, record_files
from blueprint_cli.record.render import Render, answers_hash, read_render, seal_of
from blueprint_cli.tree import EXECUTABLE, LINK, PLAIN, File, PathClash, Tree, write_tree
from tests.records import archive_of, manifest_of, remake

NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1, max_size=12
).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=12).map("/".join)
FILES = st.builds(File, st.binary(max_size=600), st.sampled_from([PLAIN, EXECUTABLE]))


RENDER = Render(
    name="monolith",
    ref="v1",
    commit="c0ffee",
    version="1.2.3",
    tree="7ee",
    answers="a25",
    pattern="monolith",
    standard="gh:acme/standard",
    standard_ref="v2",
    standard_commit="d0d0",
    base="",
)


def tree_or_none(files: dict[str, File]) -> Tree | None:
    try:
        return Tree(files)
    except PathClash:
        return None


TREES = (
    st.dictionaries(PATHS, FILES, max_size=6)
    .map(tree_or_none)
    .filter(lambda tree: tree is not None)
)


@given(TREES)
def test_an_archive_gives_back_the_tree(tree: Tree) -> None:
    assert unpack(pack(tree)) == tree
    managed = frozenset(list(tree)[::2])
    assert json.loads(manifest(tree, managed))["files"] == [
        {"path": path, "mode": file.mode, "sha256": file.sha256, "managed": path in managed}
        for path, file in tree.items()
    ]


@pytest.mark.parametrize("length", [1, 98, 99, 100, 101, 150, 200, 255, 256, 257, 400])
def test_long_paths_come_back(length: int) -> None:
    """The format has three places for them."""
    for folders in ("", "folder/", "folder/" * (length // 8)):
        path = folders + "n" * max(length - len(folders), 1)
        tree = Tree({path: File(b"x" * length, EXECUTABLE), "z": File(b"z")})
        assert unpack(pack(tree)) == tree


@given(TREES)
def test_the_order_of_the_files_means_nothing(tree: Tree) -> None:
    turned = Tree(dict(reversed(list(tree.items()))))
    assert turned == tree
    assert hash(turned) == hash(tree)
    assert pack(turned) == pack(tree)
    assert list(turned) == sorted(turned, key=str.encode)


def test_the_archive_of_the_first_release_is_written_to_this_day() -> None:
    """A changed hash here breaks the promise to every project that exists: never update it."""
    tree = Tree(
        {
            "b.sh": File(b"#!/bin/sh\n", EXECUTABLE),
            "a/ä.txt": File("Käse\n".encode()),
            f"{'long/' * 60}file": File(b""),
            "Z": File(b"x" * 1000),
        }
    )
    assert (
        hashlib.sha256(pack(tree)).hexdigest()
        == "16985368ce481db9b76314d63300d2c986d0d7c73b5babd68d1c91e80406d861"
    )
    assert tree.digest() == "157a61e65745384da1b33624f23a6eb5344abd7c7f2fdb52037645ede704ef58"
    assert (
        hashlib.sha256(manifest(tree, {"b.sh"}).encode()).hexdigest()
        == "855cf0f3fed857ce9ecd4e26b9f0b039b332e42b057b456a406c78df4db87b7a"
    )


def test_the_record_of_the_first_release_is_written_to_this_day(project: Path) -> None:
    """The same promise: whoever renders, the archive has the same bytes, filler and all."""
    record = read_record(project)
    assert record.render.base == "92c89e3327dc8dee022bc97ec9dbd2ea95ab173c7361bb3d63e3501fe919410e"
    assert (
        hashlib.sha256(RENDER.text().encode()).hexdigest()
        == "3622f2f96fa4fefea5b786abc4361ad366c9b9cb5a9461604fae8a2b7ef75411"
    )


def test_the_archive_names_nobody() -> None:
    with tarfile.open(fileobj=io.BytesIO(pack(Tree({"a": File(b"", EXECUTABLE)})))) as archive:
        (entry,) = archive
    assert (entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) == (0, 0, "", "", 0)
    assert entry.mode == 0o755


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        (["a", "a/b"], "a file and a folder"),
        (["Read.me", "read.me"], "case"),
        (["a/B", "A/c"], "case"),
        (["\u00e9", "e\u0301"], "case"),
        (["/a"], "no relative path"),
        (["a//b"], "no relative path"),
        (["../a"], "no relative path"),
        (["./a"], "no relative path"),
        (["a\\b"], "no relative path"),
        ([""], "no relative path"),
    ],
)
def test_paths_that_cannot_stand_together_are_refused(paths: list[str], reason: str) -> None:
    with pytest.raises(PathClash, match=reason):
        Tree({path: File(b"") for path in paths})


def test_more_files_can_be_added_but_none_replaced() -> None:
    tree = Tree({"a": File(b"1")})
    assert list(tree.with_files({"b": File(b"2")})) == ["a", "b"]
    assert len(tree) == 1
    assert tree != {"a": File(b"1")}
    with pytest.raises(PathClash):
        tree.with_files({"a": File(b"2")})


@given(TREES)
def test_a_tree_is_written_and_read_back(tree: Tree) -> None:
    import tempfile  # noqa: PLC0415 - a folder for each example

    with tempfile.TemporaryDirectory() as folder:
        previous = os.umask(0o077)
        try:
            try:
                write_tree(tree, Path(folder) / "out")
            except OSError:
                return  # A name that this file system does not take.
        finally:
            os.umask(previous)
        assert Tree.read(Path(folder) / "out") == tree
        for path, file in tree.items():
            assert (Path(folder) / "out" / path).stat().st_mode & 0o777 == file.permissions


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "skipped").mkdir()
    (tmp_path / "skipped" / "x").write_text("x")
    (tmp_path / "a").write_text("a")
    assert list(Tree.read(tmp_path, skip=["skipped"])) == ["a"]
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(OSError, match="link is neither"):
        Tree.read(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    base = Tree({"blueprint.yaml": File(b"blueprint: 1\n"), "run.sh": File(b"#!\n", EXECUTABLE)})
    record = Record(RENDER, base, select(base, ("*.sh", "absent/**")), sources={})
    write_tree(base.with_files(record_files(record)), tmp_path / "project")
    return tmp_path / "project"


def test_a_record_gives_back_the_pristine_render(project: Path) -> None:
    record = read_record(project)
    assert (record.render.name, record.render.source, record.render.version) == (
        "monolith",
        "builtin",
        "1.2.3",
    )
    assert record.base == Tree(
        {"blueprint.yaml": File(b"blueprint: 1\n"), "run.sh": File(b"#!\n", EXECUTABLE)}
    )
    assert record.managed == {"run.sh"}


def test_what_a_later_version_adds_does_no_harm(project: Path) -> None:
    before = read_record(project)
    listed = manifest_of(project).replace('"path": ', '"later": [1], "path": ')
    remake(project, {MANIFEST: listed.encode(), ".blueprint/later": b"x"})
    sealed_anew(project, lambda line: {"later": [1], **line, "last": {"x": None}})
    after = read_record(project)
    assert replace(after, render=before.render) == before
    assert after.render.base != before.render.base


def sealed_anew(project: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Write the line as a version would that knows other keys."""
    document = json.loads((project / IDENTITY).read_text())
    line = change(document["render"])
    document["render"] = {**line, "seal": seal_of(line.items())}
    (project / IDENTITY).write_text(json.dumps(document))


def test_keys_that_a_later_version_seals_are_under_its_seal(project: Path) -> None:
    sealed_anew(project, lambda line: {**line, "later": [1]})
    assert replace(read_render(project), base="") == RENDER
    for old, new in (
        ('"later": [1]', '"later": [2]'),
        ('"later"', '"former"'),
        (', "later": [1]', ""),
        ('{"name"', '{"more": 1, "name"'),
    ):
        good = (project / IDENTITY).read_text()
        edit(project / IDENTITY, old, new)
        with pytest.raises(RecordDamaged, match="seal is broken"):
            read_render(project)
        (project / IDENTITY).write_text(good)
    # In another order, or said twice, it is another line.
    sealed_anew(project, lambda line: dict(reversed(line.items())))
    read_render(project)
    document = json.loads((project / IDENTITY).read_text())
    document["render"] = dict(sorted(document["render"].items()))
    (project / IDENTITY).write_text(json.dumps(document))
    with pytest.raises(RecordDamaged, match="seal is broken"):
        read_render(project)
    edit(project / IDENTITY, '"kind"', '"name": "other", "kind"')
    with pytest.raises(RecordDamaged, match="a key stands twice"):
        read_render(project)


def test_a_record_of_an_unreleased_version_is_refused(project: Path) -> None:
    old = {"name", "source", "version", "tree", "base"}
    sealed_anew(project, lambda line: {name: value for name, value in line.items() if name in old})
    with pytest.raises(RecordUnreleased, match="before the first release") as refused:
        read_render(project)
    assert "Make the project anew and copy your edits" in refused.value.hint
    assert refused.value.exit_code == 2


def test_equal_answers_have_one_hash_whatever_their_order() -> None:
    one = {"a": 1, "b": {"c": "ä", "d": None}}
    assert answers_hash(one) == answers_hash({"b": {"d": None, "c": "ä"}, "a": 1})
    assert answers_hash(one) != answers_hash({**one, "a": 2})


def test_what_changes_with_a_render_is_one_line(project: Path) -> None:
    lines = (project / ".blueprint" / "template.json").read_text().splitlines()
    assert lines[0] == '{"format": 1,'
    assert len(lines) == 2
    name = f"base-{read_record(project).render.base[:16]}"
    assert sorted(path.name for path in (project / ".blueprint").iterdir()) == [
        ".gitattributes",
        ".gitignore",
        f"{name}.tar",
        "template.json",
    ]


def test_two_archives_are_less_than_half_alike() -> None:
    """Whatever is in them: what only one of them has is the larger part."""
    for count in range(0, 60, 2):
        tree = Tree({f"{number}.txt": File(b"\n" * number) for number in range(count)})
        (archive,) = (
            file.content
            for path, file in record_files(Record(RENDER, tree, frozenset(), {})).items()
            if path.endswith(".tar")
        )
        filler = unpack(archive)[FILLER].content
        assert len(filler) > len(archive) - len(filler)
        assert {len(row) for row in filler.splitlines(keepends=True)} == {64}
        assert len(set(filler.splitlines())) == 1


def tarred(entry: tarfile.TarInfo) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(entry)
    return stream.getvalue()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_damaged_record_is_recognised(project: Path) -> None:
    archive, identity = archive_of(project), project / IDENTITY
    good = {path: path.read_bytes() for path in (project / ".blueprint").iterdir()}
    bits = good[archive]
    damages: list[tuple[str, Callable[[], object]]] = [
        ("is not the archive that", lambda: archive.write_bytes(bits + b"x")),
        ("is not the archive that", lambda: archive.write_bytes(pack(Tree({})))),
        # One flag, one mode, one hash, one origin; and what only makes archives differ.
        *(
            (
                "is not the archive that",
                lambda old=old, new=new: archive.write_bytes(turned(bits, old, new)),
            )
            for old, new in (
                (b'"managed": true', b'"managed":false'),
                (b'"100755"', b'"100644"'),
                (b"0000755", b"0000644"),
                (b"....", b"...,"),
                (b"!*\n", b"*!\n"),
            )
        ),
        ("cannot be read", archive.unlink),
        ("cannot be read", identity.unlink),
        ("has format 2", lambda: edit(identity, '"format": 1', '"format": 2')),
        ("has format None", lambda: identity.write_text("[]")),
        ("does not have what it must have", lambda: identity.write_text('{"format": 1}')),
        ("other than text", lambda: edit(identity, '"monolith"', "1")),
        ("template.json cannot be read", lambda: identity.write_text("<<<<<<< HEAD\n")),
        (
            r"gitattributes is not what was recorded",
            lambda: edit(project / ".blueprint/.gitattributes", "binary", "text"),
        ),
        (
            r"gitignore is not what was recorded",
            lambda: (project / ".blueprint/.gitignore").write_text("*\n"),
        ),
        (r"gitignore cannot be read", (project / ".blueprint/.gitignore").unlink),
    ]
    for expected, damage in damages:
        for path, content in good.items():
            path.write_bytes(content)
        damage()
        with pytest.raises(RecordDamaged, match=expected):
            read_record(project)


@pytest.mark.parametrize("name", [field.name for field in fields(Render)])
def test_no_value_of_the_identity_changes_alone(name: str, project: Path) -> None:
    render = asdict(read_record(project).render)
    edit(project / IDENTITY, f'"{name}": "{render[name]}', f'"{name}": "~{render[name][1:]}')
    with pytest.raises(RecordDamaged, match="seal is broken"):
        read_render(project)
    edit(project / IDENTITY, ', "seal"', ', "sealed"')
    with pytest.raises(RecordDamaged, match="seal is broken"):
        read_render(project)
    rendered_as_it_says = Render(**{**render, name: f"~{render[name][1:]}"})
    (project / IDENTITY).write_text(rendered_as_it_says.text())
    assert read_render(project) == rendered_as_it_says


def test_an_archive_whose_manifest_is_of_another_one_is_refused(project: Path) -> None:
    listed = manifest_of(project)
    good = {path: path.read_bytes() for path in (project / ".blueprint").iterdir()}
    for expected, forged in {
        "does not list what": listed.replace('"100755"', '"100644"'),
        "does not list what is in it": listed.replace('"run.sh"', '"run.bat"'),
        "does not list": listed.replace('"sha256": "', '"sha256": "0'),
        "does not have what it must have": listed.replace(', "managed": true', ""),
        "has format 2": listed.replace('"format": 1', '"format": 2'),
        "manifest.json cannot be read": "",
    }.items():
        remake(project, {MANIFEST: forged.encode()})
        with pytest.raises(RecordDamaged, match=expected):
            read_record(project)
        archive_of(project).unlink()
        for path, content in good.items():
            path.write_bytes(content)
    remake(project, {MANIFEST: None})
    with pytest.raises(RecordDamaged, match=r"manifest.json cannot be read"):
        read_record(project)


def turned(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new, 1)


def test_an_archive_of_anything_else_is_refused() -> None:
    link = tarfile.TarInfo("a")
    link.type = tarfile.SYMTYPE
    whole = pack(Tree({"a": File(b"x" * 1000)}))
    for archive, expected in {
        b"no archive at all": "cannot be read",
        b"": "cannot be read",
        whole[:400]: "cannot be read",
        whole[:900]: "ends too soon",
        whole[: 3 * 512]: "cannot be read",
        tarred(link): "no plain file",
        tarred(tarfile.TarInfo("../a")): "cannot be read",
    }.items():
        with pytest.raises(RecordDamaged, match=expected):
            unpack(archive)


def test_links_inside_a_tree_are_kept(tmp_path: Path) -> None:
    tree = Tree(
        {"docs/a.md": File(b"a"), "docs/b.md": File(b"a.md", LINK), "c": File(b"docs", LINK)}
    )
    assert unpack(pack(tree)) == tree
    write_tree(tree, tmp_path / "made")
    assert (tmp_path / "made" / "docs" / "b.md").readlink() == Path("a.md")
    assert (tmp_path / "made" / "c" / "a.md").read_bytes() == b"a"


@pytest.mark.parametrize("target", ["", "/etc/passwd", "../x", "x/../../y", "..\\x"])
def test_links_that_lead_out_of_a_tree_are_refused(target: str) -> None:
    archive = pack(Tree({"a": File(target.encode(), LINK)}))
    with pytest.raises(RecordDamaged, match="no plain file"):
        unpack(archive)
