"""A record: what was rendered, the pristine files, and which of them stay the template's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import RecordDamaged
from blueprint_cli.layout import FOLDER, IDENTITY, MANIFEST, STANDARD
from blueprint_cli.record.archive import archive_path, pack, unpack, with_filler
from blueprint_cli.record.render import (
    FORMAT,
    Render,
    how_to_rebuild,
    incomplete,
    parse_json,
    read_file,
    read_render,
    refuse_later_version,
)
from blueprint_cli.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was read.

    A managed file stays the template's; every other belongs to the project from its first day.
    ``sources`` says which file of the templates each was made of, where one was. ``standard`` are
    the files that are kept of the team's standard, by their path in it.
    """

    render: Render
    base: Tree
    managed: frozenset[str]
    sources: Mapping[str, str]
    standard: Mapping[str, bytes] = field(default_factory=dict)


def record_paths(render: Render) -> list[str]:
    """Return where the files of a record lie, from the project's root."""
    return [*BESIDE, IDENTITY, archive_path(render.base)]


def record_files(record: Record) -> Mapping[str, File]:
    """Return the files of ``.blueprint/``; they name the archive that the base is packed into.

    Raises:
        PathClash: where the base brings one of them.
    """
    listed = manifest(record.base, record.managed, record.sources)
    kept = {f"{STANDARD}/{path}": File(content) for path, content in record.standard.items()}
    contents = record.base.with_files({**BESIDE, MANIFEST: File(listed.encode()), **kept})
    archive = pack(with_filler(contents))
    digest = hashlib.sha256(archive).hexdigest()
    return {
        **BESIDE,
        IDENTITY: File(replace(record.render, base=digest).text().encode()),
        archive_path(digest): File(archive),
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


def read_record(project: Path) -> Record:
    """Read and check a project's record.

    Raises:
        RecordDamaged: where something is missing or is not what its hash says.
        RecordUnreleased: where a version before the first release wrote it.
    """
    return _read_named_by(read_render(project), project)


def read_base(project: Path) -> Record:
    """Read a record that an update can stand on.

    Raises:
        RecordDamaged: where the base is lost or is not what was recorded, with the way back.
        ProjectFromTheFuture: where a later version rendered the project.
        RecordUnreleased: where a version before the first release wrote it.
    """
    render = read_render(project)
    refuse_later_version(render, project)
    try:
        return _read_named_by(render, project)
    except RecordDamaged as error:
        raise RecordDamaged(
            f"{error.message}: without the base your edits cannot be told from the template's",
            hint=error.hint or how_to_rebuild(render, project),
        ) from error


def _read_named_by(render: Render, project: Path) -> Record:
    """Read and check the base that a render names."""
    place = project / archive_path(render.base)
    archive = read_file(place)
    if hashlib.sha256(archive).hexdigest() != render.base:
        raise RecordDamaged(f"{place} is not the archive that {IDENTITY} names")
    archived = unpack(archive)
    _compare_beside(project, archived)
    return _listed(render, archived, place)


def _compare_beside(project: Path, archived: Tree) -> None:
    """Hold the small files beside the archive against those that it was made with."""
    for path in BESIDE:
        if path in archived:
            found = read_file(project / path).replace(b"\r\n", b"\n")
            if found != archived[path].content:
                raise RecordDamaged(f"{project / path} is not what was recorded")


def _listed(render: Render, archived: Tree, place: Path) -> Record:
    """Return the record whose manifest lists what its archive holds."""
    base = archived.without(f"{FOLDER}/")
    listed = parse_json(archived[MANIFEST].content if MANIFEST in archived else b"", MANIFEST)
    try:
        entries = listed["files"]
        managed = frozenset(entry["path"] for entry in entries if entry["managed"])
        sources = {entry["path"]: str(entry["from"]) for entry in entries if "from" in entry}
        same = [(entry["path"], entry["mode"], entry["sha256"]) for entry in entries] == [
            (path, file.mode, file.sha256) for path, file in base.items()
        ]
    except (TypeError, KeyError) as error:
        raise incomplete(MANIFEST, error) from error
    if not same:
        raise RecordDamaged(f"the manifest in {place} does not list what is in it")
    kept = {
        path.removeprefix(f"{STANDARD}/"): file.content
        for path, file in archived.items()
        if path.startswith(f"{STANDARD}/")
    }
    return Record(render=render, base=base, managed=managed, sources=sources, standard=kept)
