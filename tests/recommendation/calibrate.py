"""How well the rules do on the documented cases, beside three easy rules: prints Markdown.

    python -m tests.recommendation.calibrate [--write]

Leave-one-out: for every case the two numbers that turn points into probabilities (`temperature` and
`unknown`) are fitted to the other cases, from a small grid. The points are not fitted at all: they
were written from the published evidence, and most of them before the cases were. `--write` puts
the tables into docs/recommendation.md.
"""

import random
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from blueprint_cli.patterns import PATTERNS, Pattern
from blueprint_cli.recommendation.rules import Rules, load_rules
from blueprint_cli.recommendation.scoring import score
from blueprint_cli.recommendation.sensitivity import examine

HERE = Path(__file__).parent
CASES = HERE / "calibration.toml"
PAGE = HERE.parents[1] / "docs" / "recommendation.md"
BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
TEMPERATURES = (0.35, 0.5, 0.75, 1.0)
UNKNOWN = (0.4, 0.7)
DRAWS = 2000
HIDDEN = (
    ("independent_deploys_needed",),
    ("independent_deploys_needed", "independent_scaling_needed"),
    ("consumers_per_event",),
    ("async_share_percent", "consistency"),
    ("teams", "developers"),
    ("ops_maturity",),
)


@dataclass(frozen=True)
class Case:
    system: str
    year: int
    source: str
    read: str
    ended: Pattern
    acceptable: frozenset[str]
    answers: dict[str, Any]
    stated: int
    estimated: int


@dataclass(frozen=True)
class Outcome:
    """One case and one way to choose: what it said, and with which probabilities."""

    case: Case
    said: str
    probabilities: dict[str, float]

    @property
    def right(self) -> bool:
        return self.said == self.case.ended

    @property
    def accepted(self) -> bool:
        return self.right or self.said in self.case.acceptable

    @property
    def brier(self) -> float:
        """Brier's score over all three patterns: 0 is best, 2 worst."""
        return sum(
            (self.probabilities[pattern] - (pattern == self.case.ended)) ** 2
            for pattern in PATTERNS
        )


def load_cases() -> list[Case]:
    return [
        Case(
            system=one["system"],
            year=one["year"],
            source=one["source"],
            read=one["read"],
            ended=one["ended"],
            acceptable=frozenset(one.get("acceptable", [])),
            answers={**one["stated"], **one["estimated"]},
            stated=len(one["stated"]),
            estimated=len(one["estimated"]),
        )
        for one in tomllib.loads(CASES.read_text(encoding="utf-8"))["cases"]
    ]


def ours(cases: list[Case], rules: Rules) -> list[Outcome]:
    found = []
    for case in cases:
        probabilities = examine(case.answers, rules).probabilities
        shares = {str(pattern): share for pattern, share in probabilities.items()}
        found.append(Outcome(case, score(case.answers, rules).best, shares))
    return found


def leave_one_out(cases: list[Case], rules: Rules) -> list[Outcome]:
    variants = [
        replace(rules, confidence=replace(rules.confidence, temperature=t, unknown=u))
        for t in TEMPERATURES
        for u in UNKNOWN
    ]
    table = [ours(cases, variant) for variant in variants]
    whole = [sum(outcome.brier for outcome in outcomes) for outcomes in table]
    found = []
    for index in range(len(cases)):
        rest = [total - table[v][index].brier for v, total in enumerate(whole)]
        found.append(table[rest.index(min(rest))][index])
    return found


def always_monolith(_: Case) -> str:
    return "monolith"


def by_headcount(case: Case) -> str:
    return "microservices" if case.answers.get("developers", 0) >= 50 else "monolith"


def three_lines(case: Case) -> str:
    streams = case.answers.get("stream_events_per_second", 0) > 0
    if streams and case.answers.get("consumers_per_event", 0) > 1:
        return "event-driven"
    return "microservices" if case.answers.get("teams", 0) >= 8 else "monolith"


def certain(cases: list[Case], rule: Any) -> list[Outcome]:  # noqa: ANN401 - any of the three
    """An easy rule is sure of itself: it gives all probability to its answer."""
    found = []
    for case in cases:
        said = rule(case)
        found.append(Outcome(case, said, {one: float(one == said) for one in PATTERNS}))
    return found


