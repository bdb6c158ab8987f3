"""The pristine render in ``.blueprint/`` has to be the one that was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.finding import Found, Rule
from blueprint_cli.layout import FOLDER, IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.checking.project import CheckedProject


def _damaged(project: CheckedProject) -> Iterator[Found]:
    damage = project.damage
    if damage is not None:
        message = damage.message.replace(f"{project.root}/", "")
        hint = damage.hint
        if project.would_ignore(IDENTITY):
            hint = (
                f"git ignores {FOLDER}/, so it may be in no commit. Where it is whole: "
                f"git add --force -- {FOLDER}"
            )
        yield Found(IDENTITY, f"{message}. {hint}".rstrip(" ."), line=1)


DAMAGED: Final = Rule(
    id="BP101",
    name="record-damaged",
    severity="error",
    title="The record of what was rendered is damaged",
    why=(
        "`.blueprint/` tells your edits from the template's. Where the archive is not what its "
        "hash or its manifest says, drift cannot be seen and an update would merge nonsense."
    ),
    fix=(
        "Restore .blueprint/ from git, as it was after the last `new` or `update`; "
        "never edit it by hand."
    ),
    look=_damaged,
    silenced_by_owned=False,
)
