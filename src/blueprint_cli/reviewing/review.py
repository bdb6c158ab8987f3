"""A review: what was assumed and what was measured, what that recommends, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli import clock
from blueprint_cli.errors import Failed
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.project import project_root
from blueprint_cli.recommendation.comparison import Comparison, compare
from blueprint_cli.recommendation.measured import Corrections, corrected, read_corrections
from blueprint_cli.recommendation.recommend import reached, recommend, triggers_of
from blueprint_cli.recommendation.rules import load_rules
from blueprint_cli.record.render import read_render
from blueprint_cli.reviewing import described, history
from blueprint_cli.reviewing.bench_document import BenchResult, read_bench
from blueprint_cli.reviewing.figures import Figure, Figures, Problem, combined, unknown
from blueprint_cli.reviewing.look import Look
from blueprint_cli.reviewing.observed import Observed, observe
from blueprint_cli.reviewing.requirements import OF_RUNNING, Row, row_of
from blueprint_cli.reviewing.spending import Spending, spending_of
from blueprint_cli.reviewing.unmeasured import following, unmeasured
from blueprint_cli.spec.reading import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.cost.books import Book
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.prometheus import Prometheus, Sample
    from blueprint_cli.recommendation.recommend import Trigger
    from blueprint_cli.recommendation.rules import KnownRequirements, Rules, Value
    from blueprint_cli.spec.model import Spec

# Beside the requirements, for whoever reads the review.
BESIDE: Final = (
    "error_percent",
    "releases_a_month",
    "lead_time_hours",
    "people_per_team",
    "most_people_in_a_context",
)
NOT_NAMED: Final = "the rule names no figure that a review measures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a review is asked for.

    Attributes:
        project: the folder; the current one unless given.
        bench: a document of `bench --json`.
        prometheus: a server that scrapes the running project.
        seconds: over how long it is asked.
        matchers: what selects this project's series there, in PromQL.
        rules: those of a team, or of a file; the built-in ones unless given.
        books: price books, likewise.
    """

    project: Path | None = None
    bench: Path | None = None
    prometheus: Prometheus | None = None
    seconds: int = 7 * 86_400
    matchers: str = ""
    rules: Rules | None = None
    books: tuple[Book, ...] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """A trigger of the project's pattern; ``reached`` is None where nothing measured it.

    ``weighed``: what was assumed had reached it already, so it was weighed in the decision.
    """

    trigger: Trigger
    figure: Figure
    reached: bool | None
    weighed: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that a review found.

    ``measured`` is how far predictions are off by this run, ``kept`` what the project keeps.
    """

    root: Path
    spec: Spec
    sources: tuple[str, ...]
    rows: tuple[Row, ...]
    beside: tuple[Figure, ...]
    triggers: tuple[Watched, ...]
    problems: tuple[Problem, ...]
    comparison: Comparison
    spending: tuple[Spending, ...]
    measured: Corrections | None
    kept: Corrections | None
    load: tuple[Sample, ...]
    strangers: int

    @property
    def reached(self) -> tuple[Watched, ...]:
        """The triggers that are reached, and were not when it was decided."""
        return tuple(one for one in self.triggers if one.reached and not one.weighed)

    @property
    def recommended(self) -> Pattern:
        """What the rules recommend for what was measured."""
        return self.comparison.after.recommended

    @property
    def missed(self) -> tuple[Row, ...]:
        """The wishes of the running project that are not kept."""
        return tuple(row for row in self.rows if row.key in OF_RUNNING and row.met is False)

    @property
    def found(self) -> bool:
        """Whether somebody has to look: something is reached, wrong, or recommended otherwise."""
        wrong = self.problems or self.missed
        return bool(self.reached or wrong or not self.comparison.same)


def review(asked: Question) -> Review:
    """Hold a project's assumptions against what was measured of it.

    Raises:
        BlueprintError: in one of its kinds: no project, a document that cannot be used, a
            Prometheus that cannot be reached.
    """
    root = project_root(asked.project)
    spec = read_spec(root / SPEC_FILE)
    if not spec.template.is_builtin and not read_render(root).pattern:
        raise Failed(
            "a review knows what our patterns assume, and this is a team's template without one"
        )
    model = described.described(spec)
    bench = read_bench(asked.bench, spec) if asked.bench else None
    seen = _seen(asked, spec, model)
    of_git = history.figures_of(root, model.contexts, today=clock.today())
    figures = combined(
        seen.figures if seen else (),
        bench.figures if bench else (),
        of_git,
        described.figures_of(model),
        unmeasured(benched=asked.bench is not None),
    )
    figures |= following(figures)
    return _reviewed(asked, root, spec, figures, bench, seen)


def _seen(asked: Question, spec: Spec, model: described.Described) -> Observed | None:
    if asked.prometheus is None:
        return None
    look = Look(asked.prometheus, asked.seconds, clock.now().timestamp(), asked.matchers)
    return observe(look, spec.slo, model)


def _reviewed(  # noqa: PLR0913, PLR0917 - what was found, of each source
    asked: Question,
    root: Path,
    spec: Spec,
    figures: Figures,
    bench: BenchResult | None,
    seen: Observed | None,
) -> Review:
    kept = read_corrections(root)
    measured = bench.measured if bench else None
    plain = asked.rules or load_rules()
    rules = corrected(plain, measured or kept)
    said: KnownRequirements = spec.known_requirements()
    before = recommend(said, rules)
    rows = tuple(
        row_of(key, label, said.get(key), figures[key]) for key, label in before.labels.items()
    )
    after = recommend({row.key: row.used for row in rows if row.used is not None}, rules)
    flips = before.sensitivity.flips if before.recommended == spec.pattern else ()
    problems = [*(seen.problems if seen else ()), *(bench.problems if bench else ())]
    return Review(
        root=root,
        spec=spec,
        sources=_sources(figures, bench, seen, asked),
        rows=rows,
        beside=tuple(figures[name] for name in BESIDE if name in figures),
        triggers=tuple(
            _watched(trigger, figures, said.get(rule.key))
            for rule, trigger in triggers_of(spec.pattern, flips, rules)
        ),
        problems=tuple(problems),
        comparison=compare(before, after),
        spending=spending_of(spec, before, after, rules, asked.books),
        measured=measured,
        kept=kept,
        load=seen.load if seen else (),
        strangers=seen.strangers if seen else 0,
    )


def _watched(trigger: Trigger, figures: Figures, said: Value | None) -> Watched:
    figure = figures.get(trigger.figure) or unknown(trigger.figure, NOT_NAMED)
    if figure.value is None:
        return Watched(trigger, figure, None)
    weighed = reached(trigger.at, said)
    return Watched(trigger, figure, reached(trigger.at, figure.value), weighed)


def _sources(
    figures: Figures, bench: BenchResult | None, seen: Observed | None, asked: Question
) -> tuple[str, ...]:
    """Say what was looked at, and of what nobody looked why not."""
    people = figures["developers"]
    git = people.why or people.source
    return (
        f"the model: {SPEC_FILE}",
        f"git: {git.removeprefix('git, ')}",
        bench.source if bench else "no bench: --bench FILE",
        f"{figures['requests_per_second_avg'].source}, at {asked.prometheus.url}"
        if seen and asked.prometheus
        else "no Prometheus: --prometheus URL",
    )
