"""The rules as types: what `rules.toml`, or a team's own file, says."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.data_file import read_data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.data_file import Table

BUILT_IN: Final = Path(__file__).with_name("rules.toml")
FORMAT: Final = 1
IDENTITY: Final = ("format", "name", "date")
DIGITS: Final = 3  # of points: what is printed is what is added

Value = bool | int | float | str
KnownRequirements = dict[str, Value]  # by their key in blueprint.yaml
Points = tuple[float, float, float]
NO_POINTS: Final[Points] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class AnswerRange:
    """An answer's label, and where the sensitivity looks: a range of numbers or a few words."""

    key: str
    label: str
    low: float = 0.0
    high: float = 0.0
    values: tuple[Value, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether the answer is a number."""
        return not self.values


@dataclass(frozen=True, slots=True)
class Test:
    """One condition on one answer; limits are inclusive."""

    key: str
    least: float = -math.inf
    most: float = math.inf
    one_of: tuple[Value, ...] = ()
    more_than: str = ""

    def holds(self, answers: Mapping[str, Value]) -> bool | None:
        """Return whether it holds; None where the answer is not known."""
        value = answers.get(self.key)
        if value is None:
            return None
        if self.one_of:
            return any(
                value == one and isinstance(value, bool) == isinstance(one, bool)
                for one in self.one_of
            )
        number = float(value)
        if self.more_than:
            other = answers.get(self.more_than)
            return None if other is None else number > float(other)
        return self.least <= number <= self.most


@dataclass(frozen=True, slots=True)
class Condition:
    """Alternatives, each of tests that all must hold; what is not known does not hold."""

    alternatives: tuple[tuple[Test, ...], ...]

    def holding(self, answers: Mapping[str, Value]) -> tuple[Test, ...] | None:
        """Return the first alternative whose tests all hold."""
        for tests in self.alternatives:
            if all(test.holds(answers) for test in tests):
                return tests
        return None

    def looks_at(self) -> tuple[str, ...]:
        """Return every answer that it tests, each once."""
        keys = [
            key
            for tests in self.alternatives
            for test in tests
            for key in (test.key, test.more_than)
            if key
        ]
        return tuple(dict.fromkeys(keys))


@dataclass(frozen=True, slots=True)
class Criterion:
    """How one answer speaks for and against each pattern.

    ``at`` are places of a number, or the words or booleans of a choice; ``points`` belong to them.
    """

    name: str
    key: str
    why: str
    source: str
    at: tuple[Value, ...]
    points: tuple[Points, ...]
    whys: tuple[str, ...]
    numeric: bool
    logarithmic: bool
    only_if: tuple[Test, ...] = ()

    def evaluate(self, answers: Mapping[str, Value]) -> Points | None:
        """Return the points; None where an answer that it needs is not known."""
        if not self.key:
            return self.points[0]
        value = answers.get(self.key)
        if value is None:
            return None
        for test in self.only_if:
            holds = test.holds(answers)
            if holds is None:
                return None
            if not holds:
                return NO_POINTS
        if not self.numeric:
            return self.points[self.at.index(value)] if value in self.at else NO_POINTS
        return self._between(float(value))

    def reason(self, answers: Mapping[str, Value]) -> str:
        """Return the sentence for the answer: its place's own, else the criterion's."""
        value = answers.get(self.key)
        if value is None:
            return self.why
        if self.numeric:
            passed = sum(float(value) >= float(place) for place in self.at)
            return self.whys[max(passed - 1, 0)] or self.why
        return (self.whys[self.at.index(value)] if value in self.at else "") or self.why

    def swing(self) -> float:
        """Return the most points by which it can move any pattern."""
        return max(
            max(points[index] for points in (*self.points, NO_POINTS))
            - min(points[index] for points in (*self.points, NO_POINTS))
            for index in range(len(PATTERNS))
        )

    def _between(self, value: float) -> Points:
        places = cast("tuple[float, ...]", self.at)
        if value <= places[0]:
            return self.points[0]
        for index in range(1, len(places)):
            if value <= places[index]:
                low, high = places[index - 1], places[index]
                share = (
                    math.log((1 + value) / (1 + low)) / math.log((1 + high) / (1 + low))
                    if self.logarithmic
                    else (value - low) / (high - low)
                )
                before, after = self.points[index - 1], self.points[index]
                return (
                    round(before[0] + share * (after[0] - before[0]), DIGITS) + 0.0,
                    round(before[1] + share * (after[1] - before[1]), DIGITS) + 0.0,
                    round(before[2] + share * (after[2] - before[2]), DIGITS) + 0.0,
                )
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class GateRule:
    pattern: Pattern
    when: Condition
    why: str
    lifted_by: str
    source: str


@dataclass(frozen=True, slots=True)
class ConflictRule:
    when: Condition
    message: str
    source: str


@dataclass(frozen=True, slots=True)
class HybridRule:
    name: str
    pattern: Pattern
    when: Condition
    why: str


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """A number of the running project at which to think about another pattern.

    ``figure`` is what ``review`` measures it by; empty where nothing does.
    """

    pattern: Pattern
    to: Pattern
    measure: str
    at: str
    how: str
    source: str
    key: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Assumption:
    name: str
    value: float
    unit: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class ConfidenceRule:
    temperature: float
    weights_vary_by: float
    samples: int
    unknown: float
    near_flip: float
    in_conflict: float
    always: float


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that a recommendation is computed from, beside the answers."""

    name: str
    date: str
    file: str
    confidence: ConfidenceRule
    answer_ranges: dict[str, AnswerRange]
    criteria: tuple[Criterion, ...]
    gates: tuple[GateRule, ...]
    conflicts: tuple[ConflictRule, ...]
    hybrids: tuple[HybridRule, ...]
    triggers: tuple[TriggerRule, ...]
    assumptions: dict[str, Assumption]
    cost_assumptions: dict[str, Assumption]
    requests_for: dict[str, Assumption]
    usd_for: dict[str, Assumption]


def load_rules(path: Path | None = None) -> Rules:
    """Read the built-in rules, or a team's own.

    What a team's file leaves out is as in the built-in rules: a whole list such as `criteria`, or
    one entry of a table such as `assumptions`.

    Raises:
        DataFileInvalid: with everything that is wrong in the file, each with its line.
    """
    if path is None:
        return parse_rules(read_data_file(BUILT_IN), "built-in")
    return rules_of(read_data_file(path))


def rules_of(own: Table) -> Rules:
    """Return the rules of a team's file, completed by the built-in ones.

    Raises:
        DataFileInvalid: with everything that is wrong in it, each with its line.
    """
    built_in = read_data_file(BUILT_IN)
    for key, value in built_in.data.items():
        given = own.data.get(key)
        if isinstance(value, dict) and isinstance(given, dict):
            own.data[key] = {**value, **given}
        elif key not in IDENTITY:
            own.data.setdefault(key, value)
    return parse_rules(own, own.found.name)


def parse_rules(file: Table, name: str) -> Rules:
    """Turn a data file into rules.

    Raises:
        DataFileInvalid: with everything that is wrong in it.
    """
    if not file.same("format", FORMAT):
        file.found.raise_if_any()
    answer_ranges = _answer_ranges(file.table("answers"))
    sources = _sources(file.table("sources", needed=False))
    reader = _Reader(answer_ranges, sources)
    rules = Rules(
        name=file.text("name"),
        date=_date(file),
        file=name,
        confidence=_confidence(file.table("confidence")),
        answer_ranges=answer_ranges,
        criteria=tuple(reader.criterion(table) for table in file.tables("criteria")),
        gates=tuple(reader.gate(table) for table in file.tables("gates")),
        conflicts=tuple(reader.conflict(table) for table in file.tables("conflicts")),
        hybrids=tuple(reader.hybrid(table) for table in file.tables("hybrids")),
        triggers=tuple(reader.trigger(table) for table in file.tables("triggers")),
        assumptions=reader.assumptions(file.table("assumptions"), ASSUMED),
        cost_assumptions=reader.assumptions(file.table("cost_assumptions"), COST_ASSUMED),
        requests_for=reader.assumptions(file.table("requests_for"), REQUESTS_FOR),
        usd_for=reader.assumptions(file.table("usd_for"), USD_FOR),
    )
    if not rules.criteria:
        file.wrong("criteria", "is empty", "[[criteria]], one or more")
    file.end()
    file.found.raise_if_any()
    return rules


@dataclass(frozen=True, slots=True)
class Kind:
    """What an answer can be: its kind, and the limits of a number."""

    kind: Literal["integer", "number", "word", "boolean"]
    least: float = 0
    most: float = 0


# What the specification's model has; a test compares the two. It stands here a second time because
# importing the model takes longer than everything else that a recommendation does.
REQUIREMENTS: Final[dict[str, Kind]] = {
    "developers": Kind("integer", 1, 100_000),
    "teams": Kind("integer", 1, 10_000),
    "bounded_contexts": Kind("integer", 1, 1_000),
    "requests_per_second_avg": Kind("number", 0, 100_000_000),
    "peak_to_average": Kind("number", 1, 10_000),
    "p95_latency_ms": Kind("number", 0.001, 3_600_000),
    "availability_percent": Kind("number", 0, 99.999_999_9),
    "consistency": Kind("word"),
    "async_share_percent": Kind("number", 0, 100),
    "stream_events_per_second": Kind("number", 0, 1_000_000_000),
    "consumers_per_event": Kind("integer", 0, 10_000),
    "independent_deploys_needed": Kind("boolean"),
    "independent_scaling_needed": Kind("boolean"),
    "isolation_or_compliance": Kind("boolean"),
    "ops_maturity": Kind("word"),
    "time_to_first_release_weeks": Kind("number", 0.001, 1_000),
    "monthly_budget_usd": Kind("number", 0, 1_000_000_000),
    "domain_stability": Kind("word"),
    "polyglot": Kind("boolean"),
}
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "consistency": ("strong", "mixed", "eventual"),
    "ops_maturity": ("low", "medium", "high"),
    "domain_stability": ("exploring", "stable"),
}


