"""`blueprint new NAME` in a real terminal, typed into as a person does."""

import os
import re
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.program import Run, WriteTemplates, program

SMALL = {"files/README.md.jinja": "# [= project.name =]\n"}
RECORD = "docs/decisions/0001-architecture.md"
CREATE = r"Create it\? Enter for yes, no, back \[yes\]: "
ESCAPE = "\x1b"


class Talk:
    """A conversation: what was expected, typed and shown."""

    def __init__(self, child: "pexpect.spawn[str]") -> None:
        self.child = child
        self.shown = ""
        self.gone = False

    def expect(self, pattern: str) -> str:
        # What it is about has tests of its own.
        while self.child.expect([r"\[nothing\s+yet\]: $", pattern]) == 0:
            self.shown += f"{self.child.before}{self.child.after}"
            self.child.sendline("")
        seen = f"{self.child.before}{self.child.after}"
        self.shown += seen
        return seen.replace("\r\n", "\n")

    def type(self, *lines: str) -> None:
        for line in lines:
            self.expect(r"\]: $|reason: $")
            self.child.sendline(line)

    def end(self) -> int:
        self.child.expect(pexpect.EOF)
        self.shown += str(self.child.before)
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -1

    @property
    def pid(self) -> int:
        assert self.child.pid is not None
        return self.child.pid

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[\d*m", "", self.shown.replace("\r\n", "\n"))


Start = Callable[..., Talk]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("COLUMNS", raising=False)
    return folder


@pytest.fixture
def start(templates: WriteTemplates, work: Path) -> Iterator[Start]:
    """Start the program in a terminal, with tiny templates of these patterns."""
    talks: list[Talk] = []

    def spawn(*arguments: str, patterns: tuple[str, ...] = ("monolith",), **kwargs: object) -> Talk:
        for pattern in patterns:
            root = templates(
                SMALL,
                description=(
                    f"name: {pattern}\nsummary: s\n"
                    f"processes: {'one' if pattern == 'monolith' else 'many'}\n"
                    "layers: [{from: files}]\n"
                ),
                folder=pattern.replace("-", "_"),
            )
        command = program(root, "new", *(arguments or ("shop",)))
        environment = {"TERM": "xterm-256color", **os.environ, **kwargs.pop("env", {})}  # type: ignore[dict-item]
        child = pexpect.spawn(
            command[0],
            command[1:],
            cwd=str(work),
            env=environment,
            dimensions=(50, kwargs.pop("columns", 80)),  # type: ignore[arg-type]
            encoding="utf-8",
            codec_errors="replace",
            timeout=60,
        )
        child.delaybeforesend = None
        talks.append(Talk(child))
        return talks[-1]

    yield spawn
    for talk in talks:
        if not talk.gone:
            talk.child.close(force=True)


def kept() -> list[Path]:
    return list(Path(os.environ["HOME"]).rglob("backend-blueprint/new/*.json"))


def test_asked_answered_recommended_agreed_and_created(start: Start, work: Path) -> None:
    talk = start()
    talk.expect("5 short questions about shop")
    talk.type("medium", "n", "1", "strong", "500 EUR")
    assert "So far, 5 known, 0 not known: this points to monolith." in talk.expect("17 more")
    talk.type("yes", "team-shop", "8", "1", "no")
    assert "So far, 9 known, 0 not known: this points to monolith." in talk.expect("10/22")
    talk.type("500/day", "4x", "0.1s", "", "4", "stable", "20%", "99.9%")
    talk.type("n", "n", "3 months", "", "none")
    assert "For it:\n  - consistency: strong. Every" in talk.expect("Recommended.*Runner-up")
    talk.type("")
    plan = talk.expect(CREATE)
    assert "The plan for shop: monolith" in plan
    assert "  10 requirements.requests_per_second_avg: 0.116 (500 users a day x 20" in plan
    assert "Processes: one" in plan
    assert "Here already: Python" in plan
    talk.child.sendline("")
    assert talk.end() == 0
    assert "Writing 7 files ..." in talk.text
    assert "Next:\n  cd shop\n  make dev\n  make test\n\nThe first" in talk.text
    spec = (work / "shop/blueprint.yaml").read_text()
    for line in (
        "owner: team-shop",
        "  requests_per_second_avg: 0.116 # 500 users a day x 20 requests each\n",
        "  time_to_first_release_weeks: 13\n",
        "  consistency: strong\n",
        "  monthly_budget_usd: 575 # 500 EUR a month x 1.15 USD\n",
        "ci: none",
    ):
        assert line in spec
    assert "stream_events_per_second:" not in spec
    assert '"monolith", because it scores' in (work / "shop" / RECORD).read_text()
    assert kept() == []


def test_help_back_the_list_and_wrong_answers(start: Start) -> None:
    talk = start()
    talk.type("list", "back", "low", "", "lots", "?", "8", "back")
    seen = talk.expect(r"parts \[8\]: $")
    assert "Nothing is answered yet." in talk.text
    assert talk.text.count("What is it about?") == 2
    assert "Not taken: that is no number; for example 8." in talk.text
    assert "Allowed: a whole number from 0 to 10,000." in talk.text
    assert "In blueprint.yaml: requirements.consumers_per_event" in talk.text
    assert "3/22" in seen
    talk.child.sendline("-")
    talk.type("list", "edit 3", "2")
    assert "  3 requirements.consumers_per_event: don't know\n" in talk.text
    talk.expect(r"4/22.*: $")
    talk.child.sendline("quit")
    assert talk.end() == 130


def test_ctrl_c_leaves_nothing_but_the_answers_and_resume_goes_on(start: Start, work: Path) -> None:
    talk = start("shop", "--output", "my shop")
    talk.type("low", "no", "3")
    talk.expect(r"4/22.*: $")
    talk.child.sendintr()
    assert talk.end() == 130
    assert "Your answers are kept: blueprint new shop --resume --output 'my shop'" in talk.text
    assert talk.text.endswith("Interrupted: nothing was changed.\n")
    assert list(work.iterdir()) == []
    assert len(kept()) == 1

    talk = start("shop", "--resume", "--output", "my shop", "--no-git")
    assert "  3 requirements.consumers_per_event: 3" in talk.expect("4/22")
    talk.type("rest", "")
    assert "Git: no repository, as asked" in talk.expect(CREATE)
    talk.child.sendline("")
    assert talk.end() == 0
    assert "consumers_per_event: 3" in (work / "my shop/blueprint.yaml").read_text()
    assert kept() == []


def test_answers_from_an_earlier_run_are_offered(start: Start) -> None:
    talk = start()
    talk.type("low")
    talk.expect("2/22.*: $")
    talk.child.sendeof()  # Ctrl-D
    assert talk.end() == 130
    talk = start()
    talk.expect("Answers to 1 question are kept from an earlier run")
    talk.type("what?", "")
    talk.expect("1 requirements.ops_maturity: low.*2/22.*: $")
    talk.child.sendintr()
    talk.end()
    talk = start()
    talk.type("no")
    talk.expect("1/22.*: $")


def test_before_the_first_answer_nothing_is_kept(start: Start, work: Path) -> None:
    talk = start()
    talk.expect("1/22.*: $")
    talk.child.sendintr()
    assert talk.end() == 130
    assert "kept:" not in talk.text
    assert talk.text.endswith("\nInterrupted: nothing was changed.\n")
    assert (kept(), list(work.iterdir())) == ([], [])


def test_a_terminal_that_goes_away_stops_it_and_the_answers_are_kept(
    start: Start, work: Path
) -> None:
    talk = start()
    talk.type("low", "no")
    talk.expect("3/22.*: $")
    child = talk.child
    os.close(child.child_fd)  # As where a window is closed: the kernel hangs the terminal up.
    child.closed = True
    _, status = os.waitpid(talk.pid, 0)
    talk.gone = True
    assert os.waitstatus_to_exitcode(status) == 130
    assert list(work.iterdir()) == []
    (path,) = kept()
    assert '"requirements.independent_deploys_needed": false' in path.read_text()


def test_sigterm_in_the_middle_of_a_question(start: Start) -> None:
    talk = start()
    talk.expect("1/22.*: $")
    os.kill(talk.pid, signal.SIGTERM)
    assert talk.end() == 130
    assert "Traceback" not in talk.text


BOTH = ("monolith", "microservices")


def test_another_choice_wants_a_reason_and_it_is_recorded(start: Start, work: Path) -> None:
    talk = start("shop", "--no-git", patterns=BOTH)
    talk.type("rest", "serverless", "event-driven", "why", "back")
    talk.expect("1/22.*: $")
    assert "Press Enter, or type one of these or its beginning: " in talk.text
    assert "This version has no template for event-driven." in talk.text
    assert "Estimates at the peak" in talk.text
    talk.child.sendline("rest")
    talk.type("microservices", "", "x" * 301, "Three teams begin in May.", "what", "back", "back")
    talk.expect("Build monolith.*: $")
    assert "Whoever reads the record next year will want to know it." in talk.text
    assert "Allowed: one line of at most 300 characters." in talk.text
    assert "Processes: 2, one for each context, and nginx in front." in talk.text
    assert "Press Enter, or type yes, no or back." in talk.text
    assert "Instead of monolith, which is recommended: Three teams begin in May." in talk.text
    talk.child.sendline("microservices")
    talk.type("Three teams begin in May.", "yes")
    assert talk.end() == 0
    assert "Created shop: microservices (monolith was recommended)" in talk.text
    record = (work / "shop" / RECORD).read_text()
    assert 'Chosen option: "microservices", although "monolith" was recommended' in record
    assert "\nThe reason: Three teams begin in May.\n" in record


EVENTS = ("", "", "6", "eventual", "", "13 16", "10k", "80%")


def test_what_is_recommended_and_has_no_template_is_said(start: Start, work: Path) -> None:
    talk = start("shop", "--no-git")
    talk.type(*EVENTS)
    talk.expect(r"Build monolith\? Enter for yes, why, back \[yes\]: $")
    assert "Recommended: event-driven" in talk.text
    assert "This version has no template for event-driven: it can create monolith." in talk.text
    talk.child.sendline("")
    talk.type("", "")
    assert talk.end() == 0
    reason = "The reason: This version has no template for event-driven.\n"
    assert reason in (work / "shop" / RECORD).read_text()


def test_a_pattern_on_the_command_line_is_not_asked_again(start: Start, work: Path) -> None:
    talk = start("shop", "--pattern", "microservices", "--reason", "Ours.", patterns=BOTH)
    talk.type("rest")
    talk.expect(CREATE)
    assert "Build " not in talk.text
    talk.child.sendline("no")
    assert talk.end() == 1
    assert list(work.iterdir()) == []


def test_no_at_the_plan_is_no_interruption_and_says_how_to_go_on(start: Start, work: Path) -> None:
    talk = start("shop", "--no-git")
    talk.type("low", "rest", "", "nope")
    assert talk.end() == 1
    assert talk.text.endswith(
        "\nNothing was written. Your answers are kept: blueprint new shop --resume --no-git\n"
    )
    assert list(work.iterdir()) == []
    assert '"requirements.ops_maturity": "low"' in kept()[0].read_text()


RULED_OUT = ("low", "rest", "microservices")


def test_back_at_the_reason_is_no_reason(start: Start) -> None:
    """It was recorded as one, and one more Enter built the pattern that is ruled out."""
    talk = start("shop", "--no-git", patterns=BOTH)
    talk.type(*RULED_OUT, "?", "list", "no", "back")
    talk.expect("Build monolith.*: $")
    assert "It is ruled out:" in talk.text
    assert "why microservices although" in talk.text
    talk.child.sendline("micro")
    talk.type("back", "", "")
    assert talk.end() == 0
    assert "Created shop: monolith (recommended)" in talk.text


@pytest.mark.parametrize(
    ("before", "environment"),
    [
        (("", "", "", "", ""), {"TERM": "dumb"}),
        (RULED_OUT, {}),
        (RULED_OUT, {"TERM": "dumb"}),
        (("low", "rest", ""), {}),
    ],
    ids=["more, plain", "reason", "reason, plain", "plan"],
)
def test_ctrl_d_leaves_every_prompt(
    before: tuple[str, ...], environment: dict[str, str], start: Start, work: Path
) -> None:
    talk = start("shop", "--no-git", patterns=BOTH, env=environment)
    talk.type(*before)
    talk.expect(r"\]: $|reason: $")
    if environment:  # What stands before it is no answer, either.
        talk.child.send("half")
        talk.child.sendeof()
    talk.child.sendeof()
    assert talk.end() == 130
    assert list(work.iterdir()) == []
    assert "Your answers are kept: blueprint new shop --resume" in talk.text


def test_a_dry_run_asks_and_lists(start: Start, work: Path) -> None:
    talk = start("shop", "--dry-run")
    talk.type("low", "rest", "")
    assert talk.end() == 0
    assert "Would create shop: monolith (recommended), 7 files in shop" in talk.text
    assert (list(work.iterdir()), len(kept())) == ([], 1)


def test_a_place_that_will_not_do_is_refused_before_anything_is_asked(
    start: Start, work: Path
) -> None:
    (work / "shop").mkdir()
    (work / "shop/mine").write_text("")
    talk = start()
    assert talk.end() == 2
    assert "is not empty" in talk.text
    assert "question" not in talk.text


def test_a_pattern_that_there_is_not_is_refused_before_anything_is_asked(start: Start) -> None:
    talk = start("shop", "--pattern", "serverless")
    assert talk.end() == 2
    assert "There is: monolith." in talk.text
    assert "question" not in talk.text


def test_auto_asks_and_follows_without_a_reason(start: Start) -> None:
    talk = start("shop", "--pattern", "auto", "--no-git")
    talk.type("rest", "", "")
    assert talk.end() == 0
    assert "(recommended)" in talk.text


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        ({"NO_COLOR": "1"}, ()),
        ({"TERM": "dumb"}, ()),
        ({}, ("--no-color",)),
    ],
)
def test_without_colour_there_is_no_escape_sequence(
    environment: dict[str, str], arguments: tuple[str, ...], start: Start
) -> None:
    talk = start("shop", "--no-git", *arguments, env=environment)
    talk.type("?", "rest", "", "")
    assert talk.end() == 0
    assert ESCAPE not in talk.shown


