"""Records that are whole and say something else: of another version, or forged with care."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from blueprint_cli.layout import IDENTITY, MANIFEST
from blueprint_cli.record.archive import archive_path, pack, unpack
from blueprint_cli.record.render import read_render
from blueprint_cli.tree import File, Tree


def archive_of(project: Path) -> Path:
    (archive,) = (project / ".blueprint").glob("base-*.tar")
    return archive


def rendered_as(project: Path, changes: Mapping[str, str]) -> None:
    """Let ``template.json`` say another version, pattern or source, with a seal that fits."""
    render = replace(read_render(project), **changes)
    (project / IDENTITY).write_text(render.text())


def remake(project: Path, files: Mapping[str, bytes | None]) -> None:
    """Put other files into the archive, under a hash that fits; None leaves one out."""
    archived = unpack(archive_of(project).read_bytes())
    kept = {path: file for path, file in archived.items() if path not in files}
    new = {path: File(content) for path, content in files.items() if content is not None}
    archive = pack(Tree({**kept, **new}))
    archive_of(project).unlink()
    base = hashlib.sha256(archive).hexdigest()
    (project / archive_path(base)).write_bytes(archive)
    rendered_as(project, {"base": base})


def manifest_of(project: Path) -> str:
    return unpack(archive_of(project).read_bytes())[MANIFEST].content.decode()