def choices(key: str) -> tuple[Value, ...]:
    """Return the words or booleans that an answer can be; none for a number."""
    return (False, True) if REQUIREMENTS[key].kind == "boolean" else WORDS.get(key, ())


def _date(file: Table) -> str:
    text = file.text("date")
    try:
        dt.date.fromisoformat(text or "2000-01-01")
    except ValueError:
        file.wrong("date", f"is {text!r}", "a date such as 2026-11-22")
    return text


def _confidence(table: Table) -> ConfidenceRule:
    rule = ConfidenceRule(
        temperature=table.number("temperature", least=0.01, most=100),
        weights_vary_by=table.number("weights_vary_by", least=0, most=1),
        samples=round(table.number("samples", least=10, most=10_000)),
        unknown=table.number("unknown", least=0, most=1),
        near_flip=table.number("near_flip", least=0, most=1),
        in_conflict=table.number("in_conflict", least=0, most=1),
        always=table.number("always", least=0, most=1),
    )
    if rule.near_flip > rule.unknown / 2:
        table.wrong(
            "near_flip",
            "is too much: to forget an answer would then give confidence",
            "at most half of `unknown`",
        )
    table.end()
    return rule


def _sources(table: Table) -> dict[str, str]:
    return {key: table.text(key) for key in table.data}


