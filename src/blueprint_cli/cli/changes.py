"""How ``diff``, ``update`` and ``evolve`` show what happens to a project."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from blueprint_cli.errors import EXIT_FOUND

if TYPE_CHECKING:
    from blueprint_cli.cli.terminal import Terminal
    from blueprint_cli.updating.changes import Changes, Moved
    from blueprint_cli.updating.update import Updated

SHOWN = 20


def show(terminal: "Terminal", updated: "Updated", command: str, *, dry_run: bool) -> int:
    """Show what happened, or would, and return the command's exit code.

    It is 1 where a conflict is left, or for ``diff`` where anything differs.
    """
    terminal.result(document(updated, dry_run=dry_run), text(terminal, updated))
    if updated.state == "conflicts":
        terminal.note(what_to_do(command))
    any_difference = command == "diff" and updated.state != "unchanged"
    return EXIT_FOUND if updated.conflicts or any_difference else 0


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
        "patch": updated.patch or None,
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
    versions = f"{before.pattern} {before.version}"
    if before != after:
        versions += f" → {after.pattern} {after.version}"
    lines = [f"{terminal.bold(versions)}: {_headline(updated)}"]
    if updated.changes is not None:
        lines += _summary(updated.changes)
    elif updated.conflicts:
        lines += _listing("In conflict", [f"{c.path}: {c.why}" for c in updated.conflicts])
    if updated.patch:
        lines += ["", updated.patch.rstrip("\n")]
    return "\n".join(lines)


def what_to_do(command: str) -> str:
    """Say how a conflict is resolved."""
    return (
        "Edit the files, `git add` or `git rm` each, then: "
        f"blueprint {command} --continue\nOr take everything back: blueprint {command} --abort"
    )


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


def _summary(changes: "Changes") -> list[str]:
    return [
        *_listing(
            "Changed",
            [f"{c.path}{' (merged with your edits)' * c.edited}" for c in changes.changed],
        ),
        *_listing("Moved", _moves(changes.moved), total=len(changes.moved)),
        *_listing("Added", changes.added),
        *_listing("Removed", changes.removed),
        *_listing("In conflict", [f"{c.path}: {c.why}" for c in changes.conflicts], limit=None),
        *_listing("Deleted by you, and stays so", changes.kept_deleted, limit=None),
        *_listing("Yours, in a folder that the template gave up", changes.left_behind, limit=None),
        *_listing("Owned by you, left alone", changes.owned),
        *_listing("Untracked or ignored files in the way", changes.in_the_way, limit=None),
        _counts(changes),
    ]


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
        edited = [f"{each.source} → {each.path} (with your edits)" for each in files if each.edited]
        rest = len(files) - len(edited)
        if rest == 1:
            lines += [f"{each.source} → {each.path}" for each in files if not each.edited]
        elif rest:
            lines.append(f"{source or './'} → {path or './'} ({rest} files)")
        lines += edited
    return lines


def _without_common_end(source: str, path: str) -> tuple[str, str]:
    """Return the folders that differ: src/kit/ and libs/kit/src/kit/ for a file in both."""
    before, after = source.split("/")[:-1], path.split("/")[:-1]
    while before and after and before[-1] == after[-1] and len(before) > 2:  # noqa: PLR2004 - src/catalog/
        before.pop()
        after.pop()
    return "".join(f"{part}/" for part in before), "".join(f"{part}/" for part in after)


def _listing(
    title: str, paths: Sequence[str], limit: int | None = SHOWN, total: int = 0
) -> list[str]:
    if not paths:
        return []
    shown = paths if limit is None else paths[:limit]
    rest = len(paths) - len(shown)
    lines = [f"{title} ({total or len(paths)}):", *(f"  {path}" for path in shown)]
    return [*lines, f"  … and {rest} more; --json lists all"] if rest else lines