def interval(values: list[float]) -> tuple[float, float]:
    """The middle 95% of the means of samples drawn with replacement, seeded."""
    draw = random.Random(1)  # noqa: S311 - no secret is made of it
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(DRAWS))
    return means[int(DRAWS * 0.025)], means[int(DRAWS * 0.975) - 1]


def row(name: str, outcomes: list[Outcome]) -> str:
    count = len(outcomes)
    right = sum(one.right for one in outcomes)
    accepted = sum(one.accepted for one in outcomes)
    briers = [one.brier for one in outcomes]
    low, high = interval(briers)
    return (
        f"| {name} | {right}/{count} = {right / count:.1%} | {accepted}/{count} = "
        f"{accepted / count:.1%} | {sum(briers) / count:.3f} | {low:.3f} to {high:.3f} |"
    )


def failures(outcomes: list[Outcome]) -> str:
    wrong = [
        f"{one.case.system} ({one.case.ended}, recommended {one.said}"
        + (", acceptable)" if one.accepted else ")")
        for one in outcomes
        if not one.right
    ]
    return "; ".join(wrong) or "none"


def without(case: Case, keys: tuple[str, ...]) -> Case:
    left = {key: value for key, value in case.answers.items() if key not in keys}
    return replace(case, answers=left)


def confusion(outcomes: list[Outcome], ended: str) -> str:
    counts = [
        sum(one.case.ended == ended and one.said == said for one in outcomes) for said in PATTERNS
    ]
    return f"| {ended} | " + " | ".join(str(count) for count in counts) + " |"


def what_the_cases_are(cases: list[Case]) -> str:
    spread = ", ".join(f"{sum(one.ended == p for one in cases)} {p}" for p in PATTERNS)
    stated = sum(one.stated for one in cases)
    estimated = sum(one.estimated for one in cases)
    read = {
        kind: sum(one.read == kind for one in cases) for kind in ("excerpt", "evidence", "memory")
    }
    return (
        f"{len(cases)} cases: {spread}. Of their {stated + estimated} values the source states "
        f"{stated}; {estimated} are estimates. {read['excerpt']} sources were read again in part, "
        f"{read['evidence']} are on the project's evidence page, {read['memory']} were written "
        "from memory."
    )


def tables(cases: list[Case], rules: Rules, fitted: list[Outcome], shipped: list[Outcome]) -> str:
    scores = ["| --- | ---: | ---: | ---: | ---: |"]
    lines = [
        what_the_cases_are(cases),
        "",
        "| chosen by | strict | acceptable | Brier, 0 to 2 | 95% interval |",
        *scores,
        row("the rules, leave-one-out", fitted),
        row("the rules as shipped", shipped),
        row("always monolith", certain(cases, always_monolith)),
        row("microservices from 50 developers", certain(cases, by_headcount)),
        row("the three-line rule", certain(cases, three_lines)),
        "",
        "| ended with | recommended monolith | microservices | event-driven |",
        "| --- | ---: | ---: | ---: |",
        *(confusion(shipped, pattern) for pattern in PATTERNS),
        "",
        f"Not as it ended: {failures(shipped)}.",
        "",
        "The rules as shipped without some of the answers, as where nobody can say them:",
        "",
        "| not known | strict | acceptable | Brier, 0 to 2 | 95% interval |",
        *scores,
        *(
            row(
                ", ".join(f"`{key}`" for key in keys),
                ours([without(c, keys) for c in cases], rules),
            )
            for keys in HIDDEN
        ),
        "",
        "| system | year | ended with | recommended | probability | stated, estimated |",
        "| --- | --- | --- | --- | ---: | ---: |",
        *(
            f"| {one.case.system} | {one.case.year} | {one.case.ended} | {one.said} "
            f"| {one.probabilities[one.said]:.2f} | {one.case.stated}, {one.case.estimated} |"
            for one in shipped
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    cases, rules = load_cases(), load_rules()
    text = tables(cases, rules, leave_one_out(cases, rules), ours(cases, rules))
    if "--write" in sys.argv:
        page = PAGE.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    else:
        sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