def _answer_ranges(table: Table) -> dict[str, AnswerRange]:
    found: dict[str, AnswerRange] = {}
    for key, entry in table.each():
        if key not in REQUIREMENTS:
            table.wrong(key, _unknown(key))
            continue
        label = entry.text("label")
        allowed = choices(key)
        if allowed:
            values = entry.raw("values")
            if values is None:
                values = list(allowed)
            if not isinstance(values, list) or any(value not in allowed for value in values):
                entry.wrong("values", "is not a list of what can be answered", _words(allowed))
                values = list(allowed)
            found[key] = AnswerRange(key, label, values=tuple(values))
        else:
            low, high = entry.number("from", least=0), entry.number("to", least=0)
            if high <= low:
                entry.wrong("to", f"is {high:g}", f"more than {low:g}")
            found[key] = AnswerRange(key, label, low, high)
        entry.end()
    for key in REQUIREMENTS.keys() - found.keys() - table.data.keys():
        table.wrong(key, "is missing", f"a table [answers.{key}]")
    return found


def _words(values: tuple[Value, ...]) -> str:
    return ", ".join(
        str(value).lower() if isinstance(value, bool) else str(value) for value in values
    )


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, REQUIREMENTS, n=1)
    return f"unknown requirement; did you mean {near[0]}?" if near else "unknown requirement"


