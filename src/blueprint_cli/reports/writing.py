"""The files that ``recommend`` writes on request: a decision record, an HTML report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli import clock
from blueprint_cli.errors import UsageError
from blueprint_cli.files import OPEN_ALREADY, write_whole
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.recommendation.answers_file import read_domain, read_name
from blueprint_cli.reports.markdown import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blueprint_cli.cost.books import Book
    from blueprint_cli.recommendation.request import Advice


def write_reports(
    advice: Advice, *, markdown: Path | None, html: Path | None, books: tuple[Book, ...] = ()
) -> tuple[Path, ...]:
    """Write the reports that have a path, and return these paths.

    ``books`` are the price books of a standard instead of the built-in ones.

    Raises:
        UsageError: where a report cannot be there, or would replace what it is made of; nothing was
            written then.
        OSError: where a file cannot be written.
    """
    if markdown and html and _same(markdown, html):
        raise UsageError("--markdown and --html name the same file", hint="Give two names.")
    for path in (markdown, html):
        if path:
            check_place(path, advice.inputs)
    texts: dict[Path, str] = {}
    if markdown:
        texts[markdown] = as_markdown(advice.recommendation)
    if html:
        texts[html] = _page(advice, books)
    for path, text in texts.items():
        write_whole(path, text)
    return tuple(texts)


def _page(advice: Advice, books: tuple[Book, ...]) -> str:
    # Jinja2 takes longer to import than a decision record takes to write.
    from blueprint_cli.cost.request import (  # noqa: PLC0415 - as above
        cost_of_recommended,
        targets_of_recommended,
    )
    from blueprint_cli.reports.domain import domain_report  # noqa: PLC0415 - as above
    from blueprint_cli.reports.html import as_html  # noqa: PLC0415 - as above

    return as_html(
        advice.recommendation,
        cost_of_recommended(advice, books=books),
        name=read_name(advice.basis.files),
        date=clock.today(),
        domain=domain_report(read_domain(advice.basis.files)),
        targets=targets_of_recommended(
            advice.recommendation, advice.basis.rules, advice.basis.assumed, books
        ),
    )


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def check_place(report: Path, inputs: tuple[Path, ...] = ()) -> None:
    """Refuse to write a report where it cannot be, or over what it is made of.

    Raises:
        UsageError: saying what to do.
    """
    if not report.parent.is_dir():
        raise UsageError(
            f"there is no folder {report.parent} for {report.name}", hint="Make it, then try again."
        )
    if report.is_dir():
        raise UsageError(f"{report} is a folder, and a report a file", hint="Give it a name.")
    if any(_same(report, path) for path in inputs):
        raise UsageError(
            f"{report} is read, and a report would replace it", hint="Give the report another name."
        )


def check_places(
    reports: Mapping[str, Path | None], inputs: Iterable[Path | None], project: Path | None
) -> None:
    """Refuse reports of a project, by their options, that cannot be, or would replace something.

    Args:
        reports: where each is to be; None for those that nobody asked for.
        inputs: files that are read; None for those that are not.
        project: its folder, whose `blueprint.yaml` is read; the current one unless given.

    Raises:
        UsageError: saying what to do.
    """
    read = [one for one in inputs if one is not None]
    places: dict[Path, str] = {}
    for option, path in reports.items():
        if path is None:
            continue
        check_place(path, (*read, (project or Path()) / SPEC_FILE))
        other = places.setdefault(path.resolve(), option)
        if other != option and not str(path).startswith(OPEN_ALREADY):
            raise UsageError(f"{other} and {option} name the same file", hint="Give two names.")
