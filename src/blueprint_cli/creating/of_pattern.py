"""A new project of one of our patterns: what is recommended, and what is rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprint_cli.creating.create import kept_files, standard_of, with_record
from blueprint_cli.decisions import decision_file
from blueprint_cli.domain.open_functions import open_functions
from blueprint_cli.layout import DECISION
from blueprint_cli.recommendation.recommend import recommend
from blueprint_cli.record.pristine import pristine
from blueprint_cli.spec.writing import spec_text
from blueprint_cli.templates.builtin import find_example, find_recommended, find_template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blueprint_cli.creating.create import NewProject
    from blueprint_cli.domain.open_functions import OpenFunction
    from blueprint_cli.engines.choosing import Chosen
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.spec.answers import Answers
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.source import Template
    from blueprint_cli.tree import Tree


def of_pattern(request: NewProject, answers: Answers, chosen: Chosen | None) -> OfPattern:
    """Recommend, and find the template of the pattern that was chosen or is recommended.

    Raises:
        BlueprintError: where there is none.
    """
    standard = standard_of(request)
    rules = standard.rules if standard else None
    recommendation = recommend(answers.spec.known_requirements(), rules)
    best = recommendation.recommended if standard is None else standard.best_of(recommendation)
    answers = answers.following(best)
    if chosen is not None:
        template: Template = chosen.template.for_pattern(answers.spec.pattern)
    else:
        chosen_by_hand = answers.pattern_chosen or best != recommendation.recommended
        find = find_template if chosen_by_hand else find_recommended
        template = find(answers.spec.pattern, request.templates)
    return OfPattern(request, answers, recommendation, template)


@dataclass(frozen=True, slots=True)
class OfPattern:
    """A project of one of the patterns, and what is recommended."""

    request: NewProject
    answers: Answers
    recommendation: Recommendation
    template: Template

    @property
    def spec(self) -> Spec:
        """What the project is."""
        return self.answers.spec

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is said of the pattern."""
        return {
            "pattern": self.spec.pattern,
            "pattern_chosen": self.answers.pattern_chosen,
            "recommended": self.recommendation.recommended,
        }

    def tree(self, *, scratch: Path | None) -> Tree:
        """Render it.

        The decision belongs to the project from the first minute, and so do the contexts that its
        owner writes, and the functions that an example has written as its owner: they are no part
        of the base.
        """
        text = spec_text(self.answers, self.request.comments)
        # Before the rest, of which what is formatted last is kept for the next render.
        begun = self.template.render_begun(self.spec, scratch=scratch)
        made = pristine(
            self.spec,
            text.encode(),
            self.template,
            scratch=scratch,
            standard=kept_files(self.request),
        )
        decision = decision_file(self.recommendation, self.spec.pattern, self._reason())
        tree = with_record(made, {**begun, DECISION: decision}, self.template)
        named = self.request.example
        return find_example(named, self.request.templates).written_into(tree) if named else tree

    def to_write(self, tree: Tree) -> tuple[OpenFunction, ...]:
        """Return the functions of described contexts that wait for a body."""
        return open_functions(self.spec.domain, tree, lambda path: tree[path].content)

    def _reason(self) -> str:
        """Return why the pattern is not the recommended one, where the standard rules that out."""
        standard = standard_of(self.request)
        if self.request.reason or standard is None or self.answers.pattern_chosen:
            return self.request.reason
        return f"The standard {standard.label} allows no {self.recommendation.recommended}."
