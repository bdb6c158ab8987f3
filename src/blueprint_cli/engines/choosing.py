"""From what ``blueprint.yaml`` says of a template to the template, and its answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blueprint_cli.engines.answering import SECTION
from blueprint_cli.engines.recognising import open_template
from blueprint_cli.errors import SpecInvalid
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.fetching import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from blueprint_cli.engines.asked import Value
    from blueprint_cli.engines.engine import TeamTemplate
    from blueprint_cli.spec.document import KeyPath
    from blueprint_cli.spec.model import TemplateChoice
    from blueprint_cli.spec.reading import Places


@dataclass(frozen=True, slots=True)
class Chosen:
    """A team's template that was found, and the answers that may be written down."""

    template: TeamTemplate
    answers: Mapping[str, Value]

    def with_answers(self, given: Mapping[str, Value]) -> Chosen:
        """Return it with more answers; secret ones go to the template and nowhere else."""
        answers = {**self.answers, **given}
        names = self.template.secret_questions & answers.keys()
        secrets = {**self.template.secrets, **{name: answers.pop(name) for name in names}}
        return Chosen(replace(self.template, secrets=secrets), answers)

    def carried(self, name: str, *, given: Collection[str]) -> Chosen:
        """Return it without those answers of an earlier version that this one does not take."""
        return replace(self, answers=self.template.carried(self.answers, name, given=given))

    def completed(
        self, choice: TemplateChoice, name: str, places: Places | None = None
    ) -> TemplateChoice:
        """Return what ``blueprint.yaml`` is to say of it: its version, and every answer.

        ``places`` knows where the answers are written.

        Raises:
            SpecInvalid: where an answer is not taken, is to no question, or is missing.
        """
        try:
            answers = self.template.completed(self.answers, name)
        except SpecInvalid as invalid:
            raise _located(invalid, self.template, places) from None
        update = {"source": self.template.source, "ref": self.template.ref, "answers": answers}
        return choice.model_copy(update=update)


def _located(invalid: SpecInvalid, template: TeamTemplate, places: Places | None) -> SpecInvalid:
    """Say of each problem with an answer where it is written."""
    problems = []
    for one in invalid.problems:
        path: KeyPath = (*SECTION.split("."), one.key.removeprefix(f"{SECTION}."))
        if places is None:
            problems.append(replace(one, file="the answers"))
        else:
            problems.append(places.problem(path, one.message, allowed=one.allowed))
    return SpecInvalid(
        f"the template {template.source} does not take these answers",
        hint=f"Answer with --set {SECTION}.NAME=VALUE, or in an answers file.",
        problems=problems,
    )


def open_chosen(  # noqa: PLR0913 - what it is, and how it may be opened
    choice: TemplateChoice,
    scratch: Path,
    *,
    ref: str | None = None,
    trusted: bool = False,
    given: Mapping[str, Value] | None = None,
    offline: bool = False,
) -> Chosen:
    """Bring a team's template onto this machine.

    Args:
        choice: what ``blueprint.yaml``, or the answers for a new project, say.
        scratch: where its files go; they are needed for as long as the template is.
        ref: another branch, tag or commit than the one that is written there.
        trusted: whether code of the template may run.
        given: answers beside those, the secret ones among them.
        offline: ask no host.

    Raises:
        BlueprintError: in one of its kinds.
    """
    fetched = fetch(
        read_address(choice.source), choice.ref if ref is None else ref, scratch, offline=offline
    )
    template = open_template(fetched, trusted=trusted)
    return Chosen(template, choice.answers).with_answers(given or {})