def test_with_colour_it_is_bold_and_nothing_that_a_light_terminal_would_hide(start: Start) -> None:
    talk = start("shop", "--no-git")
    talk.type("?", "rest", "", "")
    assert talk.end() == 0
    assert set(re.findall(r"\x1b\[([\d;]*)(\w)", talk.shown)) == {("1", "m"), ("0", "m")}


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_lines_keep_to_the_terminal_and_to_80_columns(columns: int, start: Start) -> None:
    talk = start("shop", "--no-git", env={"NO_COLOR": "1"}, columns=columns)
    talk.type(*[""] * 5, "yes", *[""] * 17)
    talk.type("", "")
    assert talk.end() == 0
    asked, _, made = talk.text.partition("\nCreated ")
    lines = asked.splitlines()
    wide = [line for line in (*lines, *made.splitlines()[1:]) if len(line) > columns]
    assert not wide
    assert max(map(len, lines)) <= 80


def test_the_choice_of_all_patterns_fits_into_80_columns(start: Start) -> None:
    talk = start(patterns=("monolith", "microservices", "event-driven"))
    talk.type("rest")
    talk.expect("Build monolith[^\\n]*: $")
    asked = talk.text.splitlines()[-1]
    assert all(name in asked for name in ("microservices", "event-driven", "why", "back", "yes"))
    assert len(asked) < 80


