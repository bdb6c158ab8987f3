"""``.blueprint/``: which template a project was rendered from, and the pristine render itself.

The format is a promise from the first release on; docs/decisions/0002 describes it byte by byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import RecordDamaged
from blueprint_cli.rendering.tree import EXECUTABLE, PLAIN, File, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blueprint_cli.rendering.template import Template

FOLDER: Final = ".blueprint"
IDENTITY: Final = f"{FOLDER}/template.json"
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
    """A record that was read: what was rendered, and the pristine files."""

    render: Render
    base: Tree


def record_files(base: Tree, template: Template) -> Mapping[str, File]:
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
        f"{stem}.json": File(manifest(base).encode()),
        f"{stem}.tar": File(archive),
    }


def manifest(base: Tree) -> str:
    """Return the manifest: one line per file, in order."""
    lines = ",\n".join(
        json.dumps({"path": path, "mode": file.mode, "sha256": file.sha256}, ensure_ascii=False)
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
    identity = _load_json(project / IDENTITY)
    try:
        if identity["format"] != FORMAT:
            raise RecordDamaged(
                f"{IDENTITY} has format {identity['format']}",
                hint="A newer blueprint wrote it: upgrade.",
            )
        render = Render(**identity["render"])
        path = project / FOLDER / f"base-{render.base[:HASH_DIGITS]}.tar"
        archive = path.read_bytes()
    except (TypeError, KeyError) as error:
        raise RecordDamaged(f"{IDENTITY} does not have what it must have: {error}") from error
    except OSError as error:
        raise RecordDamaged(f"{path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(archive).hexdigest() != render.base:
        raise RecordDamaged(f"{path} is not the archive that {IDENTITY} names")
    return Record(render=render, base=unpack(archive))


def _load_json(path: Path) -> Any:  # noqa: ANN401 - JSON holds anything
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RecordDamaged(f"{path} cannot be read: {error}") from error
