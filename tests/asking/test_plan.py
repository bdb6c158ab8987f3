"""The plan as data and in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from blueprint_cli.asking import text
from blueprint_cli.asking.plan import Plan, plan_of, plan_project
from blueprint_cli.creating.create import Created, NewProject, create_project
from blueprint_cli.creating.surroundings import GitOutcome
from blueprint_cli.machine import Diagnosis, MachineFinding
from blueprint_cli.patterns import PATTERNS, Pattern
from tests.program import WriteTemplates


def finding(name: str, detail: str = "", *, needed: bool = False) -> MachineFinding:
    return MachineFinding(
        name, f"does {name}", PATTERNS, needed, found=bool(detail), detail=detail, get=f"get {name}"
    )


MAKE = finding("make", needed=True)
PYTHON = finding("Python", "3.11.7 (/usr/bin/python3)", needed=True)
GIT = finding("git", "found (/usr/bin/git)")
PORT = finding("port 8000", "free")
DOCKER = finding("Docker")
UV = finding("uv")
MACHINE = Diagnosis(project=None, pattern=None, findings=(MAKE, PYTHON, GIT, DOCKER, UV, PORT))


FILES = ("blueprint.yaml", "docs/decisions/0001.md", "docs/index.md", "src/a.py", "src/b/c.py")


@pytest.fixture
def created(templates: WriteTemplates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Created:
    """A project of these files, as `--dry-run` describes it."""
    monkeypatch.chdir(tmp_path)
    root = templates({"files/README.md": ""})
    shop = ("contexts={identity: {}, catalog: {}, orders: {}, notifications: {}}",)
    request = NewProject(name="shop", templates=root, dry_run=True, settings=shop)
    return replace(create_project(request), files=FILES)


def planned(created: Created, pattern: Pattern) -> Plan:
    spec = created.spec.model_copy(update={"pattern": pattern})
    return plan_of(replace(created, spec=spec, pattern=pattern), MACHINE)


def test_a_monolith_is_one_process_with_one_database(created: Created) -> None:
    plan = planned(created, "monolith")
    assert (plan.name, plan.pattern, plan.path) == ("shop", "monolith", created.path)
    assert (plan.contexts, plan.process_per_context, plan.database_per_context) == (4, False, False)
    assert (plan.processes, plan.roles, plan.databases) == (1, ("server",), 1)
    assert (plan.broker, plan.gateway) == ("", "")


def test_microservices_are_a_process_and_a_database_for_each_context(created: Created) -> None:
    plan = planned(created, "microservices")
    assert (plan.contexts, plan.process_per_context, plan.database_per_context) == (4, True, True)
    assert (plan.processes, plan.roles, plan.databases) == (4, ("server",), 4)
    assert (plan.broker, plan.gateway) == ("", "nginx")


def test_event_driven_has_three_roles_and_a_broker(created: Created) -> None:
    plan = planned(created, "event-driven")
    assert (plan.contexts, plan.process_per_context, plan.database_per_context) == (4, True, True)
    assert (plan.processes, plan.roles, plan.databases) == (4, ("API", "relay", "consumers"), 4)
    assert (plan.broker, plan.gateway) == ("Kafka", "nginx")


def test_files_are_counted_by_folder_most_first(created: Created) -> None:
    plan = planned(created, "monolith")
    assert plan.files == 5
    assert plan.folders == (("docs", 2), ("src", 2), ("", 1))


def test_tools_are_found_missing_or_not_needed_to_begin(created: Created) -> None:
    plan = planned(created, "monolith")
    assert plan.found == (PYTHON, GIT, PORT)
    assert plan.missing == (MAKE,)
    assert plan.not_needed == (DOCKER, UV)


@pytest.mark.parametrize(
    ("pattern", "processes", "data"),
    [
        (
            "monolith",
            "one, which serves the API and does the work behind it",
            "one PostgreSQL, a schema for each context",
        ),
        (
            "microservices",
            "4, one for each context, and nginx in front",
            "PostgreSQL, a database for each context",
        ),
        (
            "event-driven",
            "an API, a relay and consumers for each of 4 contexts, and nginx in front",
            "PostgreSQL, a database for each context; Kafka between them",
        ),
    ],
)
def test_a_plan_in_words(pattern: Pattern, processes: str, data: str, created: Created) -> None:
    shown = text.plan(planned(created, pattern), "code/shop", width=200)
    assert shown.splitlines() == [
        "  Files: 5 in code/shop: 2 in docs, 2 in src, 1 in the root.",
        f"  Processes: {processes}.",
        f"  Data: {data}.",
        "  Git: a repository with everything in its first commit.",
        "  Here already: Python 3.11.7, git, port 8000 free.",
        "  Needed and missing: make, which does make. Get it: get make",
        "  Not here, and not needed to begin: Docker, uv (`blueprint doctor` says what for).",
    ]


@pytest.mark.parametrize(
    ("git", "words"),
    [
        (GitOutcome(state="enclosed", root=Path("/code")), "none of its own, it stands inside"),
        (GitOutcome(state="missing"), "no repository, git is not installed"),
        (GitOutcome(state="declined"), "no repository, as asked"),
    ],
)
def test_what_becomes_of_git_in_words(git: GitOutcome, words: str, created: Created) -> None:
    plan = replace(planned(created, "monolith"), git=git, not_needed=())
    shown = text.plan(plan, "shop", width=200)
    assert f"  Git: {words}" in shown
    assert "not needed to begin" not in shown


def test_more_folders_than_a_line_has_room_for_are_counted_together(created: Created) -> None:
    folders = (("src", 9), ("tests", 8), ("docs", 7), ("", 6), ("dev", 5), ("ci", 4), ("etc", 3))
    plan = replace(planned(created, "monolith"), files=42, folders=folders)
    assert "6 in the root, 5 in dev, 7 elsewhere." in text.plan(plan, "shop", width=200)


def test_planning_writes_nothing(
    templates: WriteTemplates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    root = templates({"files/README.md": ""})
    plan = plan_project(NewProject(name="shop", templates=root, git=False))
    assert (plan.path, plan.git.state) == (tmp_path / "work/shop", "declined")
    assert "Python" in {tool.name for tool in plan.found}
    assert list(tmp_path.glob("work/*")) == []
