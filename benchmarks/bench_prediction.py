"""The shipped model's p95 and capacity beside what `blueprint bench` measures, in every pattern.

`--write` puts the table, and one run of the shop in each pattern, into docs/bench.md.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from measure import machine
from service import generated_folder

from blueprint_cli.benching.command import Result, bench_project
from blueprint_cli.benching.report import as_text
from blueprint_cli.benching.run import Step
from blueprint_cli.patterns import PATTERNS

PAGE = Path(__file__).parents[1] / "docs/bench.md"
BETWEEN = re.compile(r"(<!-- runs: begin -->\n).*(<!-- runs: end -->)", re.DOTALL)
EXAMPLES = ("shop", "clinic")
SHOWN = "shop"
WITHIN = 2.0
WIDTH = 100


@dataclass(frozen=True)
class Run:
    """One project, measured."""

    example: str
    result: Result

    @property
    def factors(self) -> list[float]:
        """How many times the predicted figure the measured one is."""
        return [one.factor for one in self.result.verdict.predicted]

    @property
    def is_met(self) -> bool:
        return all(1 / WITHIN <= one <= WITHIN for one in self.factors)


@contextmanager
def project(example: str, pattern: str, kept: Path | None) -> Iterator[Path]:
    """A rendered project, set up; one that is kept in a folder is not rendered again."""
    if kept is not None:
        yield kept / f"{example}-{pattern}"
    else:
        with generated_folder(pattern, example=example) as (folder, _):
            yield folder


def processor_ms(step: Step) -> float:
    """Of the project's processes, its database and broker, for each request."""
    return 1000 * sum(one.cpu_seconds for one in step.usage) / step.asked


def row(run: Run) -> str:
    found = run.result.bench
    p95, capacity = run.result.verdict.predicted
    held = [one for one in (found.at_slo, *found.climb) if one.keeps_up]
    costs = f"{processor_ms(held[-1]):.1f}" if held else ""
    note = "" if not found.invalid else f"; void: {found.invalid}"
    said = "met" if run.is_met and not note else f"**not met**{note}"
    return (
        f"| {run.example} | {run.result.spec.pattern} | {p95.predicted:.1f} | {p95.measured:.1f} | "
        f"{p95.factor:.2f} | {capacity.predicted:,.0f} | {capacity.measured:,.0f} | "
        f"{capacity.factor:.2f} | {costs} | {said} |"
    )


HEAD = (
    "| project | pattern | p95, ms, predicted | measured | times | requests/s, predicted "
    "| kept up with | times | processor, ms a request | within a factor of 2 |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
)


def table(runs: list[Run]) -> str:
    met = sum(one.is_met for one in runs)
    said = f"{met} of {len(runs)} within a factor of {WITHIN:g}. {machine()}"
    return "\n".join([HEAD, *(row(one) for one in runs), "", said])


def page(runs: list[Run]) -> str:
    """The table, and what a run says."""
    shown = [as_text(run.result, width=WIDTH) for run in runs if run.example == SHOWN]
    return "\n\n".join(
        [table(runs), *(f"```console\n$ blueprint bench\n{text}\n```" for text in shown)]
    )


def main() -> None:
    """Print the page's part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/bench.md")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--projects", type=Path, help="a folder of EXAMPLE-PATTERN, set up")
    parser.add_argument("--only", default="", help="part of EXAMPLE-PATTERN")
    arguments = parser.parse_args()
    runs = []
    for pattern in PATTERNS:
        for example in EXAMPLES:
            if arguments.only not in f"{example}-{pattern}":
                continue
            with project(example, pattern, arguments.projects) as folder:
                result = bench_project(folder, seconds=arguments.seconds)
            runs.append(Run(example, result))
            print(row(runs[-1]), file=sys.stderr)
    text = page(runs)
    print(text)
    if arguments.write:
        old = PAGE.read_text(encoding="utf-8")
        new = BETWEEN.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", old)
        PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
