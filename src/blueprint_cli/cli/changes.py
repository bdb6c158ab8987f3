"""How ``diff``, ``update`` and ``evolve`` show what happens to a project."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from blueprint_cli.errors import EXIT_FOUND, some
from blueprint_cli.reports.words import confidence_word
from blueprint_cli.wrapping import Width, whole, wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.cli.terminal import Terminal
    from blueprint_cli.updating.changes import Changes, Conflict, Moved
    from blueprint_cli.updating.evolution import Opinion
    from blueprint_cli.updating.merged_tree import Leftover, Look
    from blueprint_cli.updating.plan import SpecEdit
    from blueprint_cli.updating.update import Updated, Version

SHOWN = 20


def show(terminal: "Terminal", updated: "Updated", command: str, *, dry_run: bool) -> int:
    """Show what happened, or would, and return the command's exit code.

    It is 1 where a conflict is left or the merged files need somebody, or for ``diff`` where
    anything differs.
    """
    terminal.result(document(updated, dry_run=dry_run), text(terminal, updated))
    if updated.state == "conflicts":
        terminal.note(what_to_do(command, updated))
    elif updated.lacks:
        terminal.note(_what_it_lacks(updated))
    elif updated.ignored:
        terminal.note(_how_to_commit(updated))
    any_difference = command == "diff" and updated.state != "unchanged"
    return EXIT_FOUND if updated.conflicts or updated.look.finds or any_difference else 0


def perform_edit(
    terminal: "Terminal", project: "Path | None", edit: "SpecEdit", *, dry_run: bool
) -> None:
    """Edit ``blueprint.yaml``, do what ``update`` does, and end with its exit code."""
    from blueprint_cli.updating.update import perform

    updated = perform(project, "show" if dry_run else "update", edit=edit)
    raise typer.Exit(show(terminal, updated, "update", dry_run=dry_run))


def document(updated: "Updated", *, dry_run: bool) -> dict[str, Any]:
    """Return the keys that docs/json.md promises."""
    return {
        "project": str(updated.project),
        "state": updated.state,
        "dry_run": dry_run,
        "from": asdict(updated.before),
        "to": asdict(updated.after),
        "changes": None if updated.changes is None else _changes_document(updated.changes),
        "conflicts": [asdict(conflict) for conflict in updated.conflicts],
        "ignored": list(updated.ignored),
        "leftovers": [asdict(each) for each in updated.look.leftovers],
        "unreadable": [asdict(each) for each in updated.look.unreadable],
        "to_write": [asdict(each) for each in updated.look.open],
        "broken_events": [asdict(each) for each in updated.look.events],
        "kept_data": list(updated.look.kept_data),
        "to_migrate": list(updated.look.to_migrate),
        "perhaps_renamed": [asdict(each) for each in updated.look.perhaps],
        "raised_events": [asdict(each) for each in updated.look.raised],
        "kept": [asdict(each) for each in updated.kept],
        "lacks": list(updated.lacks),
        "recommendation": None if updated.opinion is None else _opinion_document(updated.opinion),
        "patch": updated.patch or None,
    }


def _opinion_document(opinion: "Opinion") -> dict[str, Any]:
    return {
        "recommended": opinion.recommended,
        "confidence": opinion.confidence,
        "pattern": opinion.pattern,
        "scores": {
            opinion.recommended: opinion.recommended_score,
            opinion.pattern: opinion.score,
        },
        "eligible": not opinion.ruled_out,
        "gates": [asdict(gate) for gate in opinion.ruled_out],
        "known": opinion.known,
    }


def _changes_document(changes: "Changes") -> dict[str, Any]:
    return {
        "changed": [asdict(each) for each in changes.changed],
        "moved": [_moved_document(each) for each in changes.moved],
        "added": list(changes.added),
        "removed": list(changes.removed),
        "kept_deleted": list(changes.kept_deleted),
        "left_behind": list(changes.left_behind),
        "owned": list(changes.owned),
        "ignored_absent": list(changes.ignored_absent),
        "in_the_way": list(changes.in_the_way),
        "yours": {
            "edited": list(changes.yours.edited),
            "added": list(changes.yours.added),
            "deleted": list(changes.yours.deleted),
            "moved": [_moved_document(each) for each in changes.yours.moved],
        },
    }


def _moved_document(moved: "Moved") -> dict[str, Any]:
    return {"from": moved.source, "to": moved.path, "edited": moved.edited}


def text(terminal: "Terminal", updated: "Updated") -> str:
    """Return the summary for people: what happens, what needs them, and what they had done."""
    before, after = updated.before, updated.after
    versions = _named(before)
    if before != after:
        versions += f" → {_named(after)}"
    lines = [wrapped(f"{terminal.bold(versions)}: {_headline(updated)}", terminal.width, "  ", "")]
    if updated.opinion is not None:
        lines += [wrapped(line, terminal.width, "  ", "") for line in _opinion(updated.opinion)]
    if updated.changes is not None:
        lines += _summary(updated.changes, terminal)
    elif updated.conflicts:
        lines += _conflicts(updated.conflicts, terminal)
    drawn = [whole(f"{one.path}:{one.line}") for one in updated.kept]
    lines += _listing("Kept as you have it: the template draws it", drawn, terminal.width)
    lines += _by_hand(updated.look, terminal)
    ignored = "Ignored by git, and so in no commit"
    lines += _listing(ignored, _whole(updated.ignored), terminal.width)
    if updated.patch:
        lines += ["", updated.patch.rstrip("\n")]
    return "\n".join(lines)


def _named(version: "Version") -> str:
    standard = f", standard {version.standard}" if version.standard else ""
    return f"{version.pattern} {version.version}{standard}"


def _opinion(opinion: "Opinion") -> list[str]:
    """Say what the recommendation thinks of the pattern that the project goes to."""
    unknown = "blueprint.yaml knows no requirement: whether it fits, the recommendation cannot say."
    if not opinion.known:
        return [unknown]
    sure = f"{opinion.confidence:.0%}, {confidence_word(opinion.confidence)}"
    line = f"The requirements in blueprint.yaml recommend {opinion.recommended} ({sure})"
    if opinion.recommended != opinion.pattern:
        points = f"{opinion.recommended_score:+.2f} against {opinion.score:+.2f} points"
        line += f", not {opinion.pattern}: {points}"
    return [
        f"{line}.",
        *(
            f"{gate.pattern} is ruled out: {gate.why}. Lifted by {gate.lifted_by}."
            for gate in opinion.ruled_out
        ),
    ]


def what_to_do(command: str, updated: "Updated") -> str:
    """Say how a conflict is resolved."""
    ignored = [one.path for one in updated.conflicts if one.path in updated.ignored]
    but = f" (git ignores {some(ignored)}: there, editing is enough)" if ignored else ""
    return (
        f"Edit the files, `git add` or `git rm` each{but}, then: "
        f"blueprint {command} --continue\nOr take everything back: blueprint {command} --abort"
    )


def _what_it_lacks(updated: "Updated") -> str:
    """Say what a preview does without, where the template's code may not run."""
    lines = "\n".join(f"  {line}" for line in updated.lacks)
    return (
        f"Without --trust nothing of the template's ran, and what this makes is lacking:\n{lines}"
    )


