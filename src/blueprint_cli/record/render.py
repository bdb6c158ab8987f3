"""``.blueprint/template.json``: what a project was rendered from, in one sealed line.

The format is a promise from the first release on; docs/decisions/0002 describes it byte by byte.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shlex
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import ProjectFromTheFuture, RecordDamaged, RecordUnreleased
from blueprint_cli.layout import FOLDER, IDENTITY
from blueprint_cli.record.archive import archive_path
from blueprint_cli.version import DISTRIBUTION, installed_version, is_later

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT: Final = 1
SEAL: Final = "seal"
BUILTIN: Final = "builtin"
# What a record of an unreleased version has, and no more.
UNRELEASED: Final = frozenset({"name", "source", "version", "tree", "base", SEAL})
RESTORE: Final = (
    f"Restore it from git (git log --oneline -- {IDENTITY}); where two branches both updated, keep "
    f"the line of the later version in it, then: git add --all {FOLDER}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """What was rendered, each value as text.

    Args:
        name: the template's name.
        kind: the program that renders it: ``builtin``, and later ``copier`` or ``cookiecutter``.
        source: where it comes from: ``builtin``, or an address.
        ref: what was asked for there, a tag or a branch; empty where there is no choice.
        commit: the commit that the ref named; empty where there is none.
        version: the template's version; of a built-in template, the program's.
        tree: the hash of every file that a render of it can read.
        answers: the hash of what was answered; secret answers have no part in it.
        pattern: the architecture; empty where the template knows none.
        standard: where the team's standard comes from; empty where there is none.
        standard_ref: what was asked for there.
        standard_commit: the commit that its ref named.
        base: the hash of the archived pristine render.
    """

    name: str
    kind: str = BUILTIN
    source: str = BUILTIN
    ref: str = ""
    commit: str = ""
    version: str
    tree: str
    answers: str
    pattern: str
    standard: str = ""
    standard_ref: str = ""
    standard_commit: str = ""
    base: str

    def text(self) -> str:
        """Return ``template.json``; two branches that both update conflict in its second line."""
        line = json.dumps({**asdict(self), SEAL: self.seal()}, ensure_ascii=False)
        return f'{{"format": {FORMAT},\n "render": {line}}}\n'

    def seal(self) -> str:
        """Return the seal of a line that holds these values and no others."""
        return seal_of(asdict(self).items())


def seal_of(items: Iterable[tuple[str, Any]]) -> str:
    """Return SHA-256 over keys and values of a line in their order: none can change alone.

    Keys that this version does not know count as well, so that one which a later version adds is
    neither taken for an edit nor open to one.
    """
    sealed = [[key, value] for key, value in items if key != SEAL]
    return hashlib.sha256(json.dumps(sealed, ensure_ascii=False).encode()).hexdigest()


def answers_hash(answers: dict[str, Any]) -> str:
    """Return SHA-256 over answers as JSON with sorted keys; the caller leaves out secret ones."""
    text = json.dumps(answers, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_render(project: Path) -> Render:
    """Read what a project was rendered from, and nothing of the base.

    Raises:
        RecordDamaged: where that cannot be read, or was edited.
        RecordUnreleased: where a version before the first release wrote it.
    """
    place = project / IDENTITY
    line = _line(parse_json(read_file(place, RESTORE), IDENTITY, RESTORE))
    names = [field.name for field in fields(Render)]
    if line.keys() == UNRELEASED:
        raise RecordUnreleased(
            f"{project} was made before the first release",
            hint="Make the project anew and copy your edits: blueprint new NAME",
        )
    missing = [name for name in names if name not in line]
    if missing:
        raise incomplete(IDENTITY, f"'{missing[0]}'", RESTORE)
    found = {name: line[name] for name in names}
    if not all(isinstance(value, str) for value in found.values()):
        raise RecordDamaged(f"{IDENTITY} has something other than text in it")
    if line.get(SEAL) != seal_of(line.items()):
        raise RecordDamaged(f"{place} was edited: its seal is broken", hint=RESTORE)
    return Render(**found)


def names_standard(folder: Path) -> bool:
    """Whether a folder's record names a standard, as far as it can be read."""
    with contextlib.suppress(RecordDamaged, RecordUnreleased):
        return (folder / IDENTITY).is_file() and bool(read_render(folder).standard)
    return False


def refuse_later_version(render: Render, project: Path) -> None:
    """Refuse a project that a later version of this program rendered.

    Raises:
        ProjectFromTheFuture: naming the version.
    """
    recorded, installed = render.version, installed_version()
    if render.source == BUILTIN and recorded != installed and is_later(recorded, installed):
        raise ProjectFromTheFuture(
            f"{project} was rendered by blueprint {recorded}, and this is {installed}",
            hint=f"Upgrade to {recorded} or later: pip install --upgrade "
            f"'{DISTRIBUTION}>={recorded}'",
        )


def how_to_rebuild(render: Render, project: Path) -> str:
    """Return the commands that bring a lost base back."""
    archive = archive_path(render.base)
    where = shlex.quote(str(project))
    history = f"git log --all --oneline -- {archive}"
    who = f"blueprint {render.version}"
    if render.source != BUILTIN:  # Whose version is its own.
        who = "blueprint"
        steps = [f"blueprint update --rebuild-base {where}"]
    elif render.version == installed_version():
        steps = [f"blueprint update --rebuild-base {where}"]
    else:
        place = f"/tmp/blueprint-{render.version}"  # noqa: S108 - a suggestion that can be changed
        steps = [
            f"python3 -m venv {place}",
            f"{place}/bin/pip install {DISTRIBUTION}=={render.version}",
            f"{place}/bin/blueprint update --rebuild-base {where}",
        ]
    return "\n".join(
        [
            f"Where git has it (`{history}`), restore {FOLDER}/ from there.",
            f"Otherwise {who} renders it again:",
            *(f"  {step}" for step in steps),
        ]
    )


def _line(document: dict[str, Any]) -> dict[str, Any]:
    line = document.get("render")
    if not isinstance(line, dict):
        raise incomplete(IDENTITY, "'render'", RESTORE)
    return line


def read_file(place: Path, hint: str = "") -> bytes:
    """Read one file of the record.

    Raises:
        RecordDamaged: where it cannot be read.
    """
    try:
        return place.read_bytes()
    except OSError as error:
        raise RecordDamaged(f"{place} cannot be read: {error.strerror}", hint=hint) from error


def parse_json(content: bytes, name: str, hint: str = "") -> dict[str, Any]:
    """Parse a JSON document of this format, in which no key stands twice.

    Raises:
        RecordDamaged: where it is another thing.
    """
    try:
        document: Any = json.loads(content, object_pairs_hook=_once)
    except ValueError as error:
        raise RecordDamaged(f"{name} cannot be read: {error}", hint=hint) from error
    version = document.get("format") if isinstance(document, dict) else None
    if version != FORMAT:
        raise RecordDamaged(
            f"{name} has format {version}; this version reads {FORMAT}",
            hint="A newer blueprint wrote it: upgrade.",
        )
    found: dict[str, Any] = document
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def incomplete(name: str, what: object, hint: str = "") -> RecordDamaged:
    """Say that a document lacks something."""
    return RecordDamaged(f"{name} does not have what it must have: {what}", hint=hint)
