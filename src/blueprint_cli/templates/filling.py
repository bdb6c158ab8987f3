"""Template files with holes, filled by Copier: staged beside what they include, and read back."""

from __future__ import annotations

import hashlib
import re
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

# The folder in which files are staged that one call fills together.
TOGETHER: Final = "together"
_NAMED: Final = re.compile(rb"\b" + INCLUDES.encode() + rb"/([\w./-]+)")
_SUBJECTS: Final = "subjects_"
# What no template holds.
_END: Final = "\u241e"


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

    Such a file is staged under a short name, because Copier compiles each part of each path: its
    hash, under which it is kept compiled for the next project. One that several layers have stands
    there once, in a loop over what they are for: to compile it takes longer than to fill it.
    """
    places: dict[File, list[tuple[int, str]]] = {}
    for number, layer in enumerate(layers):
        for path, file in layer.files.items():
            if not _has_named_hole(path):
                places.setdefault(file, []).append((number, path.removesuffix(SUFFIX)))
    names = {file: _named(file, several=len(found) > 1) for file, found in places.items()}
    subjects = {
        names[file]: [[*layers[at].variables.values()] for at, _ in found]
        for file, found in places.items()
    }
    staged = {}
    for file, found in places.items():
        variables = layers[found[0][0]].variables
        content = _looped(file, names[file], variables, several=len(found) > 1)
        staged[f"{names[file]}{SUFFIX}"] = File(content, file.mode)
    filled: list[dict[str, File]] = [{} for _ in layers]
    if staged:
        made = _copied(root, staged, TOGETHER, {**data, _SUBJECTS: subjects}, scratch)
        for template, found in places.items():
            name = names[template]
            file = made[name]
            contents = file.content.split(_END.encode()) if found[1:] else [file.content, b""]
            if len(contents) != len(found) + 1:
                # Somebody's description holds the mark.
                for number, path in found:
                    one = {f"{path}{SUFFIX}": template}
                    place = scratch.with_name(f"{scratch.name}-{name}-{number}")
                    filled[number] |= _alone(root, layers[number], one, data, place)
                continue
            for (number, path), content in zip(found, contents[:-1], strict=True):
                filled[number][path] = File(content, file.mode)
    return filled


def _named(file: File, *, several: bool) -> str:
    """Return what a template is called, which says what is in it."""
    digest = hashlib.sha256(file.content).hexdigest()[:20]
    return f"{digest}-{file.mode}{'-each' if several else ''}"


def _looped(file: File, name: str, variables: Iterable[str], *, several: bool) -> bytes:
    """Return a template that is filled for each of its subjects, with a mark after each.

    Whom it is filled for stands in the data: so it is the same for every project.
    """
    of = "subject_" if several else f'{_SUBJECTS}["{name}"][0]'
    begin = "".join(f"[% set {one} = {of}[{place}] %]" for place, one in enumerate(variables))
    if not several:
        return begin.encode() + file.content
    begin = f'[% for subject_ in {_SUBJECTS}["{name}"] %]{begin}'
    return begin.encode() + file.content + f"{_END}[% endfor %]".encode()


def _alone(
    root: Path, layer: Holes, files: Mapping[str, File], data: Mapping[str, Any], scratch: Path
) -> Tree:
    return _copied(root, files, layer.source, {**data, **layer.variables}, scratch)


def _has_named_hole(path: str) -> bool:
    return has_holes(path.removesuffix(SUFFIX))


def _copied(
    root: Path, files: Mapping[str, File], folder: str, data: Mapping[str, Any], scratch: Path
) -> Tree:
    """Write files beside Copier's configuration and what they include, and render them."""
    beside = {CONFIGURATION: File((root / CONFIGURATION).read_bytes()), **_included(root, files)}
    scratch.mkdir(parents=True)
    staged = {f"{folder}/{path}": file for path, file in files.items()}
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