class _Reader:
    """Reads the lists of rules, all of which name answers and sources."""

    def __init__(self, answer_ranges: dict[str, AnswerRange], sources: dict[str, str]) -> None:
        self.answer_ranges = answer_ranges
        self.sources = sources
        self._names: set[str] = set()

    def criterion(self, table: Table) -> Criterion:
        name = table.text("name")
        if name in self._names:
            table.wrong("name", f"{name!r} stands twice")
        self._names.add(name)
        key = table.text("key", "")
        why = table.text("why")
        source = self._source(table)
        scale = table.choice("scale", ("log", "linear")) if table.has("scale") else "log"
        only_if: tuple[Test, ...] = ()
        if table.has("only_if"):
            only_if = self._tests(table.table("only_if"))
        if not key:
            entry = table.table("points")
            points = _points(entry)
            entry.end()
            table.end()
            return Criterion(
                name, "", why, source, (), (points,), (why,), numeric=False, logarithmic=False
            )
        if key not in self.answer_ranges:
            table.wrong("key", _unknown(key), ", ".join(self.answer_ranges))
            return Criterion(
                name, "", why, source, (), (NO_POINTS,), (why,), numeric=False, logarithmic=False
            )
        at, found, whys = self._places(table, key)
        table.end()
        return Criterion(
            name,
            key,
            why,
            source,
            at,
            found,
            whys,
            numeric=not choices(key),
            logarithmic=scale == "log",
            only_if=only_if,
        )

    def _places(
        self, table: Table, key: str
    ) -> tuple[tuple[Value, ...], tuple[Points, ...], tuple[str, ...]]:
        allowed = choices(key)
        at: list[Value] = []
        points: list[Points] = []
        whys: list[str] = []
        for entry in table.tables("points"):
            if allowed:
                value = entry.raw("is")
                if not any(
                    value is one or (isinstance(one, str) and value == one) for one in allowed
                ):
                    entry.wrong("is", "cannot be answered", _words(allowed))
                    continue
                if value in at:
                    entry.wrong("is", "stands twice")
                at.append(value)
            else:
                place = entry.number("at", least=0)
                if at and place <= float(at[-1]):
                    entry.wrong("at", f"is {place:g}", f"more than {at[-1]:g}, the place before")
                at.append(place)
            points.append(_points(entry))
            whys.append(entry.text("why", ""))
            entry.end()
        if not at:
            table.wrong("points", "has no place", "at least one {at = …} or {is = …}")
            return (0.0,), (NO_POINTS,), ("",)
        return tuple(at), tuple(points), tuple(whys)

    def gate(self, table: Table) -> GateRule:
        rule = GateRule(
            pattern=_pattern(table, "pattern"),
            when=self._condition(table),
            why=table.text("why"),
            lifted_by=table.text("lifted_by"),
            source=self._source(table),
        )
        table.end()
        return rule

    def conflict(self, table: Table) -> ConflictRule:
        rule = ConflictRule(self._condition(table), table.text("message"), self._source(table))
        table.end()
        return rule

    def hybrid(self, table: Table) -> HybridRule:
        rule = HybridRule(
            name=table.text("name"),
            pattern=_pattern(table, "pattern"),
            when=self._condition(table),
            why=table.text("why"),
        )
        table.end()
        return rule

    def trigger(self, table: Table) -> TriggerRule:
        key = table.text("key", "")
        if key and key not in self.answer_ranges:
            table.wrong("key", _unknown(key))
        rule = TriggerRule(
            pattern=_pattern(table, "pattern"),
            to=_pattern(table, "to"),
            measure=table.text("measure"),
            at=table.text("at"),
            how=table.text("how"),
            source=self._source(table),
            key=key,
            figure=table.choice("figure", FIGURES) if table.has("figure") else "",
        )
        table.end()
        return rule

    def assumptions(
        self, table: Table, known: Mapping[str, tuple[float, float]]
    ) -> dict[str, Assumption]:
        found = {}
        for name, entry in table.each():
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                table.wrong(name, f"nothing assumes that{hint}")
                continue
            least, most = known[name]
            found[name] = Assumption(
                name=name,
                value=entry.number("value", least=least, most=most),
                unit=entry.text("unit"),
                why=entry.text("why"),
                source=self._source(entry),
            )
            entry.end()
        for name in known.keys() - table.data.keys():
            table.wrong(name, "is missing", "{value = …, unit = …, why = …, source = …}")
        return found

    def _condition(self, table: Table) -> Condition:
        value = table.raw("when")
        several = isinstance(value, list)
        tables = list(table.tables("when")) if several else [table.table("when")]
        return Condition(tuple(self._tests(entry) for entry in tables))

    def _tests(self, table: Table) -> tuple[Test, ...]:
        found: list[Test] = []
        for key, value in table.data.items():
            if key not in self.answer_ranges:
                table.wrong(key, _unknown(key))
                continue
            allowed = choices(key)
            if isinstance(value, dict):
                found.append(self._limits(table.table(key), key, numeric=not allowed))
                continue
            words = tuple(value) if isinstance(value, list) else (value,)
            if not words or not allowed or any(word not in allowed for word in words):
                hint = _words(allowed) if allowed else "{at_least = …} or {at_most = …}"
                table.wrong(key, "cannot be tested so", hint)
                continue
            found.append(Test(key, one_of=words))
        if not table.data:
            table.found.add(table.path, "tests nothing", "one answer or more")
        return tuple(found)

    def _limits(self, table: Table, key: str, *, numeric: bool) -> Test:
        if not numeric:
            table.found.add(table.path, "is no number", _words(choices(key)))
        least = table.number("at_least", -math.inf)
        most = table.number("at_most", math.inf)
        more_than = table.text("more_than", "")
        if more_than and (more_than not in self.answer_ranges or choices(more_than)):
            table.wrong("more_than", _unknown(more_than), "an answer that is a number")
            more_than = ""
        if not table.data:
            table.found.add(table.path, "tests nothing", "at_least, at_most, more_than")
        table.end()
        return Test(key, least, most, more_than=more_than)

    def _source(self, table: Table) -> str:
        source = table.text("source")
        return self.sources.get(source, source)