def test_answers_that_cannot_be_kept_do_not_stop_it(start: Start, work: Path) -> None:
    (Path(os.environ["HOME"]) / ".local").write_text("a file where a folder is needed")
    talk = start("shop", "--no-git")
    talk.type("low", "no", "rest", "")
    talk.expect(CREATE)
    talk.child.sendeof()
    assert talk.end() == 130
    shown = " ".join(talk.text.split())
    assert shown.count("Your answers cannot be kept in") == 1
    line = re.search(r"Your answers, as a command line: blueprint (.*) Interrupted", shown)
    assert line
    assert shlex.split(line[1]) == [
        *("new", "shop", "--set", "requirements.ops_maturity=low"),
        *("--set", "requirements.independent_deploys_needed=false", "--no-git"),
    ]
    assert list(work.iterdir()) == []


def test_what_is_no_utf_8_is_asked_again(start: Start) -> None:
    talk = start()
    talk.type("", "")
    talk.expect("3/22.*: $")
    os.write(talk.child.child_fd, b"\xff\xfe8\n")
    talk.expect("Not taken: that is no number")


def test_in_a_locale_that_is_not_utf_8_every_question_is_shown(start: Start) -> None:
    talk = start("shop", "--no-git", env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""})
    talk.type(*[""] * 5, "yes", *[""] * 17)
    talk.type("why", "", "")
    assert talk.end() == 0
    assert "Traceback" not in talk.text


