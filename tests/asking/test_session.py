"""The session of `blueprint new`, driven without a terminal."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprint_cli.asking import session as session_module
from blueprint_cli.asking.interview import Value
from blueprint_cli.asking.plan import Plan
from blueprint_cli.asking.saved import Saved
from blueprint_cli.asking.session import Session, open_session
from blueprint_cli.asking.steps import (
    Accepted,
    Agreed,
    AskedQuestion,
    Confirmation,
    EarlierAnswers,
    Outcome,
    Part,
    PatternChoice,
    ReasonWanted,
    Refused,
    Shown,
    Step,
    Stopped,
    Tendency,
    Unclear,
)
from blueprint_cli.asking.text import reason_wanted
from blueprint_cli.creating.create import NewProject
from blueprint_cli.creating.surroundings import GitOutcome
from blueprint_cli.errors import DestinationRefused, TemplateNotFound
from blueprint_cli.patterns import ARCHITECTURES, PATTERNS, Pattern
from blueprint_cli.recommendation.recommend import Recommendation, recommend
from tests.program import WriteTemplates

EVENTS = ("", "", "", "", "", "", "", "10k", "", "", "eventual", "80%", "6", "rest")
TO_THE_REASON = ("rest", "microservices")
TO_THE_PLAN = ("rest", "")


@functools.cache
def recommended(answers: frozenset[tuple[str, bool | float | str]]) -> Recommendation:
    return recommend(dict(answers))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recommendation for equal answers is computed once."""

    def quick(answers: Mapping[str, bool | float | str]) -> Recommendation:
        return replace(recommended(frozenset(answers.items())))

    monkeypatch.setattr(session_module, "recommend", quick)