def _how_to_commit(updated: "Updated") -> str:
    """Name the command by which git tracks what it ignores; only what is there can be added."""
    from blueprint_cli.git.work_tree import adding_command

    ignored = "No commit takes what git ignores"
    command = adding_command(updated.project, updated.ignored)
    return f"{ignored} until it is added by\n  {command}" if command else f"{ignored}."


def _headline(updated: "Updated") -> str:
    match updated.state:
        case "unchanged":
            return "nothing to do"
        case "planned":
            return "this is what would happen"
        case "done":
            return "done; look at it, then commit"
        case "aborted":
            return "taken back, everything is as it was before"
        case "forgotten":
            return "forgotten; another commit is checked out, and its files stay as they are"
        case _:
            return "conflicts are left"


def _summary(changes: "Changes", terminal: "Terminal") -> list[str]:
    width = terminal.width
    return [
        *_listing(
            "Changed",
            [f"{whole(c.path)}{' (merged with your edits)' * c.edited}" for c in changes.changed],
            width,
        ),
        *_listing("Moved", _moves(changes.moved), width, total=len(changes.moved)),
        *_listing("Added", _whole(changes.added), width),
        *_listing("Removed", _whole(changes.removed), width),
        *_conflicts(changes.conflicts, terminal),
        *_listing("Deleted by you, and stays so", _whole(changes.kept_deleted), width, limit=None),
        *_listing(
            "Yours, in a folder that the template gave up",
            _whole(changes.left_behind),
            width,
            limit=None,
        ),
        *_listing("Owned by you, left alone", _whole(changes.owned), width),
        *_listing("Ignored by git and not here, left out", _whole(changes.ignored_absent), width),
        *_listing(
            "Untracked or ignored files in the way", _whole(changes.in_the_way), width, limit=None
        ),
        _counts(changes),
    ]


