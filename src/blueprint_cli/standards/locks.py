"""Keys of ``blueprint.yaml`` that a standard locks, and choices that it does not allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprint_cli.spec.schema import schema_at
from blueprint_cli.standards.keys import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.spec.document import KeyPath
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.standards.model import StandardFile
    from blueprint_cli.standards.standard import Standard


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A value that a standard does not take, and what it takes instead."""

    path: KeyPath
    message: str
    allowed: str


def locked_keys(says: StandardFile) -> list[tuple[str, ...]]:
    """Return the keys that are locked; a section is locked with all that is in it."""
    return [tuple(key.split(".")) for key in says.locked if schema_at(tuple(key.split(".")))]


def locked_codes(says: StandardFile) -> tuple[str, ...]:
    """Return the codes of checks, or what they begin with, that are locked."""
    return tuple(key for key in says.locked if not schema_at(tuple(key.split("."))))


def locked_otherwise(standard: Standard, spec: Spec) -> Iterator[Contradiction]:
    """Yield the keys that a project has otherwise than its standard locks them."""
    said = spec.model_dump(mode="json")
    for path in locked_keys(standard.says):
        wanted, there = value_at(standard.defaults, path), value_at(said, path)
        if not _agrees(there, wanted):
            message = f"is {_said(there)}, and the standard {standard.label} locks it"
            yield Contradiction(path, message, _said(wanted))


def not_allowed(standard: Standard, spec: Spec) -> Iterator[Contradiction]:
    """Yield the choices of a project that its standard does not allow."""
    allowed = standard.says.allowed
    message = "is {}, which the standard {} does not allow"
    patterns = allowed.patterns
    if patterns is not None and spec.template.is_builtin and spec.pattern not in patterns:
        said = message.format(spec.pattern, standard.label)
        yield Contradiction(("pattern",), said, ", ".join(patterns))
    platform = spec.platform.model_dump(mode="json")
    for key, values in allowed.platform.items():
        chosen = platform.get(key)
        for one in chosen if isinstance(chosen, list) else [chosen]:
            if one not in values:
                said = message.format(_said(one), standard.label)
                yield Contradiction(("platform", key), said, ", ".join(map(str, values)))


def _said(value: object) -> str:
    return value if isinstance(value, str) and value else shown(value)


def value_at(data: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - a spec's values are of any type
    """Return what stands at a path of plain data; None where nothing does."""
    here = data
    for part in path:
        here = here.get(part) if isinstance(here, dict) else None
    return here


def _agrees(there: object, wanted: object) -> bool:
    """Python's True equals 1; in a spec it is another thing."""
    if isinstance(there, bool) or isinstance(wanted, bool):
        return there is wanted
    return there == wanted