@pytest.fixture
def root(templates: WriteTemplates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny template of every pattern, and an empty folder to stand in."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for pattern in PATTERNS:
        processes = "many" if ARCHITECTURES[pattern].process_per_context else "one"
        layers = f"name: {pattern}\nsummary: s\nprocesses: {processes}\nlayers: [{{from: files}}]\n"
        folder = pattern.replace("-", "_")
        root = templates({"files/README.md": ""}, description=layers, folder=folder)
    return root


@pytest.fixture
def only_a_monolith(templates: WriteTemplates, tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return templates({"files/README.md": ""})


def plan(request: NewProject) -> Plan:
    """A plan that neither renders anything nor looks at this machine."""
    return Plan(
        name=request.name,
        pattern=next(one for one in PATTERNS if one == request.pattern),
        path=Path("/code") / request.name,
        files=0,
        folders=(),
        contexts=4,
        process_per_context=False,
        processes=1,
        roles=("server",),
        database_per_context=False,
        databases=1,
        broker="",
        gateway="",
        git=GitOutcome(state="planned"),
        found=(),
        missing=(),
        not_needed=(),
    )


def begin(root: Path, *lines: str, **request: object) -> Session:
    """Return a session in which these lines were typed, each of them accepted."""
    asked_for = replace(NewProject(name="shop", templates=root, git=False), **request)  # type: ignore[arg-type]
    session = Session(asked_for, root.parent / "work/shop", plan)
    for line in lines:
        assert isinstance(session.answer(line), Accepted), line
    return session


def test_a_step_says_everything_that_is_to_be_shown(root: Path) -> None:
    session = begin(root)
    step = session.step
    assert isinstance(step, AskedQuestion)
    assert (step.place, len(step.questions), step.answers) == (0, 22, {})
    assert step.question.key == "project.owner"
    assert (step.part, step.tendency) == (Part("The team", 1, 6), None)
    assert session.answer("us") == Accepted()
    step = session.step
    assert isinstance(step, AskedQuestion)
    assert (step.question.key, step.part) == ("requirements.developers", None)
    for line in ("8", "", "no"):
        session.answer(line)
    step = session.step
    assert isinstance(step, AskedQuestion)
    assert step.part == Part("The load", 2, 6)
    assert step.tendency == Tendency(known=3, not_known=1, pattern="monolith")
    assert step.answers == {
        "project.owner": "us",
        "requirements.developers": 8,
        "requirements.teams": None,
        "requirements.polyglot": False,
    }


def test_from_the_first_question_to_the_project(root: Path) -> None:
    session = open_session(NewProject(name="shop", templates=root, git=False))
    session.answer("us")
    for _ in range(21):
        assert isinstance(session.step, AskedQuestion)
        assert session.recommendation is None
        session.answer("")
    step = session.step
    assert isinstance(step, PatternChoice)
    assert step.recommendation is session.recommendation
    assert (step.offered[0], sorted(step.offered)) == ("monolith", sorted(PATTERNS))
    assert step.without_template == ()
    session.answer("yes")
    assert isinstance(session.step, Confirmation)
    assert (session.step.plan.name, session.step.plan.pattern) == ("shop", "monolith")
    assert not session.destination.exists()
    assert session.answer("") == Accepted()
    assert isinstance(session.step, Agreed)
    assert session.step.request.settings == ("project.owner=us",)
    steps: list[str] = []
    created = session.create(steps.append)
    assert (created.path, created.pattern) == (session.destination, "monolith")
    assert steps[0] == "Rendering the template"
    assert (session.destination / "README.md").is_file()
    assert Saved(session.destination).read() is None


@pytest.mark.parametrize(
    ("lines", "step", "commands"),
    [
        ((), AskedQuestion, {"?": "help", "help": "help", "LIST": "list"}),
        (("us",), AskedQuestion, {"?": "help", "list": "list"}),
        (("rest",), PatternChoice, {"why": "why", " Why ": "why"}),
        (TO_THE_REASON, ReasonWanted, {}),
        (TO_THE_PLAN, Confirmation, {}),
    ],
)
def test_every_step_can_be_left_and_some_show_more(
    lines: tuple[str, ...], step: type, commands: Mapping[str, str], root: Path
) -> None:
    for word in ("quit", "EXIT"):
        session = begin(root, *lines)
        before = session.step
        assert isinstance(before, step)
        for typed, what in commands.items():
            outcome = session.answer(typed)
            assert isinstance(outcome, Shown)
            assert outcome.what == what
            assert session.step is before
        assert session.answer(word) == Accepted()
        assert session.step == Stopped()
        Saved(session.destination).remove()


def test_back_goes_one_step_back(root: Path) -> None:
    session = begin(root, "us", "8", "back", "<")
    assert isinstance(session.step, AskedQuestion)
    assert session.step.place == 0
    assert session.answer("back") == Refused("This is the first question.")
    begun = begin(root, "yes", "rest", "back")
    assert isinstance(begun.step, AskedQuestion)
    assert begun.recommendation is None


def test_back_from_the_plan_is_the_choice_again(root: Path) -> None:
    session = begin(root, *TO_THE_PLAN)
    first = session.recommendation
    session.answer("back")
    assert isinstance(session.step, PatternChoice)
    assert session.recommendation is not first


def test_what_is_no_answer_leaves_the_step_as_it_is(root: Path) -> None:
    session = begin(root, "us")
    before = session.step
    assert session.answer("lots") == Refused("Not taken: that is no number; for example 8.")
    assert session.step is before
    session = begin(root, "no", "rest")
    assert [session.answer(word) for word in ("serverless", "no", "?")] == [Unclear()] * 3
    session.answer("")
    assert [session.answer(word) for word in ("what", "?", "why")] == [Unclear()] * 3
    assert isinstance(session.step, Confirmation)


def test_another_choice_wants_a_reason(root: Path) -> None:
    session = begin(root, *TO_THE_REASON)
    step = session.step
    assert isinstance(step, ReasonWanted)
    assert (step.recommended, step.pattern, step.default) == ("monolith", "microservices", "")
    assert step.ruled_out == ()
    empty, long = session.answer(""), session.answer("x" * 301)
    assert empty == Refused("Whoever reads the record next year will want to know it.")
    assert long == Refused("Allowed: one line of at most 300 characters.")
    assert session.step is step
    session.answer("Three teams begin in May.")
    session.answer("y")
    assert isinstance(session.step, Agreed)
    agreed = session.step.request
    assert (agreed.pattern, agreed.reason) == ("microservices", "Three teams begin in May.")


def test_a_pattern_that_is_ruled_out_says_everything_that_rules_it_out(root: Path) -> None:
    team, load = ("", "2", "1", ""), ("50", "4", "100", "")
    domain, operations = ("2", "exploring", "strong", "20", "1"), ("99", "no", "no", "low")
    session = begin(root, *team, *load, *domain, *operations, "no", "2", "rest", "microservices")
    assert isinstance(session.step, ReasonWanted)
    assert len(session.step.ruled_out) == 3
    assert {gate.pattern for gate in session.step.ruled_out} == {"microservices"}
    shown = reason_wanted(session.step, width=80)
    assert shown.count("  It is ruled out: ") == 3
    assert shown.endswith("\nWhy not monolith? One line for the decision record")


def test_what_is_recommended_may_have_no_template(only_a_monolith: Path) -> None:
    session = begin(only_a_monolith, *EVENTS)
    step = session.step
    assert isinstance(step, PatternChoice)
    assert step.offered == ("monolith",)
    assert set(step.without_template) == {"microservices", "event-driven"}
    refused = session.answer("event-driven")
    assert refused == Refused("This version has no template for event-driven.")
    session.answer("follow")
    assert isinstance(session.step, ReasonWanted)
    session.answer("")
    session.answer("")
    assert isinstance(session.step, Agreed)
    assert session.step.request.reason == "This version has no template for event-driven."


def test_what_the_request_has_is_not_asked(root: Path) -> None:
    session = begin(root, "rest", pattern="microservices", reason="Ours.")
    assert isinstance(session.step, Confirmation)
    assert session.recommendation is not None
    session = begin(root, "rest", pattern="microservices")
    assert isinstance(session.step, ReasonWanted)
    session = begin(root, "rest", pattern="monolith")
    assert isinstance(session.step, Confirmation)


def test_no_at_the_plan_is_the_end(root: Path) -> None:
    session = begin(root, *TO_THE_PLAN, "no")
    assert session.step == Stopped()
    assert session.answer("yes") == Unclear()
    assert session.step == Stopped()
    with pytest.raises(ValueError, match="nothing was agreed on"):
        session.create(print)
    assert not session.destination.exists()


def test_a_dry_run_has_no_plan_to_agree_on_and_keeps_the_answers(root: Path) -> None:
    session = begin(root, "us", *TO_THE_PLAN, dry_run=True)
    assert isinstance(session.step, Agreed)
    assert session.create(lambda _: None).dry_run
    assert Saved(session.destination).read() == {"project.owner": "us"}


def test_answers_of_an_earlier_session_are_offered(root: Path) -> None:
    begin(root, "us", "8")
    session = begin(root)
    kept: dict[str, Value] = {"project.owner": "us", "requirements.developers": 8}
    assert session.step == EarlierAnswers(kept)
    assert (session.answer("what?"), session.answer("back")) == (Unclear(), Unclear())
    assert not session.kept
    session.answer("")
    assert isinstance(session.step, AskedQuestion)
    assert (session.step.place, session.step.answers, session.kept) == (2, kept, True)

    session = begin(root, "no")
    assert isinstance(session.step, AskedQuestion)
    assert (session.step.place, session.step.answers, session.kept) == (0, {}, False)
    assert Saved(session.destination).read() == kept


def test_all_answers_of_an_earlier_session_lead_to_the_recommendation(root: Path) -> None:
    begin(root, *[""] * 22)
    assert isinstance(begin(root, "yes").step, PatternChoice)


def test_without_a_home_directory_it_works_and_says_that_nothing_is_kept(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "no home"))
    session = begin(root)
    first = session.answer("us")
    assert isinstance(first, Accepted)
    assert first.warning.endswith(": there is no home directory")
    for typed in ("rest", "", ""):
        session.answer(typed)
    assert (session.kept, isinstance(session.step, Agreed)) == (False, True)
    assert session.create(lambda _: None).path.is_dir()
    assert not (tmp_path / "no home").exists()


def test_answers_that_cannot_be_kept_are_warned_of_once(root: Path) -> None:
    session = begin(root)
    folder = Saved(session.destination).path.parent
    folder.parent.parent.mkdir(parents=True)
    folder.parent.write_text("a file where a folder is needed")
    first, second = session.answer("us"), session.answer("8")
    assert isinstance(first, Accepted)
    assert first.warning.startswith(f"Your answers cannot be kept in {folder}")
    assert (second, session.kept) == (Accepted(), False)
    assert session.interview.answers == {"project.owner": "us", "requirements.developers": 8}


def test_a_plan_that_cannot_be_made_ends_the_session_and_the_answers_stay(root: Path) -> None:
    def refuse(_: NewProject) -> Plan:
        raise DestinationRefused("something has appeared there")

    session = Session(NewProject(name="shop", templates=root), root.parent / "work/shop", refuse)
    session.answer("us")
    session.answer("rest")
    with pytest.raises(DestinationRefused):
        session.answer("")
    assert session.step == Stopped()
    assert Saved(session.destination).read() == {"project.owner": "us"}


def test_a_session_is_opened_for_what_can_be_created_only(root: Path) -> None:
    with pytest.raises(TemplateNotFound):
        open_session(NewProject(name="shop", templates=root, pattern="serverless"))
    session = open_session(NewProject(name="shop", templates=root, pattern="auto"))
    session.answer("rest")
    assert isinstance(session.step, PatternChoice)
    session.destination.mkdir()
    (session.destination / "mine").write_text("")
    with pytest.raises(DestinationRefused):
        open_session(NewProject(name="shop", templates=root))


WORDS = (
    *("", "-", "?", "back", "<", "list", "rest", "rest", "why", "y", "no", "yes", "n", "follow"),
    *("us", "8", "2k", "99.9%", "strong", "2", "none", "x" * 301, *PATTERNS),
)
# Most of it is a word that some step takes: what is typed at random hardly ever leads on.
LINES = st.lists(st.one_of(*[st.sampled_from(WORDS)] * 9, st.text()), min_size=10, max_size=60)


EARLIER: dict[str, Value] = {"project.owner": "us", "requirements.teams": 3}


def check(session: Session, before: Mapping[str, object], key: str, outcome: Outcome) -> None:
    """Nothing is lost, and what the step says is so."""
    step, answers = session.step, session.interview.answers
    for other in {*before} - {key}:
        assert answers[other] == before[other]
    assert {*before} <= {*answers}
    assert isinstance(outcome, Accepted | Refused | Unclear | Shown)
    match step:
        case EarlierAnswers():
            assert answers == {}
        case AskedQuestion():
            assert step.question == session.interview.current
            assert (step.answers, session.recommendation) == (answers, None)
        case PatternChoice():
            assert step.recommendation is session.recommendation
            assert step.offered
        case ReasonWanted():
            assert step.pattern != step.recommended
        case Confirmation(plan=made):
            assert made.pattern in PATTERNS
        case Agreed(request):
            assert request.settings == session.interview.settings
            assert request.pattern in PATTERNS
        case _:
            assert step == Stopped()


def key_of(step: Step) -> str:
    return step.question.key if isinstance(step, AskedQuestion) else ""


@given(
    lines=LINES,
    resumed=st.booleans(),
    pattern=st.sampled_from([None, *PATTERNS]),
    reason=st.sampled_from(["", "Ours."]),
    dry_run=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_is_typed_the_session_stands_at_a_step_and_no_answer_is_lost(  # noqa: PLR0913 - what a session depends on
    root: Path,
    *,
    lines: list[str],
    resumed: bool,
    pattern: Pattern | None,
    reason: str,
    dry_run: bool,
) -> None:
    destination = root.parent / "work/shop"
    saved = Saved(destination)
    saved.remove()
    earlier = EARLIER if resumed else None
    if earlier:
        saved.write(earlier)
    start = functools.partial(begin, root, pattern=pattern, reason=reason, dry_run=dry_run)
    session = start()
    for line in [*lines, "quit"]:
        before, answers = session.step, dict(session.interview.answers)
        outcome = session.answer(line)
        check(session, answers, key_of(before), outcome)
        assert (session.step is before) != isinstance(outcome, Accepted)
        if isinstance(session.step, Agreed | Stopped):
            assert session.kept == bool(session.interview.answers)
            assert saved.read() == (session.interview.answers or earlier)
            earlier = saved.read()
            session = start()
