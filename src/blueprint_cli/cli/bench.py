"""``blueprint bench``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from blueprint_cli.cli.options import Json
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import EXIT_FOUND, EXIT_MISSING_OR_FAILED, UsageError

EPILOG = """
Examples:
  blueprint bench
  blueprint bench ./shop --seconds 60
  blueprint bench --write-baseline bench.json
  blueprint bench --baseline bench.json
  blueprint bench --budget-minutes 3 --html bench.html
  blueprint bench --html bench.html --prometheus own
  blueprint bench --junit bench.xml
  blueprint bench --url http://127.0.0.1:8000 --accounts F

F has an account for each role, and others may not read it:
  admin: {email: …, password: …}
  user: [{email: …, password: …}, …]
BLUEPRINT_BENCH_ADMIN_EMAIL and …_PASSWORD say the same of
one role, and win over the file.

--prometheus own starts a Prometheus beside the project, and
draws every panel of deploy/observability/dashboards. Of a
project that is up give the URL of one that scrapes it: it
also knows events, outboxes and processes. A token, where it
wants one, is in PROMETHEUS_TOKEN.

Exit codes:
  0  the SLO is kept
  1  it is missed, memory grows, messages are late, a
     process does not answer, or it is worse than the
     baseline
  2  an option or a file is of no use, or it would load
     another machine or leave data behind, and nobody said so
  3  the project did not start or answer, or the run is
     worth nothing
"""
LEAST_SECONDS = 3.0
OWN = "own"
AT_URL = ("--accounts", "--leave-data", "--yes-this-host")
STARTED = ("--workers", "--no-gateway")


def command(  # noqa: PLR0913 - the options of a command
    project: Annotated[
        Path | None,
        typer.Argument(metavar="[PATH]", help="A project; the current folder unless given."),
    ] = None,
    *,
    seconds: Annotated[
        float,
        typer.Option(min=LEAST_SECONDS, max=3600, help="How long the SLO's rate is held."),
    ] = 30.0,
    budget_minutes: Annotated[
        float | None,
        typer.Option(min=0, max=600, help="How long all of it may take, instead of --seconds."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Of each process; one for each core unless given."),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Fail where it is worse than this run.")
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep this run to compare with.")
    ] = None,
    climb: Annotated[
        bool | None,
        typer.Option(
            "--climb/--no-climb",
            help="Whether rates beyond the SLO's are tried; with --url not unless said.",
        ),
    ] = None,
    gateway: Annotated[
        bool,
        typer.Option(
            "--gateway/--no-gateway",
            help="Whether a monolith is asked through production's gateway.",
        ),
    ] = True,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A project that is up; nothing is started.")
    ] = None,
    accounts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --url: accounts by role; see below."),
    ] = None,
    leave_data: Annotated[
        bool,
        typer.Option("--leave-data", help="With --url: what cannot be deleted may stay."),
    ] = False,
    yes_this_host: Annotated[
        bool, typer.Option("--yes-this-host", help="With --url: it may be another machine.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with charts, in one file.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the verdict as JUnit XML.")
    ] = None,
    prometheus: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            help="Who scrapes it: draws what dashboards ask; see below.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Measure a project against its SLO and against what was predicted."""
    from blueprint_cli.benching.baseline import baseline_of, read, worse, write
    from blueprint_cli.benching.command import Running, bench_project
    from blueprint_cli.benching.document import as_document
    from blueprint_cli.benching.junit import as_junit
    from blueprint_cli.benching.report import as_text
    from blueprint_cli.files import write_whole
    from blueprint_cli.prometheus import Prometheus, token_of
    from blueprint_cli.reports.writing import check_places

    if url is None:
        _refuse("for a project that is up", AT_URL, (accounts, leave_data, yes_this_host))
    else:
        _refuse("for a project that is started", STARTED, (workers, not gateway))
    _check_prometheus(prometheus, url, html)
    check_places(
        {"--html": html, "--junit": junit, "--write-baseline": write_baseline},
        # A baseline may be replaced by the run that is held to it.
        (accounts, *(() if baseline == write_baseline else (baseline,))),
        project,
    )
    before = read(baseline) if baseline else None
    terminal = Terminal(as_json=json)
    scraper = (
        Prometheus(prometheus, token_of(None))
        if prometheus is not None and url is not None
        else None
    )
    result = bench_project(
        project,
        seconds=seconds,
        budget_minutes=budget_minutes,
        workers=workers,
        climb=climb,
        gateway=gateway,
        at=None if url is None else Running(url, accounts, leave_data, yes_this_host),
        dashboards=prometheus is not None and html is not None,
        prometheus=scraper,
        before=before,
        say=terminal.note,
    )
    now = baseline_of(result)
    found = worse(now, before) if before and not result.bench.invalid else ()
    if write_baseline and not result.bench.invalid:
        write_whole(write_baseline, write(now))
    if html is not None:
        from blueprint_cli import clock
        from blueprint_cli.benching.page import as_html

        write_whole(html, as_html(result, found, date=clock.today()))
    if junit is not None:
        write_whole(junit, as_junit(result, found, before))
    text = as_text(result, found, bold=terminal.bold, width=terminal.width)
    terminal.result(as_document(result, found), text)
    if result.bench.invalid:
        raise typer.Exit(EXIT_MISSING_OR_FAILED)
    if found or not result.verdict.good:
        raise typer.Exit(EXIT_FOUND)


def _refuse(of: str, options: Sequence[str], given: Sequence[object]) -> None:
    """Refuse options that would change nothing."""
    named = [option for option, value in zip(options, given, strict=True) if value]
    if named:
        raise UsageError(
            f"{' and '.join(named)} {'is' if len(named) == 1 else 'are'} {of}",
            hint="Leave --url out."
            if options == STARTED
            else "Give its address: --url http://127.0.0.1:8000",
        )


def _check_prometheus(prometheus: str | None, url: str | None, html: Path | None) -> None:
    if prometheus is None:
        return
    if html is None and prometheus == OWN:
        raise UsageError(
            f"--prometheus {OWN} draws into a page, and there is none", hint="Add --html bench.html"
        )
    if (prometheus == OWN) == (url is not None):
        raise UsageError(
            f"--prometheus {prometheus} does not scrape that project",
            hint="With --url give the address of the one that does; without it, say "
            f"--prometheus {OWN}",
        )