def _conflicts(conflicts: Sequence["Conflict"], terminal: "Terminal") -> list[str]:
    """Name every conflict, for each needs somebody."""
    rows = [f"{whole(conflict.path)}: {conflict.why}" for conflict in conflicts]
    lines = _listing("In conflict", rows, terminal.width, limit=None)
    return [terminal.of_severity("error", lines[0]), *lines[1:]] if lines else []


def _by_hand(look: "Look", terminal: "Terminal") -> list[str]:
    """Name what the merged files need somebody for."""
    used = [
        f"{whole(f'{one.path}:{one.line}')}: {one.name}, {_gone(one)}" for one in look.leftovers
    ]
    broken = [f"{whole(f'{one.path}:{one.line}')}: {one.why}" for one in look.unreadable]
    waiting = [f"{whole(f'{one.path}:{one.line}')}: {one.name}" for one in look.open]
    told = [f"{whole(one.event)}: {one.why}" for one in look.events]
    lines: list[str] = []
    for title, rows in (
        ("Your lines use what is not there any more", used),
        ("Merged, and no Python", broken),
    ):
        listed = _listing(title, rows, terminal.width, limit=None)
        lines += [terminal.of_severity("error", listed[0]), *listed[1:]] if listed else []
    otherwise = "Events that are told otherwise than before: let their readers know it first"
    lines += _listing(otherwise, told, terminal.width, limit=None)
    both = [f"{whole(one.event)}, and {whole(one.beside)} as it was" for one in look.raised]
    kept = [f"{one}: drop it yourself once nobody needs its rows" for one in look.kept_data]
    alike = [
        f"{one.place} is gone and {one.now} is new: if it is the same, take this back, say `was` "
        "there and update again, or its rows are dropped"
        for one in look.perhaps
    ]
    lines += _listing("Perhaps renamed", alike, terminal.width, limit=None)
    written = [
        f"{one}: make migration CONTEXT={one} MESSAGE='…'; read it, for a renamed column looks "
        "like one that goes and another one that comes"
        for one in look.to_migrate
    ]
    lines += _listing("Migrations on MySQL that are yours to write", written, terminal.width)
    lines += _listing("Contexts whose schema or database stays as it is", kept, terminal.width)
    until = "Events of another name or version; both until `former`, or `was`, is taken out"
    lines += _listing(until, both, terminal.width)
    return [*lines, *_listing("Functions that are yours to write", waiting, terminal.width)]


def _gone(one: "Leftover") -> str:
    what = f"the {one.what} of {one.of}" if one.what not in ("context", "type") else f"a {one.what}"
    return f"{what}, is {one.now} now" if one.now else f"{what}, is gone"


def _whole(paths: Sequence[str]) -> list[str]:
    return [whole(path) for path in paths]


def _counts(changes: "Changes") -> str:
    yours = changes.yours
    kinds = {
        "edited": yours.edited, "added": yours.added, "deleted": yours.deleted, "moved": yours.moved
    }  # fmt: skip
    return f"You: {', '.join(f'{len(paths)} {kind}' for kind, paths in kinds.items())}"


def _moves(moved: Sequence["Moved"]) -> list[str]:
    """Say which folders went where, and name the files that hold edits."""
    folders: dict[tuple[str, str], list[Moved]] = {}
    for each in moved:
        folders.setdefault(_without_common_end(each.source, each.path), []).append(each)
    lines = []
    for (source, path), files in folders.items():
        edited = [f"{_goes(each)} (with your edits)" for each in files if each.edited]
        rest = len(files) - len(edited)
        if rest == 1:
            lines += [_goes(each) for each in files if not each.edited]
        elif rest:
            lines.append(f"{whole(source or './')} → {whole(path or './')} ({rest} files)")
        lines += edited
    return lines


def _goes(moved: "Moved") -> str:
    return f"{whole(moved.source)} → {whole(moved.path)}"


def _without_common_end(source: str, path: str) -> tuple[str, str]:
    """Return the folders that differ: src/kit/ and libs/kit/src/kit/ for a file in both."""
    before, after = source.split("/")[:-1], path.split("/")[:-1]
    while before and after and before[-1] == after[-1] and len(before) > 2:  # noqa: PLR2004 - src/catalog/
        before.pop()
        after.pop()
    return "".join(f"{part}/" for part in before), "".join(f"{part}/" for part in after)


def _listing(
    title: str, rows: Sequence[str], width: Width, *, limit: int | None = SHOWN, total: int = 0
) -> list[str]:
    if not rows:
        return []
    shown = rows if limit is None else rows[:limit]
    rest = len(rows) - len(shown)
    lines = [
        f"{title} ({total or len(rows)}):",
        *(wrapped(row, width, "    ", "  ") for row in shown),
    ]
    return [*lines, f"  … and {rest} more; --json lists all"] if rest else lines
