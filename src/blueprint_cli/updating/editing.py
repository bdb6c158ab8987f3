"""Edits of what a project's ``blueprint.yaml`` describes, as its text is made of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from blueprint_cli.domain.edits import adding, place_of, removing
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.domain.renaming import renaming
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.spec.editing import edited_contexts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blueprint_cli.domain.edits import Edit, Kind
    from blueprint_cli.spec.document import Document
    from blueprint_cli.updating.plan import SpecEdit


def add(kind: Kind, name: str, words: Sequence[str] = ()) -> SpecEdit:
    """Add a context, an entity with its fields, or a field.

    Raises:
        EditRefused: where the name has too many parts or too few; the edit itself does where it is
            there already.
    """
    place = place_of(kind, name)
    return _edit(lambda document: adding(document.data["contexts"], place, words))


def remove(kind: Kind, name: str) -> SpecEdit:
    """Take a context, an entity or a field out.

    Raises:
        EditRefused: where the name has too many parts or too few; the edit itself does where it is
            not there.
    """
    place = place_of(kind, name)
    return _edit(lambda document: removing(document.data["contexts"], place))


def rename(kind: Kind, name: str, to: str) -> SpecEdit:
    """Give a context, an entity or a field another name, wherever it is named.

    Raises:
        EditRefused: where the name has too many parts or too few; the edit itself does where it is
            not there.
    """
    place = place_of(kind, name)

    def edits(document: Document) -> list[Edit]:
        contexts = document.data["contexts"]
        return renaming(contexts, read_contexts(contexts).model, place, to)

    return _edit(edits)


def _edit(make: Callable[[Document], list[Edit]]) -> SpecEdit:
    return partial(edited_contexts, name=SPEC_FILE, make=make)
