"""The examples that come with the templates: what an application can be about."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import ExampleNotFound, TemplateBroken
from blueprint_cli.spec.document import read_document
from blueprint_cli.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER: Final = "examples"
_CONTEXTS: Final = re.compile(r"^contexts:[^\n]*\n((?:[ \t#][^\n]*\n|\n)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its contexts as a ``blueprint.yaml`` has them, and as they are written there.

    ``bodies`` are the modules of the functions that its owner writes, by how their paths end:
    ``clinic/domain/within_opening_hours.py``.
    """

    name: str
    summary: str
    contexts: dict[str, Any]
    text: str
    bodies: Mapping[str, bytes] = field(default_factory=dict)

    def written_into(self, tree: Tree) -> Tree:
        """Return a project's tree with the bodies, as its owner would have edited it."""
        edited = {
            path: replace(file, content=self.bodies[end])
            for path, file in tree.items()
            for end in self.bodies
            if path.endswith(f"/{end}")
        }
        return Tree({**tree, **edited}) if edited else tree


def examples_below(root: Path) -> tuple[Example, ...]:
    """Return the examples below the templates' root, by name.

    Raises:
        TemplateBroken: where one does not begin with a line of what it is, or has no contexts.
    """
    return tuple(_load(path) for path in sorted((root / FOLDER).glob("*.yaml")))


def example_below(root: Path, name: str) -> Example:
    """Return one of the examples below the templates' root.

    Raises:
        ExampleNotFound: with the nearest, and with the names that there are.
    """
    examples = {one.name: one for one in examples_below(root)}
    if name in examples:
        return examples[name]
    near = difflib.get_close_matches(name, examples, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    known = ", ".join(examples) or "none"
    shown = name if name.isprintable() else ascii(name)
    raise ExampleNotFound(
        f"this version has no example '{shown}'{meant}", hint=f"There is: {known}."
    )


def _load(path: Path) -> Example:
    document = read_document(path, what="example")
    first, _, _ = document.text.partition("\n")
    contexts = document.data.get("contexts")
    written = contexts_text(document.text)
    if not first.startswith("# ") or not isinstance(contexts, dict) or not written:
        raise TemplateBroken(
            f"{path} is no example: it begins with a comment of one line, and has contexts"
        )
    return Example(
        name=path.stem,
        summary=first.removeprefix("# "),
        contexts=contexts,
        text=written,
        bodies=_bodies(path.with_suffix("")),
    )


def contexts_text(text: str) -> str:
    """Return the lines below ``contexts:`` as somebody wrote them; empty where there are none."""
    written = _CONTEXTS.search(text if text.endswith("\n") else f"{text}\n")
    return written[1].rstrip("\n") if written else ""


def _bodies(folder: Path) -> dict[str, bytes]:
    files = sorted(folder.rglob("*.py"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
