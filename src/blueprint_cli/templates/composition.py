"""From a pattern's description to its template: the layers of its components and its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from blueprint_cli.errors import TemplateBroken
from blueprint_cli.templates.conditions import mistake_in
from blueprint_cli.templates.descriptions import (
    ComponentDescription,
    ContextDescription,
    PatternDescription,
    read_description,
)
from blueprint_cli.templates.layers import CONTEXT, Layer, LayeredTemplate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from blueprint_cli.spec.document import Document, KeyPath
    from blueprint_cli.templates.conditions import Conditions
    from blueprint_cli.templates.descriptions import LayerDescription

COMPONENTS: Final = f"components/*/{ComponentDescription.FILE}"
CONTEXTS: Final = f"contexts/*/{ContextDescription.FILE}"
CONTEXT_BY_HAND: Final = f"by_hand/{ContextDescription.FILE}"
Composed = TypeVar("Composed", bound=LayeredTemplate)
PATTERN_FOLDER: Final = "{pattern}"


def folder_of(pattern: str) -> str:
    """Folders and Python names have underscores where a pattern has a hyphen."""
    return pattern.replace("-", "_")


def read_pattern(path: Path) -> tuple[PatternDescription, Document]:
    """Read the description of a pattern, in its folder below the templates' root.

    Raises:
        TemplateBroken: where it is wrong.
    """
    return read_description(path, PatternDescription)


def compose(kind: type[Composed], root: Path, path: Path, version: str) -> Composed:
    """Read a pattern's description and all that it names, and make a template of them.

    Raises:
        TemplateBroken: where one of them is wrong, or names what is not there.
    """
    pattern, document = read_description(path, PatternDescription)
    components = {one.parent.name: one for one in root.glob(COMPONENTS)}
    contexts = {one.parent.name: one for one in sorted(root.glob(CONTEXTS))}
    by_hand = [one for one in (root / CONTEXT_BY_HAND,) if one.is_file()]
    _check_known(document, "components", pattern.components, components)
    _check_known(document, "brings", pattern.brings, contexts)
    named = [components[name] for name in pattern.components]
    pieces = [
        *(_component(component, pattern) for component in named),
        _Piece(pattern.name, {}, pattern.layers, document),
    ]
    return kind(
        root=root,
        name=pattern.name,
        summary=pattern.summary,
        version=version,
        layers=tuple(layer for piece in pieces for layer in piece.composed(pattern)),
        managed=(*pattern.managed, *(glob for one in pieces for glob in one.managed(pattern))),
        moves=pattern.moves,
        guides=pattern.guides,
        brings=pattern.brings,
        components=tuple(pattern.components),
        contexts={
            name: read_description(context, ContextDescription)[0].facts()
            for name, context in contexts.items()
        },
        by_hand=next(
            (read_description(one, ContextDescription)[0] for one in by_hand),
            ContextDescription(name="by_hand", summary=""),
        ),
        descriptions=tuple(
            one.relative_to(root).as_posix() for one in (path, *named, *contexts.values(), *by_hand)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A list of layers as one description says it: a component's, or the pattern's own."""

    name: str
    when: Conditions
    layers: list[LayerDescription]
    document: Document

    def composed(self, pattern: PatternDescription) -> Iterator[Layer]:
        self._check(("when",), self.when)
        for number, layer in enumerate(self.layers):
            self._check(("layers", number, "when"), layer.when)
            place = layer.place(pattern.processes)
            if place is not None:
                yield Layer(
                    source=layer.source.replace(PATTERN_FOLDER, folder_of(pattern.name)),
                    to=place,
                    each=layer.each,
                    when={**self.when, **layer.when},
                    optional=layer.optional,
                    default=layer.default,
                    store=layer.store,
                )

    def managed(self, pattern: PatternDescription) -> Iterator[str]:
        """Yield globs over a project's paths."""
        for layer in self.layers:
            place = layer.place(pattern.processes)
            if place is not None:
                prefix = "" if place == "." else f"{place.replace(CONTEXT, '*')}/"
                for glob in ["**"] if layer.managed == "all" else layer.managed:
                    yield f"{prefix}{glob}"

    def _check(self, place: KeyPath, conditions: Conditions) -> None:
        for key, wanted in conditions.items():
            mistake = mistake_in(key, wanted)
            if mistake is not None:
                problem = self.document.problem(
                    (*place, key), mistake.reason, allowed=mistake.allowed
                )
                raise TemplateBroken(f"{self.name} {mistake.reason}", problems=[problem])


def _component(path: Path, pattern: PatternDescription) -> _Piece:
    component, document = read_description(path, ComponentDescription)
    if all(layer.place(pattern.processes) is None for layer in component.layers):
        raise TemplateBroken(
            f"{pattern.name} names component {component.name}, which has no place where "
            f"processes is {pattern.processes}"
        )
    return _Piece(component.name, component.when, component.layers, document)


def _check_known(
    document: Document, key: str, names: list[str] | dict[str, str], known: Mapping[str, Path]
) -> None:
    problems = [
        document.problem(
            (key, name if isinstance(names, dict) else number),
            f"there is no {name} in {key}",
            allowed=", ".join(sorted(known)),
        )
        for number, name in enumerate(names)
        if name not in known
    ]
    if problems:
        raise TemplateBroken(f"{document.name} names what is not there", problems=problems)
