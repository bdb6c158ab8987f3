"""A move to another pattern: what the recommendation thinks of it, and the decision's record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blueprint_cli.decisions import (
    check_reason,
    decision_file,
    last_decision,
    next_decision,
    superseded,
)
from blueprint_cli.errors import PatternRuledOut
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.reports.markdown import Earlier
from blueprint_cli.updating.changes import Changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from blueprint_cli.git.merge_repository import MergeRepository
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.scoring import Gate
    from blueprint_cli.tree import Tree
    from blueprint_cli.updating.merge import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolution:
    """What was asked for: the pattern, and why, also where the requirements rule it out."""

    to: Pattern
    reason: str = ""
    accept_ruled_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the recommendation thinks of a pattern, from the requirements in ``blueprint.yaml``.

    ``known`` is how many of them are known; with none, the recommendation is worth little.
    """

    pattern: Pattern
    score: float
    recommended: Pattern
    recommended_score: float
    confidence: float
    ruled_out: tuple[Gate, ...]
    known: int


def opinion_of(pattern: Pattern, result: Recommendation) -> Opinion:
    """Return what a recommendation thinks of a pattern."""
    scores = {ranked.pattern: ranked.score for ranked in result.ranking}
    return Opinion(
        pattern=pattern,
        score=scores[pattern],
        recommended=result.recommended,
        recommended_score=scores[result.recommended],
        confidence=result.confidence,
        ruled_out=tuple(gate for gate in result.gates if gate.pattern == pattern),
        known=len(result.answers),
    )


def refuse_ruled_out(opinion: Opinion, evolution: Evolution) -> None:
    """Refuse a pattern that the requirements rule out, unless somebody takes that on, and says why.

    Raises:
        PatternRuledOut: with what rules it out, and the options that take it on.
        UsageError: where the reason does not fit into one line.
    """
    check_reason(evolution.reason)
    if not opinion.ruled_out or (evolution.accept_ruled_out and evolution.reason):
        return
    why = " ".join(f"{gate.why}. Lifted by {gate.lifted_by}." for gate in opinion.ruled_out)
    raise PatternRuledOut(
        f"{opinion.pattern} is ruled out by the requirements in {SPEC_FILE}: {why}",
        hint="Correct the requirements; or, to go there all the same: "
        f"blueprint evolve --to {opinion.pattern} --accept-ruled-out --reason TEXT",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a move brings with it beside the merge.

    ``once`` is written now and the project's own from then on: a guide, and the record of the
    decision at the path ``record``. ``supersedes`` is that of the record before, or empty.
    """

    opinion: Opinion
    once: Tree
    record: str
    supersedes: str

    def noted_in(
        self, outcome: Outcome, merging: MergeRepository, owned: Callable[[str], bool]
    ) -> Outcome:
        """Name the new record in the one before it; what its owner wrote there stays."""
        path = self.supersedes
        entry = outcome.after.get(path)
        if entry is None or entry.kind != "100" or path in outcome.stages or owned(path):
            return outcome
        content = superseded(merging.read_blobs([entry.oid])[entry.oid], self.record)
        if content is None:
            return outcome
        (noted,) = merging.store_blobs([content], entry.mode)
        changed = [*outcome.changes.changed, Changed(path, edited=False)]
        changed.sort(key=lambda each: each.path)
        return replace(
            outcome,
            after={**outcome.after, path: noted},
            changes=replace(outcome.changes, changed=tuple(changed)),
        )


def move_of(
    evolution: Evolution, before: Pattern, result: Recommendation, guide: Tree, paths: Iterable[str]
) -> Move:
    """Return what a move brings with it.

    Args:
        evolution: what was asked for.
        before: the pattern until now.
        result: what is recommended for the project's requirements.
        guide: what the template tells whoever comes from that pattern.
        paths: the files that are there, tracked or not.
    """
    paths = list(paths)
    record, supersedes = next_decision(paths), last_decision(paths)
    opinion = opinion_of(evolution.to, result)
    earlier = Earlier(before, supersedes.rpartition("/")[2])
    file = decision_file(result, evolution.to, evolution.reason, earlier)
    return Move(
        opinion=opinion,
        once=guide.with_files({record: file}),
        record=record,
        supersedes=supersedes,
    )