LEFT, RIGHT, UP, HOME, END = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[H", "\x1b[F"


def test_lines_are_edited_with_arrows_home_end_and_a_history(start: Start) -> None:
    talk = start()
    talk.type("", "")
    talk.expect("3/22.*: $")
    talk.child.sendline(f"2{LEFT}1{RIGHT}{END}0{HOME}\x04")  # 2, 12, 120, and Ctrl-D removes the 1.
    talk.expect("4/22")
    talk.type(f"{UP}")
    talk.expect("Not taken: answer one of: strong.*: $")
    talk.child.sendline("list")
    assert "3 requirements.consumers_per_event: 20\n" in talk.expect("edit. and a number")
    assert "^[[" not in talk.text


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"ACCESSIBLE": "1"}])
def test_a_plain_terminal_keeps_plain_lines(environment: dict[str, str], start: Start) -> None:
    talk = start("shop", "--no-git", "--no-color", env=environment)
    talk.type("", "", f"8{LEFT}")
    talk.expect("Not taken: there is a key in it that is no letter")
    talk.type("edit 1", "low", "rest", "", "")
    assert talk.end() == 0
    assert ESCAPE not in talk.shown.replace("^[", "")


def test_without_readline_lines_are_plain(start: Start, work: Path) -> None:
    """Not every Python has it."""
    (work / "none").mkdir()
    (work / "none/readline.py").write_text("raise ImportError('no readline here')\n")
    talk = start("shop", "--no-git", env={"PYTHONPATH": str(work / "none")})
    talk.type("low", f"{UP}")
    talk.expect("Not taken: there is a key")
    talk.type("no", "rest", "", "")
    assert talk.end() == 0


@pytest.mark.usefixtures("tiny")
def test_without_a_terminal_it_names_the_command_line_that_works(run: Run, tmp_path: Path) -> None:
    for arguments in ([], ["--output", "a b"], ["--json"], ["--resume"]):
        result = run("new", "shop", *arguments)
        assert result.code == 2
        assert "no terminal to ask for them" in result.err
    line = re.search(r"This works: (.*)", run("new", "shop", "--output", "a b", "--no-git").err)
    assert line
    assert line[1] == "blueprint new shop --defaults --output 'a b' --no-git"
    assert run("new", "shop", "--defaults", "--output", "a b", "--no-git").code == 0
    assert tmp_path.is_dir()


@pytest.mark.usefixtures("tiny")
def test_resume_and_answers_contradict_each_other(run: Run) -> None:
    result = run("new", "shop", "--defaults", "--resume")
    assert (result.code, "Leave out --resume" in result.err) == (2, True)


def test_there_may_be_nothing_to_resume(start: Start) -> None:
    talk = start("shop", "--resume")
    assert talk.end() == 2
    assert "no answers are kept for" in talk.text
    assert "Begin with: blueprint new shop" in talk.text
