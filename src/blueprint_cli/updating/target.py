"""Which version of a team's template a project goes to, and what it is answered there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from blueprint_cli.errors import UsageError
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.sources.versions import version_of
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.writing import complete

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.choosing import Chosen
    from blueprint_cli.engines.engine import TeamTemplate
    from blueprint_cli.record.render import Render
    from blueprint_cli.spec.document import KeyPath
    from blueprint_cli.spec.model import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an update of a team's template was asked for.

    ``to`` is a branch, tag or commit; without it the newest tag is meant, or the branch that the
    project follows. ``trusted``: whether code of the template may run. ``answers`` are to its
    questions, the secret ones among them. ``offline``: no host is asked. ``standard_to`` is a
    branch, tag or commit of the standard; without it what ``blueprint.yaml`` names is meant.
    """

    to: str = ""
    trusted: bool = False
    answers: Mapping[str, Value] = field(default_factory=dict)
    offline: bool = False
    standard_to: str = ""

    def refuse_for_builtin(self, version: str) -> None:
        """Refuse what only a team's template has.

        Raises:
            UsageError: naming what to do.
        """
        if self.to and self.to.removeprefix("v") != version:
            raise UsageError(
                f"the built-in templates are those of the installed version, {version}",
                hint=f"Install blueprint {self.to}, then: blueprint update",
            )


@dataclass(frozen=True, slots=True)
class Reached:
    """A team's template at the version that a project goes to; its spec, and the text of that."""

    template: TeamTemplate
    spec: Spec
    text: bytes


def reach(target: Target, spec: Spec, text: bytes, render: Render, scratch: Path) -> Reached:
    """Get the template, and write into the spec what is new: its version and its questions.

    Raises:
        BlueprintError: in one of its kinds.
    """
    chosen = _chosen(target, spec, render, scratch)
    if chosen.template.commit != render.commit or chosen.template.version != render.version:
        chosen = chosen.carried(spec.project.name, given=target.answers)
    document = parse_document(text.decode(), SPEC_FILE)
    choice = chosen.completed(spec.template, spec.project.name, document)
    before = spec.template
    additions: list[tuple[KeyPath, Any]] = [
        (("template", key), value)
        for key, value in choice.model_dump(mode="json").items()
        if value != getattr(before, key)
    ]
    if additions:
        text = complete(text.decode(), SPEC_FILE, additions).encode()
    template = chosen.template.for_pattern(spec.pattern)
    return Reached(template, spec.model_copy(update={"template": choice}), text)


def _chosen(target: Target, spec: Spec, render: Render, scratch: Path) -> Chosen:
    from blueprint_cli.engines.choosing import open_chosen  # noqa: PLC0415 - only for a team's

    def opened(ref: str) -> Chosen:
        return open_chosen(
            spec.template,
            scratch,
            ref=ref,
            trusted=target.trusted,
            given=target.answers,
            offline=target.offline,
        )

    recorded, wanted = render.ref, spec.template.ref
    if target.to or wanted != recorded:
        return opened(target.to or wanted)
    follows = version_of(recorded)
    if recorded and follows is None:
        return opened(recorded)
    newest = opened("")
    now = version_of(newest.template.ref)
    if follows is not None and (now is None or now < follows):
        return opened(recorded)  # It stands on a pre-release: nothing is newer.
    return newest
