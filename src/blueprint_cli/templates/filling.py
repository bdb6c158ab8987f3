"""Template files with holes, filled by Copier: staged beside what they include, and read back."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.templates.engine import SUFFIX, has_holes, render_folder
from blueprint_cli.templates.layers import CONFIGURATION, INCLUDES, NEVER_RENDERED
from blueprint_cli.tree import File, Tree, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from blueprint_cli.tree import Mode

# The folder in which the one file is staged that a call fills, and that of what it includes.
TOGETHER: Final = "together"
PARTS: Final = "parts"
ALL: Final = "all"
_NAMED: Final = re.compile(rb"\b" + INCLUDES.encode() + rb"/([\w./-]+)")
_PARTS: Final = "parts_"
_END: Final = "end_"
INCLUDING: Final = (
    f"[% for part_, subjects_ in {_PARTS} %][% for subject_ in subjects_ %]"
    f"[% include part_ %][= {_END} =][% endfor %][% endfor %]"
)


@dataclass(frozen=True, slots=True)
class Holes:
    """The files of a layer that have holes, and what they are for: variables that they may use."""

    source: str
    variables: Mapping[str, str]
    files: Mapping[str, File]


def fill(
    root: Path, layers: Sequence[Holes], data: Mapping[str, Any], scratch: Path
) -> list[dict[str, File]]:
    """Return the files of each layer with their holes filled, by their final paths.

    Raises:
        TemplateBroken: where one cannot be rendered.
        OSError: where the scratch folder cannot be written.
    """
    try:
        filled = _together(root, layers, data, scratch / "all")
    except TemplateBroken:
        # Each by itself, under its own name, so that the message has it.
        for number, layer in enumerate(layers):
            if layer.files:
                _alone(root, layer, layer.files, data, scratch / f"{number}")
        raise
    for number, layer in enumerate(layers):
        named = {path: file for path, file in layer.files.items() if _has_named_hole(path)}
        if named:
            filled[number] |= _alone(root, layer, named, data, scratch / f"named-{number}")
    return filled


def _together(
    root: Path, layers: Sequence[Holes], data: Mapping[str, Any], scratch: Path
) -> list[dict[str, File]]:
    """Fill every file whose path has no hole, in one call, because a call by itself takes 20 ms.

    Copier fills one file, which includes each of them for each of what it is for: what Copier does
    for a file beside filling it takes as long. A template is called as its hash, under which it is
    kept compiled for the next project.
    """
    places: dict[bytes, list[tuple[int, str, Mode]]] = {}
    for number, layer in enumerate(layers):
        for path, file in layer.files.items():
            if not _has_named_hole(path):
                place = number, path.removesuffix(SUFFIX), file.mode
                places.setdefault(_with_variables(file.content, layer.variables), []).append(place)
    if not places:
        return [{} for _ in layers]
    names = {content: f"{PARTS}/{_hash(content)}" for content in places}
    end = secrets.token_hex()
    parts = [
        (names[content], [[*layers[at].variables.values()] for at, _, _ in found])
        for content, found in places.items()
    ]
    staged = {name: File(content) for content, name in names.items()}
    staged[f"{TOGETHER}/{ALL}{SUFFIX}"] = File(INCLUDING.encode())
    made = _copied(root, staged, TOGETHER, {**data, _PARTS: parts, _END: end}, scratch)
    contents = iter(made[ALL].content.split(end.encode()))
    filled: list[dict[str, File]] = [{} for _ in layers]
    for found in places.values():
        for number, path, mode in found:
            filled[number][path] = File(next(contents), mode)
    return filled


def _with_variables(content: bytes, variables: Iterable[str]) -> bytes:
    """Return a template that begins with what it is for."""
    begin = "".join(f"[% set {one} = subject_[{place}] %]" for place, one in enumerate(variables))
    return begin.encode() + content


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def _alone(
    root: Path, layer: Holes, files: Mapping[str, File], data: Mapping[str, Any], scratch: Path
) -> Tree:
    staged = {f"{layer.source}/{path}": file for path, file in files.items()}
    return _copied(root, staged, layer.source, {**data, **layer.variables}, scratch)


def _has_named_hole(path: str) -> bool:
    return has_holes(path.removesuffix(SUFFIX))


def _copied(
    root: Path, staged: Mapping[str, File], folder: str, data: Mapping[str, Any], scratch: Path
) -> Tree:
    """Write files beside Copier's configuration and what they include, and render a folder."""
    beside = {CONFIGURATION: File((root / CONFIGURATION).read_bytes()), **_included(root, staged)}
    scratch.mkdir(parents=True)
    write_tree(Tree({**beside, **staged}), scratch / "template")
    render_folder(scratch / "template", folder, data, scratch / "rendered")
    return Tree.read(scratch / "rendered", skip=NEVER_RENDERED)


def _included(root: Path, files: Mapping[str, File]) -> dict[str, File]:
    """Return what files include, and what that includes: to write all there is takes longer.

    The end of a name may be put together where it is included; what stands before says which it
    may be.
    """
    if not (root / INCLUDES).is_dir():
        return {}
    left = dict(Tree.read(root / INCLUDES, skip=NEVER_RENDERED))
    found: dict[str, File] = {}
    contents = [file.content for file in files.values()]
    while contents:
        names = tuple({name.decode() for one in contents for name in _NAMED.findall(one)})
        new = {path: file for path, file in left.items() if names and path.startswith(names)}
        left = {path: file for path, file in left.items() if path not in new}
        found |= {f"{INCLUDES}/{path}": file for path, file in new.items()}
        contents = [file.content for file in new.values()]
    return found
