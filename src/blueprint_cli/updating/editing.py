"""Edits of what a project's ``blueprint.yaml`` describes, as its text is made of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from blueprint_cli.domain.edits import adding, place_of, removing
from blueprint_cli.domain.raising import raising
from blueprint_cli.domain.reading import read_contexts
from blueprint_cli.domain.renaming import renaming
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.editing import edited_contexts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blueprint_cli.domain.edits import Edit, Kind
    from blueprint_cli.domain.model import Model
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
        EditRefused: where a name has too many parts or too few; the edit itself does where it is
            not there.
    """
    place = place_of(kind, name)
    own = place.renamed(to)

    def edits(document: Document) -> list[Edit]:
        contexts = document.data["contexts"]
        return renaming(contexts, read_contexts(contexts).model, place, own)

    return _edit(edits)


def with_raised_events(text: str, old: Model, new: Model) -> str | None:
    """Give events of ``new``, which the text says, later versions; None where none has to have one.

    Raises:
        SpecInvalid: where the text is written in a way that cannot be edited.
    """
    if old == new or not (old.contexts and new.contexts):
        return None
    contexts = parse_document(text, SPEC_FILE).data["contexts"]
    edits = raising(contexts, old, new)
    return edited_contexts(text, SPEC_FILE, lambda _: edits) if edits else None


def _edit(make: Callable[[Document], list[Edit]]) -> SpecEdit:
    return partial(edited_contexts, name=SPEC_FILE, make=make)
