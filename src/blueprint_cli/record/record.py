"""``.blueprint/``: which template a project was rendered from, and the pristine render itself.

The format is a promise from the first release on; docs/decisions/0002 describes it byte by byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import RecordDamaged
from blueprint_cli.templates.globs import select
from blueprint_cli.tree import EXECUTABLE, PLAIN, File, Mode, Tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from blueprint_cli.templates.source import Template

FOLDER: Final = ".blueprint"
IDENTITY: Final = f"{FOLDER}/template.json"
MANIFEST: Final = f"{FOLDER}/manifest.json"
FILLER: Final = f"{FOLDER}/filler"
# Written once by `new` and the project's own from then on: no part of the base.
DECISION: Final = "docs/decisions/0001-architecture.md"
FORMAT: Final = 1
HASH_DIGITS: Final = 16
ROW_BYTES: Final = 64
BLOCK: Final = 512

# The record says itself how git has to treat it, so that no template can forget it.
ATTRIBUTES: Final = """\
* linguist-generated
*.json text eol=lf
base-*.tar binary -filter -ident -working-tree-encoding
"""
# No ignore rule of the project or of its user keeps the base out of the repository.
IGNORE: Final = "!*\n"
BESIDE: Final = {
    f"{FOLDER}/.gitattributes": File(ATTRIBUTES.encode()),
    f"{FOLDER}/.gitignore": File(IGNORE.encode()),
}
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

    def text(self) -> str:
        """Return ``template.json``; two branches that both update conflict in its second line."""
        line = json.dumps({**asdict(self), "seal": self.seal()}, ensure_ascii=False)
        return f'{{"format": {FORMAT},\n "render": {line}}}\n'

    def seal(self) -> str:
        """SHA-256 over one line for each value, in order: none of them can change alone."""
        lines = "".join(f"{value}\n" for value in asdict(self).values())
        return hashlib.sha256(lines.encode()).hexdigest()


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
    """Return the files of ``.blueprint/`` for a pristine render.

    Raises:
        PathClash: where the render brings one of them.
    """
    listed = manifest(base, select(base, template.managed), sources or {})
    archive = pack(_unlike(base.with_files({**BESIDE, MANIFEST: File(listed.encode())})))
    digest = hashlib.sha256(archive).hexdigest()
    render = Render(
        name=template.name,
        source=template.source,
        version=template.version,
        tree=template.tree.digest(),
        base=digest,
    )
    return {
        **BESIDE,
        IDENTITY: File(render.text().encode()),
        archive_path(digest): File(archive),
    }


def archive_path(base: str) -> str:
    """Return where the archive with a hash is."""
    return f"{FOLDER}/base-{base[:HASH_DIGITS]}.tar"


def _unlike(tree: Tree) -> Tree:
    """Add a file that no other archive has, and that is longer than all the rest.

    So two archives are less than half alike, and git does not take one for the other renamed: two
    branches that both update would meet in a second conflict otherwise. Git compares pieces of 64
    bytes. What the rows share keeps them small where git stores differences.
    """
    row = tree.digest()[:HASH_DIGITS].ljust(ROW_BYTES - 1, ".") + "\n"
    rows = (len(pack(tree)) * 9 // 8 + 2 * tarfile.RECORDSIZE) // ROW_BYTES
    return tree.with_files({FILLER: File(row.encode() * rows)})


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
    try:
        return Tree(dict(_entries(archive)))
    except (ValueError, IndexError, KeyError) as error:
        raise RecordDamaged(f"the base cannot be read: {error}") from error


def _entries(archive: bytes) -> Iterator[tuple[str, File]]:
    """Yield path and file of each entry, as POSIX.1-2001 lays them out.

    `tarfile` takes 20 ms for what takes 2 here: it reckons the checksum of every header, and the
    archive's own hash has been compared already.
    """
    at, path = 0, ""
    while archive[at]:
        header = archive[at : at + BLOCK]
        size = _octal(header[124:136])
        content = archive[at + BLOCK : at + BLOCK + size]
        if len(header) < BLOCK or len(content) < size:
            raise ValueError("it ends too soon")
        at += BLOCK + -(-size // BLOCK) * BLOCK
        kind = header[156:157]
        if kind == b"x":
            path = _extended(content)["path"]
        elif kind == b"0":
            yield path or _short_path(header), File(content, _mode(_octal(header[100:108])))
            path = ""
        else:
            raise RecordDamaged(f"the base holds {_short_path(header)}, which is no plain file")


def _octal(digits: bytes) -> int:
    return int(digits.rstrip(b"\0 "), 8)


def _mode(permissions: int) -> Mode:
    return EXECUTABLE if permissions & 0o100 else PLAIN


def _short_path(header: bytes) -> str:
    name, prefix = (part.partition(b"\0")[0].decode() for part in (header[:100], header[345:500]))
    return f"{prefix}/{name}" if prefix else name


def _extended(records: bytes) -> dict[str, str]:
    """Read an extended header: its records are ``<length> <key>=<value>`` and LF."""
    found = {}
    while records:
        length = int(records.partition(b" ")[0])
        key, _, value = records[:length].partition(b" ")[2].removesuffix(b"\n").partition(b"=")
        found[key.decode()] = value.decode()
        records = records[length:]
    return found


def read_record(project: Path) -> Record:
    """Read and check a project's record.

    Raises:
        RecordDamaged: where something is missing or is not what its hash says.
    """
    render = read_render(project)
    path = archive_path(render.base)
    archive = _read(project, path)
    if hashlib.sha256(archive).hexdigest() != render.base:
        raise RecordDamaged(f"{project / path} is not the archive that {IDENTITY} names")
    archived = unpack(archive)
    base = archived.without(f"{FOLDER}/")
    _compare_beside(project, archived)
    listed = _parsed(archived[MANIFEST].content if MANIFEST in archived else b"", MANIFEST)
    try:
        managed = frozenset(entry["path"] for entry in listed["files"] if entry["managed"])
        sources = {
            entry["path"]: str(entry["from"]) for entry in listed["files"] if "from" in entry
        }
        same = [(entry["path"], entry["mode"], entry["sha256"]) for entry in listed["files"]] == [
            (path, file.mode, file.sha256) for path, file in base.items()
        ]
    except (TypeError, KeyError) as error:
        raise _incomplete(MANIFEST, error) from error
    if not same:
        raise RecordDamaged(f"the manifest in {project / path} does not list what is in it")
    return Record(render=render, base=base, managed=managed, sources=sources)


def _compare_beside(project: Path, archived: Tree) -> None:
    """Hold the small files beside the archive against those that it was made with."""
    for path in BESIDE:
        if path in archived:
            found = _read(project, path).replace(b"\r\n", b"\n")
            if found != archived[path].content:
                raise RecordDamaged(f"{project / path} is not what was recorded")


def read_render(project: Path) -> Render:
    """Read what a project was rendered from, and nothing of the base.

    Raises:
        RecordDamaged: where that cannot be read.
    """
    identity = _parsed(_read(project, IDENTITY), IDENTITY)
    try:
        # Keys that a later version added within this format are none of our business.
        found = {field.name: identity["render"][field.name] for field in fields(Render)}
    except (TypeError, KeyError) as error:
        raise _incomplete(IDENTITY, error) from error
    if not all(isinstance(value, str) for value in found.values()):
        raise RecordDamaged(f"{IDENTITY} has something other than text in it")
    render = Render(**found)
    if identity["render"].get("seal") != render.seal():
        raise RecordDamaged(f"{project / IDENTITY} was edited: its seal is broken", hint=RESTORE)
    return render


def _parsed(content: bytes, name: str) -> Any:  # noqa: ANN401 - JSON holds anything
    try:
        document = json.loads(content)
    except ValueError as error:
        raise RecordDamaged(
            f"{name} cannot be read: {error}", hint=RESTORE if name == IDENTITY else ""
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
