"""The linter and the type checker that were rendered still look at the whole project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.checking.commands import silenced
from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.checking.settings import Settings, read_settings, replaces
from blueprint_cli.checking.text import line_of, line_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject

WHOLE_FILE: Final = (
    r"(?mi)^\s*#\s*(?:ruff:\s*noqa|flake8[:=]\s*noqa|mypy:\s*ignore-errors(?:\s*=\s*true)?)\s*$"
)
# A family of rules has no digits: `S` and `ALL`, but not `S101`.
FAMILY: Final = r"[A-Z]+"
REPLACING: Final = {
    "[tool.ruff]": ("ruff.toml", ".ruff.toml"),
    "ruff.toml": (".ruff.toml",),
    "[tool.mypy]": ("mypy.ini", ".mypy.ini"),
}
COMMANDS: Final = ("ruff check", "mypy", "make lint")


def _switched_off(project: CheckedProject) -> Iterator[Found]:
    for settings in read_settings(project):
        tool = settings.then.get("tool", {})
        if settings.broken and ("ruff" in tool or "mypy" in tool):
            yield Found(settings.path, f"cannot be read, so nothing is linted: {settings.broken}")
        elif not settings.broken:
            yield from _ruff(project, settings)
            yield from _mypy(settings)
    for section, names in REPLACING.items():
        for path in replaces(project, section, *names):
            yield Found(path, f"replaces what the rendered {section} sets", line=1)
    for path, text in project.texts():
        if path.endswith(".py"):
            for comment in re.finditer(WHOLE_FILE, text):
                message = f"`{comment[0].strip()}` takes the whole file out"
                yield Found(path, message, line_of(text, comment.end()), comment[0].strip())
    for command in COMMANDS:
        yield from silenced(project, command)


def _ruff(project: CheckedProject, settings: Settings) -> Iterator[Found]:
    then, now = _table(settings.then, "ruff"), _table(settings.now, "ruff")
    yield from _deselected(settings, _within(then, "lint"), _within(now, "lint"))
    yield from _unlinted_files(settings, _within(then, "lint"), _within(now, "lint"))
    folders = _folders_of_code(project, settings.folder)
    for key in ("exclude", "extend-exclude"):
        for pattern in [*_list(now, key), *_list(_within(now, "lint"), key)]:
            if pattern.rstrip("/*") in folders and pattern not in _list(then, key):
                line = line_with(settings.text, f'"{pattern}"')
                message = f"ruff does not look at {pattern}"
                yield Found(settings.path, message, line, f"{key} {pattern}")


def _deselected(settings: Settings, then: dict[str, Any], now: dict[str, Any]) -> Iterator[Found]:
    path, text = settings.path, settings.text
    selected = {*_list(now, "select"), *_list(now, "extend-select")}
    for family in _list(then, "select"):
        if family not in selected and "ALL" not in selected:
            message = f"ruff's rules {family} are not selected any more"
            yield Found(path, message, line_with(text, "select", "[tool.ruff"), f"select {family}")
    for key in ("ignore", "extend-ignore"):
        for rule in _list(now, key):
            if re.fullmatch(FAMILY, rule) and rule not in _list(then, key):
                message = f"ruff ignores all of {rule}"
                yield Found(path, message, line_with(text, f'"{rule}"'), f"{key} {rule}")


def _unlinted_files(
    settings: Settings, then: dict[str, Any], now: dict[str, Any]
) -> Iterator[Found]:
    for key in ("per-file-ignores", "extend-per-file-ignores"):
        for files, rules in _within(now, key).items():
            if "ALL" in rules and "ALL" not in _within(then, key).get(files, []):
                line = line_with(settings.text, f'"{files}"', files)
                message = f"ruff ignores everything in {files}"
                yield Found(settings.path, message, line, f"files {files}")


def _mypy(settings: Settings) -> Iterator[Found]:
    then, now = _table(settings.then, "mypy"), _table(settings.now, "mypy")
    path, text = settings.path, settings.text
    section = line_with(text, "[tool.mypy]")
    if then.get("strict") is True and now.get("strict") is not True:
        yield Found(
            path,
            "mypy is not strict any more",
            line_with(text, "strict =", "[tool.mypy]"),
            "strict",
        )
    for folder in _list(then, "files"):
        if folder not in _list(now, "files"):
            yield Found(
                path, f"mypy does not look at {folder} any more", section, f"files {folder}"
            )
    known = _tables(then)
    for table in _tables(now):
        if table.get("ignore_errors") is True and table not in known:
            modules = ", ".join(_list(table, "module")) or "every module"
            line = line_with(text, "ignore_errors")
            yield Found(path, f"mypy ignores all errors in {modules}", line, f"errors {modules}")


def _tables(mypy: dict[str, Any]) -> list[dict[str, Any]]:
    overrides = mypy.get("overrides", [])
    return [mypy, *(table for table in overrides if isinstance(table, dict))]


def _folders_of_code(project: CheckedProject, below: str) -> set[str]:
    """Every folder below which the render has Python files, relative to the settings' own."""
    found: set[str] = set()
    for path in project.record.base if project.record else ():
        if path.startswith(below) and path.endswith(".py"):
            parts = path[len(below) :].split("/")
            found |= {"/".join(parts[:length]) for length in range(1, len(parts))}
    return found


def _table(document: dict[str, Any], tool: str) -> dict[str, Any]:
    return _within(_within(document, "tool"), tool)


def _within(table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _list(table: dict[str, Any], key: str) -> list[str]:
    value = table.get(key, [])
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


SWITCHED_OFF: Final = Rule(
    id="BP402",
    name="lint-off",
    severity="error",
    title="Lint rules or type checks were switched off",
    why=(
        "What nobody looks at decays, and nobody sees when it began. One rule with its reason "
        "beside it is a decision; a whole family, file or folder is not."
    ),
    fix="Restore it. Where one rule does not fit, ignore it alone, with the reason beside it.",
    look=_switched_off,
)
