"""``.blueprint/``: which template a project was rendered from, and the pristine render itself.

The format is a promise from the first release on; docs/decisions/0002 describes it byte by byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import RecordDamaged
from blueprint_cli.rendering.globs import select
from blueprint_cli.rendering.tree import EXECUTABLE, PLAIN, File, Tree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from blueprint_cli.rendering.template import Template

FOLDER: Final = ".blueprint"
IDENTITY: Final = f"{FOLDER}/template.json"
# Written once by `new` and the project's own from then on: no part of the base.
DECISION: Final = "docs/decisions/0001-architecture.md"
FORMAT: Final = 1
HASH_DIGITS: Final = 16

# The record says itself how git has to treat it, so that no template can forget it.
ATTRIBUTES: Final = """\
* linguist-generated
*.json text eol=lf
base-*.json -diff
base-*.tar binary
"""
# No ignore rule of the project or of its user keeps the base out of the repository.
IGNORE: Final = "!*\n"
RESTORE: Final = (
    f"Restore it from git (git log --oneline -- {IDENTITY}); where two branches both updated, keep "
    f"the line of the later version in it, then: git add --all {FOLDER}"
)


@dataclass(frozen=True, slots=True)
class Render:
    """What was rendered: the template's identity and the hash of the archived base."""

    name: str
    source: str
    version: str
    tree: str
    base: str

    def line(self) -> str:
        """Return it as one line of JSON: two branches that both update conflict in one line."""
        return json.dumps(
            {
                "name": self.name,
                "source": self.source,
                "version": self.version,
                "tree": self.tree,
                "base": self.base,
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was read: what was rendered, the pristine files, and which are managed.

    A managed file stays the template's; every other belongs to the project from its first day.
    ``sources`` says which file of the templates each was made of, where one was.
    """

    render: Render
    base: Tree
    managed: frozenset[str]
    sources: Mapping[str, str]


def record_files(
    base: Tree, template: Template, sources: Mapping[str, str] | None = None
) -> Mapping[str, File]:
    """Return the files of ``.blueprint/`` for a pristine render."""
    archive = pack(base)
    digest = hashlib.sha256(archive).hexdigest()
    render = Render(
        name=template.name,
        source=template.source,
        version=template.version,
        tree=template.tree.digest(),
        base=digest,
    )
    identity = f'{{"format": {FORMAT},\n "render": {render.line()}}}\n'
    stem = f"{FOLDER}/base-{digest[:HASH_DIGITS]}"
    return {
        f"{FOLDER}/.gitattributes": File(ATTRIBUTES.encode()),
        f"{FOLDER}/.gitignore": File(IGNORE.encode()),
        IDENTITY: File(identity.encode()),
        f"{stem}.json": File(
            manifest(base, select(base, template.managed), sources or {}).encode()
        ),
        f"{stem}.tar": File(archive),
    }


def manifest(
    base: Tree, managed: Collection[str] = (), sources: Mapping[str, str] | None = None
) -> str:
    """Return the manifest: one line per file, in order."""
    known = sources or {}
    lines = ",\n".join(
        json.dumps(
            {
                "path": path,
                "mode": file.mode,
                "sha256": file.sha256,
                "managed": path in managed,
                **({"from": known[path]} if path in known else {}),
            },
            ensure_ascii=False,
        )
        for path, file in base.items()
    )
    return f'{{"format": {FORMAT}, "files": [\n{lines}\n]}}\n'


def pack(tree: Tree) -> bytes:
    """Return an uncompressed tar archive that depends on paths, modes and contents alone."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, file in tree.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(file.content)
            entry.mode = file.permissions
            archive.addfile(entry, io.BytesIO(file.content))
    return stream.getvalue()


def unpack(archive: bytes) -> Tree:
    """Read an archive that `pack` wrote.

    Raises:
        RecordDamaged: where it is another kind of archive, or holds anything but plain files.
    """
    files: dict[str, File] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as opened:
            for entry in opened:
                stream = opened.extractfile(entry) if entry.isreg() else None
                if stream is None:
                    raise RecordDamaged(f"the base holds {entry.name}, which is no plain file")
                mode = EXECUTABLE if entry.mode & 0o100 else PLAIN
                files[entry.name] = File(stream.read(), mode)
        return Tree(files)
    except (tarfile.TarError, ValueError, EOFError, OSError) as error:
        raise RecordDamaged(f"the base cannot be read: {error}") from error


def read_record(project: Path) -> Record:
    """Read and check a project's record.

    Raises:
        RecordDamaged: where something is missing or is not what its hash says.
    """
    render = read_render(project)
    stem = f"{FOLDER}/base-{render.base[:HASH_DIGITS]}"
    archive = _read(project, f"{stem}.tar")
    if hashlib.sha256(archive).hexdigest() != render.base:
        raise RecordDamaged(f"{project / stem}.tar is not the archive that {IDENTITY} names")
    base = unpack(archive)
    listed = _load(project, f"{stem}.json")
    try:
        managed = frozenset(entry["path"] for entry in listed["files"] if entry["managed"])
        sources = {
            entry["path"]: str(entry["from"]) for entry in listed["files"] if "from" in entry
        }
        same = json.dumps(
            [(entry["path"], entry["mode"], entry["sha256"]) for entry in listed["files"]]
        ) == json.dumps([(path, file.mode, file.sha256) for path, file in base.items()])
    except (TypeError, KeyError) as error:
        raise _incomplete(f"{stem}.json", error) from error
    if not same:
        raise RecordDamaged(f"{project / stem}.json does not list what {stem}.tar holds")
    return Record(render=render, base=base, managed=managed, sources=sources)


def read_render(project: Path) -> Render:
    """Read what a project was rendered from, and nothing of the base.

    Raises:
        RecordDamaged: where that cannot be read.
    """
    identity = _load(project, IDENTITY)
    try:
        # Keys that a later version added within this format are none of our business.
        found = {field.name: identity["render"][field.name] for field in fields(Render)}
    except (TypeError, KeyError) as error:
        raise _incomplete(IDENTITY, error) from error
    if not all(isinstance(value, str) for value in found.values()):
        raise RecordDamaged(f"{IDENTITY} has something other than text in it")
    return Render(**found)


def _load(project: Path, name: str) -> Any:  # noqa: ANN401 - JSON holds anything
    try:
        document = json.loads(_read(project, name))
    except ValueError as error:
        raise RecordDamaged(
            f"{project / name} cannot be read: {error}", hint=RESTORE if name == IDENTITY else ""
        ) from error
    version = document.get("format") if isinstance(document, dict) else None
    if version != FORMAT:
        raise RecordDamaged(
            f"{name} has format {version}", hint="A newer blueprint wrote it: upgrade."
        )
    return document


def _read(project: Path, name: str) -> bytes:
    try:
        return (project / name).read_bytes()
    except OSError as error:
        raise RecordDamaged(
            f"{project / name} cannot be read: {error.strerror}",
            hint=RESTORE if name == IDENTITY else "",
        ) from error


def _incomplete(name: str, error: Exception) -> RecordDamaged:
    return RecordDamaged(
        f"{name} does not have what it must have: {error}",
        hint=RESTORE if name == IDENTITY else "",
    )
