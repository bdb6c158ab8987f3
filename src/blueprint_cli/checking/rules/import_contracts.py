"""The import contracts that were rendered still hold the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.checking.commands import silenced
from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.checking.settings import Settings, read_settings, replaces
from blueprint_cli.checking.text import line_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

NAMES: Final = r"[\w.*]+"
LISTS: Final = ("layers", "containers", "modules", "source_modules", "forbidden_modules")
SECTION: Final = "[tool.importlinter]"


def _switched_off(project: CheckedProject) -> Iterator[Found]:
    gone = set(project.rendered_contexts) - set(project.contexts)
    for settings in read_settings(project):
        contracts = _contracts(settings.then)
        if not contracts:
            continue
        if settings.broken:
            yield Found(settings.path, f"cannot be read, so no contract holds: {settings.broken}")
        else:
            yield from _unseen_packages(settings, gone)
            for name, contract in contracts.items():
                yield from _weakened(settings, name, contract, gone)
    for path in replaces(project, SECTION, ".importlinter"):
        yield Found(path, "replaces the import contracts of pyproject.toml", line=1)
    yield from silenced(project, "lint-imports")


def _unseen_packages(settings: Settings, gone: set[str]) -> Iterator[Found]:
    then, now = _section(settings.then), _section(settings.now)
    for package in _missing(then, now, "root_packages", gone):
        line = line_with(settings.text, "root_packages", SECTION)
        message = f"root_packages leaves {package} out: nothing looks at its imports"
        yield Found(settings.path, message, line, package)


def _weakened(
    settings: Settings, name: str, then: dict[str, Any], gone: set[str]
) -> Iterator[Found]:
    path, text = settings.path, settings.text
    now = _contracts(settings.now).get(name)
    line = line_with(text, f'"{name}"', SECTION)
    if now is None:
        yield Found(path, f"the import contract {name} is gone", line, name)
        return
    if now.get("type") != then.get("type"):
        yield Found(path, f"the import contract {name} is of another type", line, f"{name} type")
    for key in LISTS:
        for missing in _missing(then, now, key, gone):
            message = f"the import contract {name} leaves {missing} out of its {key}"
            yield Found(path, message, line, f"{name} {missing}")
    if _reordered(then, now):
        message = f"the layers of the import contract {name} stand in another order"
        yield Found(path, message, line, f"{name} order")
    known = _items(then, "ignore_imports")
    for added in [each for each in _items(now, "ignore_imports") if each not in known]:
        message = f"the import contract {name} lets {added} through"
        yield Found(path, message, line_with(text, added, f'"{name}"'), f"{name} {added}")


def _section(document: dict[str, Any]) -> dict[str, Any]:
    section = document.get("tool", {}).get("importlinter", {})
    return section if isinstance(section, dict) else {}


def _contracts(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    contracts = _section(document).get("contracts", [])
    return {
        str(contract.get("id") or contract.get("name")): contract
        for contract in contracts
        if isinstance(contract, dict)
    }


def _items(table: dict[str, Any], key: str) -> list[str]:
    value = table.get(key, [])
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _names(table: dict[str, Any], key: str) -> list[str]:
    """The modules of a list, in order; one entry of `layers` may name several."""
    return [name for item in _items(table, key) for name in re.findall(NAMES, item)]


def _missing(then: dict[str, Any], now: dict[str, Any], key: str, gone: set[str]) -> list[str]:
    kept = set(_names(now, key))
    return [name for name in _names(then, key) if name not in kept | gone]


def _reordered(then: dict[str, Any], now: dict[str, Any]) -> bool:
    places = {
        name: place
        for place, item in enumerate(_items(now, "layers"))
        for name in re.findall(NAMES, item)
    }
    order = [
        max(known)
        for item in _items(then, "layers")
        if (known := [places[name] for name in re.findall(NAMES, item) if name in places])
    ]
    return order != sorted(order) or len(set(order)) < len(order)


SWITCHED_OFF: Final = Rule(
    id="BP401",
    name="import-contract-off",
    severity="error",
    title="An import contract was switched off",
    why=(
        "Contexts stay apart because a linter says no. Once one import across a boundary is let "
        "through, the next ones come unseen, and the context can no longer be taken out."
    ),
    fix="Restore the contract and go through the other context's facade or contract instead.",
    look=_switched_off,
)