def _pattern(table: Table, key: str) -> Pattern:
    return cast("Pattern", table.choice(key, PATTERNS))


def _points(table: Table) -> Points:
    found = [
        round(table.number(pattern, 0.0, least=-100, most=100), DIGITS) for pattern in PATTERNS
    ]
    return found[0], found[1], found[2]


# Every assumption of the estimates, with the limits within which the formulas hold.
# What `blueprint review` can measure a trigger by.
FIGURES: Final = (
    "busiest_context_percent",
    "consumers_per_event",
    "oldest_event_seconds",
    "readers_of_the_busiest_topic",
    "releases_held_up_a_month",
    "releases_of_several_percent",
    "services_per_developer",
    "teams_of_a_month",
    "waiting_requests_percent",
)
ASSUMED: Final[dict[str, tuple[float, float]]] = {
    "requests_per_second_avg": (0, 1e8),
    "peak_to_average": (1, 10_000),
    "p95_latency_ms": (0.1, 3_600_000),
    "bounded_contexts": (1, 1000),
    "async_share_percent": (0, 100),
    "consumers_per_event": (0, 10_000),
    "service_ms": (0.001, 600_000),
    "answer_ms": (0.001, 600_000),
    "processor_ms_monolith": (0.001, 600_000),
    "processor_ms_microservices": (0.001, 600_000),
    "processor_ms_event_driven": (0.001, 600_000),
    "generator_ms": (0, 600_000),
    "hop_ms": (0, 60_000),
    "hop_spread": (1, 1000),
    "hop_overhead_ms": (0, 60_000),
    "sync_calls_microservices": (0, 100),
    "workers_per_instance": (1, 10_000),
    "least_instances": (1, 100),
    "process_availability": (1, 99.9999999),
    "gateway_availability": (1, 99.9999999),
    "database_availability": (1, 99.9999999),
    "outage_minutes": (0, 100_000),
    "event_ms": (0.001, 600_000),
    "contention_monolith": (0, 1),
    "contention_microservices": (0, 1),
    "contention_event_driven": (0, 1),
    "coherence_monolith": (1e-9, 1),
    "coherence_microservices": (1e-9, 1),
    "coherence_event_driven": (1e-9, 1),
    "measured_capacity": (0.01, 100),
    "measured_p95": (0.01, 100),
    "simulated_requests": (100, 100_000),
}
COST_ASSUMED: Final[dict[str, tuple[float, float]]] = {
    "days_per_month": (1, 31),
    "function_memory_mb": (1, 100_000),
    "function_ms": (0.001, 1_000_000),
    "function_rendered_mb": (128, 100_000),
    "cold_start_ms": (0, 1_000_000),
    "kept_warm_minutes": (0, 1_000_000),
    "instance_vcpu": (0.01, 1000),
    "instance_gb": (0.01, 10_000),
    "node_use": (0.01, 1),
    "least_nodes": (1, 1000),
    "contexts_per_database_server": (1, 1000),
    "database_gb": (0, 1e6),
    "brokers": (1, 1000),
    "broker_gb": (0, 1e6),
    "response_kb": (0, 1e6),
    "work_hours_per_process": (0, 1000),
    "work_hours_platform": (0, 1000),
    "work_hours_broker": (0, 1000),
    "work_hours_kubernetes": (0, 1000),
    "work_hour_usd": (0, 10_000),
}
# What `blueprint new` derives requests of, and the currencies that it turns into US dollars.
REQUESTS_FOR: Final[dict[str, tuple[float, float]]] = {
    "user": (0.01, 100_000),
    "booking": (0.01, 100_000),
    "message": (0.01, 100_000),
}
USD_FOR: Final[dict[str, tuple[float, float]]] = dict.fromkeys(
    ("EUR", "GBP", "CHF", "CAD", "AUD", "JPY", "INR"), (1e-6, 1e6)
)
