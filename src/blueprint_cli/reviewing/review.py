"""A review: what was assumed and what was measured, what that recommends, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli import clock
from blueprint_cli.cost.books import load_books
from blueprint_cli.cost.targets import PLACES, places_of, targets
from blueprint_cli.errors import Failed
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.project import project_root
from blueprint_cli.recommendation.comparison import Comparison, compare
from blueprint_cli.recommendation.measured import Corrections, corrected, read_corrections
from blueprint_cli.recommendation.recommend import Recommendation, reached, recommend, triggers_of
from blueprint_cli.recommendation.rules import REQUIREMENTS, load_rules
from blueprint_cli.record.render import read_render
from blueprint_cli.reviewing import described, history
from blueprint_cli.reviewing.bench_document import BenchResult, read_bench
from blueprint_cli.reviewing.figures import Figure, Figures, Problem, combined, unknown
from blueprint_cli.reviewing.observed import Look, Observed, observe
from blueprint_cli.spec.reading import read_spec

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.cost.books import Book
    from blueprint_cli.cost.targets import TargetCost
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Trigger
    from blueprint_cli.recommendation.rules import KnownRequirements, Rules, Value
    from blueprint_cli.reviewing.prometheus import Prometheus, Sample
    from blueprint_cli.spec.model import Spec

# What is wanted stays wanted, whatever is measured; a figure beside it says whether it is had.
WANTED: Final = (
    "p95_latency_ms",
    "availability_percent",
    "time_to_first_release_weeks",
    "monthly_budget_usd",
)
# Those of them that a running project keeps or misses every day.
OF_RUNNING: Final = ("p95_latency_ms", "availability_percent")
# Beside the requirements, for whoever reads the review.
BESIDE: Final = (
    "error_percent",
    "releases_a_month",
    "lead_time_hours",
    "people_per_team",
    "most_people_in_a_context",
)
ONLY_PEOPLE_KNOW: Final = "nothing measures it: people decide it"
NO_PROMETHEUS: Final = "Prometheus was not asked"
NO_LOAD: Final = "a bench offers a load of its own, and Prometheus was not asked"
POLLED: Final = "no metric tells a request that waits from another"
NO_SERVICES: Final = "nobody has committed in 90 days, or the services are not known"
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
class Row:
    """A requirement: what `blueprint.yaml` says, what was measured, and how the two compare.

    ``wanted`` tells a wish from an assumption; ``met`` is None where nobody knows. ``used`` is what
    the new recommendation goes by.
    """

    key: str
    label: str
    said: Value | None
    figure: Figure
    wanted: bool
    met: bool | None
    used: Value | None


@dataclass(frozen=True, slots=True)
class Watched:
    """A trigger of the project's pattern; ``reached`` is None where nothing measured it."""

    trigger: Trigger
    figure: Figure
    reached: bool | None


@dataclass(frozen=True, slots=True)
class Spending:
    """A month of one pattern under one load, where that is cheapest of what fits."""

    of: str
    pattern: Pattern
    requests_per_second: float | None
    instances: int | None
    target: TargetCost | None


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
        """The triggers that are reached."""
        return tuple(one for one in self.triggers if one.reached)

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
        _by_hand(asked),
    )
    figures |= _of_several_sources(figures)
    return _reviewed(asked, root, spec, figures, bench, seen)


def _seen(asked: Question, spec: Spec, model: described.Described) -> Observed | None:
    if asked.prometheus is None:
        return None
    look = Look(asked.prometheus, asked.seconds, clock.now().timestamp(), asked.matchers)
    return observe(look, spec.slo, model)


