"""Which version of its standard a project goes to: the one that ``blueprint.yaml`` names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import BlueprintError, UsageError
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.spec.model import StandardChoice
from blueprint_cli.spec.writing import complete

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.record.record import Record
    from blueprint_cli.spec.document import KeyPath
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.standards.standard import Standard
    from blueprint_cli.updating.target import Target

COMMIT_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class HeldTo:
    """What a project is held to: the files that it keeps, its spec, and the text of that."""

    spec: Spec
    text: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)
    standard: Standard | None = None

    @property
    def version(self) -> str:
        """The reference of the standard, or the beginning of its commit; empty without one."""
        choice = self.spec.standard
        return (choice.ref or choice.commit[:COMMIT_SHOWN]) if choice else ""


def held_to(target: Target, spec: Spec, text: bytes, record: Record) -> HeldTo:
    """Return the standard that a project keeps, or get the one that its spec names by now.

    The commit is written into the spec: what its reference stands for is nobody's edit.

    Raises:
        UsageError: where a version is asked for, and there is no standard.
        BlueprintError: where the standard cannot be had or read.
    """
    choice = spec.standard
    if choice is None:
        if target.standard_to:
            raise UsageError(
                "--standard-to raises the project's standard, and it has none",
                hint=f"Name one in {SPEC_FILE}, then: blueprint update\n"
                "standard: {source: gh:team/standard}",
            )
        return HeldTo(spec, text)
    kept = _kept(record)
    if choice == kept and record.standard and not target.standard_to:
        return HeldTo(spec, text, record.standard, _read(record))
    from blueprint_cli.standards.opening import open_standard  # noqa: PLC0415 - where it changes

    ref = target.standard_to or _wanted(choice, kept)
    standard = open_standard(choice.source, ref, offline=target.offline)
    found = standard.choice
    # A path is written so that it means the same wherever it is read.
    ref = found.ref if target.standard_to or not choice.ref else choice.ref
    reached = StandardChoice(source=found.source, ref=ref, commit=found.commit)
    additions: list[tuple[KeyPath, Any]] = [
        (("standard", key), value)
        for key, value in reached.model_dump().items()
        if value != getattr(choice, key)
    ]
    if additions:
        text = complete(text.decode(), SPEC_FILE, additions).encode()
    spec = spec.model_copy(update={"standard": reached})
    return HeldTo(spec, text, standard.files, standard)


def _kept(record: Record) -> StandardChoice | None:
    render = record.render
    if not render.standard:
        return None
    return StandardChoice(
        source=render.standard, ref=render.standard_ref, commit=render.standard_commit
    )


def _wanted(choice: StandardChoice, kept: StandardChoice | None) -> str:
    """Return what to ask its source for: the reference, or the commit where that alone differs."""
    same = kept is not None and (kept.source, kept.ref) == (choice.source, choice.ref)
    return choice.commit if same and choice.commit else choice.ref


def _read(record: Record) -> Standard | None:
    """Return the standard that is kept; None where it cannot be read, which `check` says."""
    from blueprint_cli.standards.kept import kept_standard  # noqa: PLC0415 - where there is one

    try:
        return kept_standard(record)
    except BlueprintError:
        return None
