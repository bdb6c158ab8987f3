"""What there is to say of a rule: for `--explain`, docs/check.md and the help of SARIF alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from blueprint_cli.checking.project import CheckedProject
from blueprint_cli.checking.rules import RULES
from blueprint_cli.checking.rules.standard import own_rules
from blueprint_cli.errors import UsageError
from blueprint_cli.project import is_project, project_around
from blueprint_cli.spec.codes import unknown_code
from blueprint_cli.wrapping import Width, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blueprint_cli.checking.finding import Rule


def find_rules(text: str, own: Sequence[Rule] = ()) -> tuple[Rule, ...]:
    """Return the rules that a code, the beginning of codes, or a name stands for.

    ``own`` are those of a standard.

    Raises:
        UsageError: where it stands for none, with the nearest code.
    """
    wrong = unknown_code(text, [rule.id for rule in own])
    found = tuple(
        rule
        for rule in (*RULES, *own)
        if rule.name == text or (not wrong and rule.id.startswith(text))
    )
    if not found:
        raise UsageError(wrong, hint="All of them: blueprint check --explain BP")
    return found


def rules_here() -> tuple[Rule, ...]:
    """Return the rules of the standard of the project around the current folder."""
    here = Path.cwd()
    root = here if is_project(here) else project_around(here)
    return own_rules(CheckedProject(root)) if root else ()


def how_to_silence(rule: Rule) -> str:
    """Return the ways to live with what a rule finds."""
    if rule.locked:
        return (
            f"The standard {rule.standard} locks it: nothing in blueprint.yaml silences it. A "
            "baseline (`--write-baseline FILE`) accepts what is there now."
        )
    owned = (
        "`owned` in blueprint.yaml takes a file over."
        if rule.silenced_by_owned
        else "`owned` does not silence it."
    )
    return (
        f"{owned} In blueprint.yaml, below `check`: `ignore: [{rule.id}]` switches the rule off, "
        f"`severities: {{{rule.id}: note}}` reports it and fails nothing, `exclude: [<path>]` "
        "leaves files out. A baseline (`--write-baseline FILE`) accepts what is there now."
    )


def as_markdown(rule: Rule) -> str:
    """Return the whole of it but for the code, as Markdown."""
    return (
        f"**{rule.title}** ({rule.severity}).\n\n"
        f"Why: {rule.why}\n\n"
        f"Fix: {rule.fix}\n\n"
        f"Silence: {how_to_silence(rule)}\n"
    )


def as_plain(rule: Rule) -> str:
    """Return what to do, for readers without Markdown."""
    return f"{rule.why}\nFix: {rule.fix}\nSilence: {how_to_silence(rule)}"


def as_text(rules: Sequence[Rule], width: Width, bold: Callable[[str], str] = str) -> str:
    """Return rules for people at a terminal."""
    return "\n\n".join(
        "\n".join(
            [
                wrapped(bold(f"{rule.id} {rule.name}: {rule.title}"), width, "    ", ""),
                f"  Severity: {rule.severity}",
                *(
                    wrapped(text, width, "    ", f"  {label}: ")
                    for label, text in (
                        ("Why", rule.why),
                        ("Fix", rule.fix),
                        ("Silence", how_to_silence(rule)),
                    )
                ),
            ]
        )
        for rule in rules
    )


def as_document(rules: Sequence[Rule]) -> dict[str, Any]:
    """Return rules as plain data."""
    return {
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "severity": rule.severity,
                "title": rule.title,
                "why": rule.why,
                "fix": rule.fix,
                "silence": how_to_silence(rule),
            }
            for rule in rules
        ]
    }
