"""The monthly cost of what a request asks for, and of what was recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprint_cli import clock
from blueprint_cli.cost.books import load_books
from blueprint_cli.cost.budget import with_budget
from blueprint_cli.cost.cost import cost
from blueprint_cli.cost.targets import places_of, targets
from blueprint_cli.deployment.beside import beside
from blueprint_cli.errors import UsageError
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.answers_file import read_pattern
from blueprint_cli.recommendation.request import read_basis, requirements_files
from blueprint_cli.recommendation.scoring import score
from blueprint_cli.spec.reading import read_spec
from blueprint_cli.templates.builtin import find_template
from blueprint_cli.templates.data import template_data

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from blueprint_cli.cost.books import Book
    from blueprint_cli.cost.budget import Budget
    from blueprint_cli.cost.cost import Cost
    from blueprint_cli.cost.targets import Targets
    from blueprint_cli.deployment.workloads import Workloads
    from blueprint_cli.patterns import Pattern
    from blueprint_cli.recommendation.recommend import Recommendation
    from blueprint_cli.recommendation.request import Advice, Basis, Request
    from blueprint_cli.recommendation.rules import Rules


def estimate_cost(
    request: Request,
    *,
    pattern: str | None = None,
    prices: tuple[Path, ...] = (),
    books: tuple[Book, ...] = (),
    today: dt.date | None = None,
) -> Cost:
    """Compute what the requested application costs a month on every platform.

    Args:
        request: where the requirements stand; the load is taken from them.
        pattern: the pattern that runs; else the files', else the one that scores best.
        prices: price books instead of the built-in ones.
        books: those of the project's standard, which ``prices`` go before.
        today: the day on which books may be stale; the current one unless given.

    Raises:
        BlueprintError: in one of its kinds, where something cannot be read or does not fit.
    """
    if pattern is not None and pattern not in PATTERNS:
        raise UsageError(
            f"there is no pattern {pattern}", hint=f"There are: {', '.join(PATTERNS)}."
        )
    basis = read_basis(request)
    return cost(
        _pattern(pattern, basis),
        basis.requirements,
        basis.rules,
        _books(prices, books),
        today=today or clock.today(),
        changes=basis.assumed,
    )


def cost_of_recommended(
    advice: Advice, *, today: dt.date | None = None, books: tuple[Book, ...] = ()
) -> Cost:
    """Compute what the recommended pattern costs a month, at the prices of the built-in books.

    ``books`` are those of a standard, which take their place.

    Raises:
        DataFileInvalid: only where a built-in book is damaged.
    """
    basis = advice.basis
    return _of_recommended(
        advice.recommendation, basis.rules, basis.assumed, today or clock.today(), books
    )


def budget_of_recommended(
    recommendation: Recommendation,
    rules: Rules,
    changes: Mapping[str, float] | None = None,
    books: tuple[Book, ...] = (),
) -> Budget | None:
    """Return what the recommended pattern costs a month beside the budget; None without one.

    Raises:
        DataFileInvalid: only where a built-in book is damaged.
    """
    if "monthly_budget_usd" not in recommendation.answers:
        return None
    found = _of_recommended(recommendation, rules, changes, clock.today(), books)
    return with_budget(found).budget


def targets_of_recommended(
    recommendation: Recommendation,
    rules: Rules,
    changes: Mapping[str, float] | None = None,
    books: tuple[Book, ...] = (),
) -> Targets:
    """Return where the recommended pattern would run, and what that costs a month.

    Raises:
        DataFileInvalid: only where a built-in book is damaged.
    """
    return targets(
        recommendation.recommended,
        recommendation.answers,
        rules,
        books or load_books(),
        changes=changes,
    )


def targets_of_project(
    request: Request, *, books: tuple[Book, ...] = (), prices: tuple[Path, ...] = ()
) -> Targets | None:
    """Return what a project's own targets cost, by the processes that it has.

    None where no project is asked about, or it names no target.

    Raises:
        BlueprintError: in one of its kinds, where something cannot be read or does not fit.
    """
    files = () if request.answers else requirements_files(request)
    spec = read_spec(files[0]) if files else None
    if spec is None or not spec.platform.deploy or not spec.template.is_builtin:
        return None
    basis = read_basis(request)
    workloads: Workloads = template_data(spec, find_template(spec.pattern))["workloads"]
    return targets(
        spec.pattern,
        basis.requirements,
        basis.rules,
        _books(prices, books),
        changes=basis.assumed,
        places=places_of(spec.platform.deploy),
        instances=workloads.instances,
        beside=beside(spec.platform),
    )


def _books(prices: tuple[Path, ...], of_a_standard: tuple[Book, ...]) -> tuple[Book, ...]:
    """Return the books to price with: those that were given, a standard's, or the built-in ones."""
    return load_books(prices) if prices or not of_a_standard else of_a_standard


def _of_recommended(
    recommendation: Recommendation,
    rules: Rules,
    changes: Mapping[str, float] | None,
    today: dt.date,
    books: tuple[Book, ...] = (),
) -> Cost:
    return cost(
        recommendation.recommended,
        recommendation.answers,
        rules,
        books or load_books(),
        today=today,
        changes=changes,
    )


def _pattern(wanted: str | None, basis: Basis) -> Pattern:
    return (
        next((one for one in PATTERNS if one == wanted), None)
        or read_pattern(basis.files)
        or score(basis.requirements, basis.rules).best
    )
