"""What the tests of the CLI share: a clean environment, tiny templates, and the program itself."""

import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from blueprint_cli.__main__ import main
from blueprint_cli.interruption import SIGNALS
from tests.deploy.cluster import programs
from tests.program import Result, Run, WriteTemplates

# Two busy cores are no reason to fail.
settings.register_profile(
    "blueprint", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("blueprint")

# A shell in the background has Ctrl-C ignored, nohup the hang-up, and programs inherit that.
for number in SIGNALS:
    if signal.getsignal(number) is signal.SIG_IGN:
        default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, default)

COPIER_YML = """\
_subdirectory: "[= layer =]"
_templates_suffix: .jinja
_envops:
  variable_start_string: "[="
  variable_end_string: "=]"
  block_start_string: "[%"
  block_end_string: "%]"
  comment_start_string: "[#"
  comment_end_string: "#]"
  undefined: jinja2.StrictUndefined
_exclude: [__pycache__, "*.py[co]", .DS_Store]
"""
ON_KAFKA = {
    f"tests/projects/event_driven/{name}.py" for name in ("test_commands", "test_on_apache_kafka")
}
# They share a node, whose programs CI builds meanwhile where they are not there.
ON_A_NODE = "tests/deploy/cluster/"
# They share a project of each pattern that runs.
OBSERVED = "tests/observed/"
# Whose tests share nothing: each goes to whichever worker is free.
APART = {"tests/projects/test_examples.py"}
# They take minutes, the longest first.
LONGEST = (
    "tests/projects/event_driven/test_project.py",
    "tests/deploy/database/test_database.py",
    "tests/projects/test_microservices.py",
    "tests/projects/test_default_project.py",
    "tests/updating/test_property.py",
)
OF_THE_TERMINAL = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"}
# Folders of tests that run the program in this process.
ISOLATED = {
    "adopting",
    "asking",
    "authoring",
    "checking",
    "cli",
    "creating",
    "engines",
    "fleet",
    "record",
    "sources",
    "spec",
    "standards",
    "teams",
    "templates",
}
ONE_LAYER = "name: monolith\nsummary: A tiny one.\nprocesses: one\nlayers:\n  - {from: files}\n"


class WholeFiles(LoadFileScheduling):
    """Each worker runs whole files; the files that share a broker are one, some are none."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if file in APART:
            return nodeid
        for shared in (ON_A_NODE, OBSERVED):
            if file.startswith(shared):
                return shared
        return "kafka" if file in ON_KAFKA else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WholeFiles:
    """Take ours; xdist's own groups are lost on pytest 9.2, which builds another node id."""
    return WholeFiles(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes come first, so that no worker is left with one at the end.

    Before them those that wait for a broker more than they compute: beside them runs what keeps
    every core busy.
    """
    slow = {item.location[0] for item in items if item.get_closest_marker("project")}
    node = -1 if programs.built() else len(LONGEST) + 1

    def place(item: pytest.Item) -> tuple[bool, int, bool]:
        file = item.location[0]
        rank = LONGEST.index(file) if file in LONGEST else len(LONGEST)
        if file.startswith(ON_A_NODE):
            rank = node
        return file not in ON_KAFKA, rank, file not in slow

    items.sort(key=place)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("BLUEPRINT_NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No setting of whoever runs the tests reaches the program; git has an identity."""
    for name in OF_THE_TERMINAL:  # a worker of xdist has 80 columns, whatever runs it
        monkeypatch.delenv(name, raising=False)
        os.unsetenv(name)  # readline sets a width that os.environ does not know
    if not ISOLATED & set(request.path.parts):
        return
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    for name in list(os.environ):
        if name.startswith(("GIT_", "COPIER_", "XDG_", "BLUEPRINT_STANDARD")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(autouse=True)
def handlers_of_signals() -> Iterator[None]:
    """No test leaves signals ignored for the next one."""
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program in this process."""

    def run_program(*arguments: str | Path) -> Result:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return run_program


@pytest.fixture
def templates(tmp_path: Path) -> WriteTemplates:
    """Write a folder of templates; `files` maps paths below it to texts."""

    def write(
        files: Mapping[str, str], *, description: str = ONE_LAYER, folder: str = "monolith"
    ) -> Path:
        root = tmp_path / "some templates"
        for path, text in {
            "copier.yml": COPIER_YML,
            f"{folder}/pattern.yaml": description,
            **files,
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return root

    return write


@pytest.fixture
def tiny(templates: WriteTemplates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replace the built-in templates by a tiny one, and stand in an empty folder."""
    root = templates(
        {
            "files/README.md.jinja": "# [= project.name =]\n",
            "files/src/app.py": "print('ready')\n",
            "files/.gitignore.jinja": "*.log\n",
        }
    )
    monkeypatch.setattr("blueprint_cli.templates.builtin.builtin_root", lambda: root)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work