def _by_hand(asked: Question) -> tuple[Figure, ...]:
    """Say of what nothing measured why that is so."""
    of_load = NO_LOAD if asked.bench and not asked.prometheus else NO_PROMETHEUS
    of_running = {
        "requests_per_second_avg": of_load,
        "peak_to_average": of_load,
        "busiest_context_percent": of_load,
        "p95_latency_ms": NO_PROMETHEUS,
        "availability_percent": of_load,
        "async_share_percent": of_load,
        "stream_events_per_second": of_load,
        "oldest_event_seconds": of_load,
        "readers_of_the_busiest_topic": of_load,
        "error_percent": NO_PROMETHEUS,
    }
    return (
        *(unknown(name, why) for name, why in of_running.items()),
        unknown("waiting_requests_percent", POLLED),
        unknown("time_to_first_release_weeks", "git has no tags to tell a release by", "git"),
        *(unknown(key, ONLY_PEOPLE_KNOW) for key in REQUIREMENTS),
    )


def _of_several_sources(figures: Figures) -> Figures:
    """Return what follows of two figures: services by people; readers of a topic by the model."""
    services, people = figures["services"], figures["developers"]
    found: Figures = {"services_per_developer": unknown("services_per_developer", NO_SERVICES)}
    if services.value and people.value:
        found["services_per_developer"] = Figure(
            name="services_per_developer",
            value=round(services.value / people.value, 2),
            unit="services",
            source=f"{services.source}; {people.source}",
            query=f"{services.value:g} services by {people.value:g} people with commits",
        )
    topic, readers = "readers_of_the_busiest_topic", figures["consumers_per_event"]
    if figures[topic].value is None and readers.value is not None:
        found[topic] = Figure(
            name=topic,
            value=readers.value,
            unit=readers.unit,
            source=readers.source,
            query=readers.query,
        )
    return found


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
        _row(key, label, said.get(key), figures[key]) for key, label in before.labels.items()
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
            _watched(trigger, figures) for _, trigger in triggers_of(spec.pattern, flips, rules)
        ),
        problems=tuple(problems),
        comparison=compare(before, after),
        spending=_spending(spec, before, after, rules, asked.books),
        measured=measured,
        kept=kept,
        load=seen.load if seen else (),
        strangers=seen.strangers if seen else 0,
    )


def _row(key: str, label: str, said: Value | None, figure: Figure) -> Row:
    wanted = key in WANTED
    met: bool | None = None
    if wanted and figure.value is not None and said is not None:
        limit = float(said)
        met = figure.value >= limit if key == "availability_percent" else figure.value <= limit
    used = said
    if figure.value is not None and not wanted:
        used = _as_answer(key, figure.value)
    return Row(key, label, said, figure, wanted, met, used)


def _as_answer(key: str, value: float) -> Value:
    """Return a measured number as `blueprint.yaml` would have it."""
    kind = REQUIREMENTS[key]
    value = min(kind.most, max(kind.least, value))
    return round(value) if kind.kind == "integer" else float(value)


def _watched(trigger: Trigger, figures: Figures) -> Watched:
    figure = figures.get(trigger.figure) or unknown(trigger.figure, NOT_NAMED)
    if figure.value is None:
        return Watched(trigger, figure, None)
    return Watched(trigger, figure, reached(trigger.at, figure.value))


def _spending(
    spec: Spec,
    before: Recommendation,
    after: Recommendation,
    rules: Rules,
    books: tuple[Book, ...],
) -> tuple[Spending, ...]:
    """Return what the project costs as it was assumed, as it is, and as it is recommended."""
    asked: dict[tuple[str, Pattern], Recommendation] = {("as assumed", spec.pattern): before}
    asked["as measured", spec.pattern] = after
    if after.recommended != spec.pattern:
        asked["as recommended", after.recommended] = after
    places = places_of(spec.platform.deploy) if spec.platform.deploy else PLACES
    books = books or load_books()
    found = []
    for (of, pattern), one in asked.items():
        known = one.answers.get("requests_per_second_avg")
        at = targets(pattern, one.answers, rules, books, places=places)
        whole = [each for each in at.costs if not each.expected.missing]
        cheapest = min(whole, key=lambda each: each.expected.infrastructure_usd, default=None)
        found.append(
            Spending(
                of=of,
                pattern=pattern,
                requests_per_second=None if known is None else float(known),
                instances=one.estimates[pattern].instances,
                target=at.recommended or cheapest,
            )
        )
    return tuple(found)


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
