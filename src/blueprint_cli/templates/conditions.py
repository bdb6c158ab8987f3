"""``when``: what a project's spec must say for a layer to be part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from blueprint_cli.domain.model import MYSQL
from blueprint_cli.spec.model import SKELETON, Spec
from blueprint_cli.templates.described.known import asks_others

if TYPE_CHECKING:
    from collections.abc import Callable

# By dotted key of the spec: the value, or a list of values of which one is enough.
Condition = str | bool | list[str]
Conditions = dict[str, Condition]
# What is no key of a blueprint.yaml and follows from one.
DERIVED: Final[Mapping[str, Callable[[Spec], bool]]] = {
    "has.code_owner": lambda spec: bool(spec.project.code_owner),
    # Contexts whose requests may be repeated with a key: all but those of a skeleton.
    "has.domain": lambda spec: not spec.contexts.keys() <= set(SKELETON),
    "has.described": lambda spec: bool(spec.domain.contexts),
    # Something that can be made while processes are killed.
    "has.chaos": lambda spec: bool(spec.domain.contexts) or "orders" in spec.contexts,
    "has.directory": lambda spec: bool(spec.domain.directory),
    # An edge in front of the gateway keeps answers, so the gateway does not.
    "has.edge": lambda spec: spec.platform.cdn is not None,
    "has.mysql": lambda spec: any(one.store == MYSQL for one in spec.domain.contexts),
    "has.known": lambda spec: asks_others(spec.domain),
}


def holds(conditions: Mapping[str, Condition], values: Mapping[str, Any]) -> bool:
    """Whether each key's value is the wanted one, or a list that holds it.

    Raises:
        KeyError: where there is no such key.
    """
    return all(_has(_at(values, key), wanted) for key, wanted in conditions.items())


def values_of(spec: Spec) -> dict[str, Any]:
    """Return what conditions ask for: what a spec says, and what follows from it."""
    return {**spec.model_dump(), **{key: derive(spec) for key, derive in DERIVED.items()}}


def _has(value: object, wanted: Condition) -> bool:
    values = value if isinstance(value, list | tuple) else [value]
    choices = wanted if isinstance(wanted, list) else [wanted]
    return any(choice in values for choice in choices)


def _at(values: Mapping[str, Any], key: str) -> object:
    if key in DERIVED:
        return values[key]
    value: Any = values
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise KeyError(key)
        value = value[part]
    return value


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a condition can never hold, and what is allowed instead."""

    reason: str
    allowed: str


def mistake_in(key: str, wanted: Condition) -> Mistake | None:
    """Return what is wrong with a condition, whatever a spec says, or None."""
    if key in DERIVED:
        mistaken = not isinstance(wanted, bool)
        return Mistake(f"asks for {key}: {wanted}", "true, false") if mistaken else None
    model: Any = Spec
    for part in key.split("."):
        fields = model.model_fields if _is_section(model) else {}
        if part not in fields:
            return Mistake(f"asks for {key}, which no blueprint.yaml has", ", ".join(fields))
        model = fields[part].annotation
    if _is_section(model):
        shown = ", ".join(f"{key}.{name}" for name in model.model_fields)
        return Mistake(f"asks for {key}, which is a section", shown)
    allowed = _choices(model)
    impossible = [
        one for one in (wanted if isinstance(wanted, list) else [wanted]) if one not in allowed
    ]
    if allowed and impossible:
        shown = ", ".join(map(str, allowed))
        return Mistake(f"asks for {key}: {impossible[0]}, which no blueprint.yaml has", shown)
    return None


def _is_section(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel)


def _choices(annotation: object) -> tuple[object, ...]:
    """Return the values of a key that has certain ones, or of the list that it may be."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(choice for part in get_args(annotation) for choice in _choices(part))
