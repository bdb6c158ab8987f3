"""The session of `blueprint new`, driven without a terminal."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprint_cli.asking import session as session_module
from blueprint_cli.asking.plan import Plan
from blueprint_cli.asking.saved import Kept, Saved
from blueprint_cli.asking.session import Session, open_session
from blueprint_cli.asking.steps import (
    AboutWanted,
    Accepted,
    Agreed,
    AskedQuestion,
    Confirmation,
    Declined,
    EarlierAnswers,
    MoreWanted,
    OpenQuestion,
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
from blueprint_cli.asking.text import (
    chosen_before,
    help_text,
    more_wanted,
    reason_wanted,
    unclear,
)
from blueprint_cli.creating.create import NewProject, create_project
from blueprint_cli.creating.surroundings import GitOutcome
from blueprint_cli.errors import DestinationRefused, TemplateNotFound
from blueprint_cli.patterns import ARCHITECTURES, PATTERNS, Pattern
from blueprint_cli.recommendation.recommend import Recommendation, recommend
from blueprint_cli.spec.reading import read_spec
from tests.program import WriteTemplates

# Six parts react to an event, writes may be seen later; a stream, and most of the work can wait.
EVENTS = ("", "", "6", "eventual", "", "13 16", "10k", "80%")
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
    session = Session(asked_for, root.parent / "work/shop", plan, asks_about=False)
    for line in lines:
        assert isinstance(session.answer(line), Accepted), line
    return session


def test_a_step_says_everything_that_is_to_be_shown(root: Path) -> None:
    session = begin(root)
    step = session.step
    assert isinstance(step, AskedQuestion)
    assert (step.place, len(step.questions), step.answers) == (0, 22, {})
    assert step.question.key == "requirements.ops_maturity"
    assert step.part == Part("Five questions first: they decide most", 0, 6)
    assert step.tendency is None
    assert session.answer("low") == Accepted()
    step = session.step
    assert isinstance(step, AskedQuestion)
    assert (step.question.key, step.part) == ("requirements.independent_deploys_needed", None)
    for line in ("", "1", "", ""):
        session.answer(line)
    step = session.step
    assert isinstance(step, MoreWanted)
    assert step.tendency == Tendency(known=2, not_known=3, pattern="monolith")
    assert len(step.open) == 17
    session.answer("yes")
    for line in ("us", "8", "", "no"):
        session.answer(line)
    step = session.step
    assert isinstance(step, AskedQuestion)
    assert step.part == Part("The load", 2, 6)
    assert step.tendency == Tendency(known=5, not_known=4, pattern="monolith")
    assert step.answers["requirements.teams"] is None


def test_what_each_of_the_others_could_still_change_is_said(root: Path) -> None:
    session = begin(root, "medium", "no", "2", "mixed", "")
    step = session.step
    assert isinstance(step, MoreWanted)
    effects = {one.label: one for one in step.open}
    assert step.open[0].could_become == ("event-driven",)
    assert effects["peak to average"] == OpenQuestion(10, "peak to average", (), 0.0)
    assert effects["platform.ci"].swing is None
    shown = more_wanted(step, width=80)
    assert f"  {step.open[0].place + 1} {step.open[0].label}: could make it event-driven\n" in shown
    assert "Only the project's files: 6 project.owner; 21 platform.gateway" in shown


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("8, 10 and 22", ["teams", "requests_per_second_avg", "ci"]),
        ("10", ["requests_per_second_avg"]),
        ("no", []),
        ("", []),
        ("nope", []),
        ("rest", []),
    ],
)
def test_more_are_asked_by_their_numbers(typed: str, keys: list[str], root: Path) -> None:
    session = begin(root, *[""] * 5, typed)
    asked = []
    while isinstance(session.step, AskedQuestion):
        asked.append(session.step.question.name)
        session.answer("")
    assert asked == keys
    assert isinstance(session.step, PatternChoice)


def test_what_is_no_number_of_a_question_is_refused(root: Path) -> None:
    session = begin(root, *[""] * 5)
    assert session.answer("99") == Refused("There is no question 99.")
    assert session.answer("6 or so") == Unclear()
    assert isinstance(session.step, MoreWanted)


def test_from_the_first_question_to_the_project(root: Path) -> None:
    session = open_session(NewProject(name="shop", templates=root, git=False))
    assert isinstance(session.step, AboutWanted)
    session.answer("")
    for line in ("", "", "", "", "", "all", "us", *[""] * 16):
        assert isinstance(session.step, AskedQuestion | MoreWanted)
        assert session.recommendation is None
        session.answer(line)
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


EVERY_STEP = {
    EarlierAnswers: (),
    AskedQuestion: ("no",),
    MoreWanted: ("no", "", "", "", "", ""),
    PatternChoice: ("no", "rest"),
    ReasonWanted: ("no", *TO_THE_REASON),
    Confirmation: ("no", *TO_THE_PLAN),
}


@pytest.mark.parametrize(("step", "lines"), EVERY_STEP.items())
def test_no_step_takes_a_command_for_an_answer(
    step: type, lines: tuple[str, ...], root: Path
) -> None:
    """A step that did not know `back` recorded it as a reason."""
    for word in ("?", "help", "LIST", "back", "<", "edit", "edit 99", "edit 2", "q", "EXIT"):
        Saved(root.parent / "work/shop").write(Kept(answers={"project.owner": "us"}))
        session = begin(root, *lines)
        before = session.step
        assert isinstance(before, step)
        outcome = session.answer(word)
        match word:
            case "?" | "help":
                assert outcome == Shown("help")
                assert help_text(before, width=80)
            case "LIST":
                assert outcome == Shown("list")
            case "q" | "EXIT":
                assert (outcome, session.step) == (Accepted(), Stopped())
            case "edit 2" if step is not EarlierAnswers:
                assert isinstance(session.step, AskedQuestion)
                assert session.step.place == 1
            case "back" | "<":
                first = step in {EarlierAnswers, AskedQuestion}
                assert isinstance(outcome, Refused if first else Accepted)
            case _:
                assert isinstance(outcome, Refused)
                assert session.step is before
        assert session.interview.answers.get("project.owner") is None


@pytest.mark.parametrize("step", [PatternChoice, ReasonWanted, Confirmation])
def test_the_whole_report_is_shown_wherever_there_is_one(step: type, root: Path) -> None:
    session = begin(root, *EVERY_STEP[step][1:])
    assert isinstance(session.step, step)
    assert session.answer(" Why ") == Shown("why")


def test_back_goes_one_step_back(root: Path) -> None:
    session = begin(root, "low", "no", "back", "<")
    assert isinstance(session.step, AskedQuestion)
    assert session.step.place == 0
    begun = begin(root, "yes", "rest", "back")
    assert isinstance(begun.step, AskedQuestion)
    assert begun.recommendation is None
    session = begin(root, "no", *[""] * 5, "no", "back", "back")
    assert isinstance(session.step, AskedQuestion)
    assert session.step.place == 4


def test_back_from_the_plan_is_the_choice_again(root: Path) -> None:
    session = begin(root, *TO_THE_PLAN)
    first = session.recommendation
    session.answer("back")
    assert isinstance(session.step, PatternChoice)
    assert session.recommendation is not first


def test_back_from_the_plan_goes_over_the_reason_to_what_is_recommended(root: Path) -> None:
    session = begin(root, *TO_THE_REASON, "Three teams begin in May.", "back")
    assert isinstance(session.step, ReasonWanted)
    assert session.step.default == "Three teams begin in May."
    session.answer("back")
    assert isinstance(session.step, PatternChoice)
    assert session.step.default == "monolith"
    session.answer("")
    assert isinstance(session.step, Confirmation)
    assert session.step.request.pattern == "monolith"


def test_back_where_the_pattern_was_given_is_the_question_before(root: Path) -> None:
    session = begin(root, "low", "rest", "back", pattern="monolith")
    assert isinstance(session.step, AskedQuestion)
    assert session.step.place == 1


def test_any_question_is_one_step_away_and_the_choice_is_remembered(root: Path) -> None:
    session = begin(
        root, "", "", "", "", "", "", "micro", "Three teams begin in May.", "edit teams"
    )
    step = session.step
    assert isinstance(step, AskedQuestion)
    assert step.question.key == "requirements.teams"
    session.answer("3")
    assert isinstance(session.step, PatternChoice)
    assert session.step.default == "microservices"
    session.answer("")
    assert isinstance(session.step, ReasonWanted)
    session.answer("")
    assert isinstance(session.step, Confirmation)
    assert session.step.request.reason == "Three teams begin in May."
    assert session.step.request.settings == ("requirements.teams=3",)


@pytest.mark.parametrize(
    "typed",
    ["yes", "no", "Y", "nope", "idk", "why not", "-", "monolith", "cancel", "rest", "follow", "3"],
)
def test_a_word_for_another_prompt_is_no_reason(typed: str, root: Path) -> None:
    session = begin(root, *TO_THE_REASON)
    assert isinstance(session.answer(typed), Refused if typed != "why not" else Accepted)


@pytest.mark.parametrize(
    ("typed", "pattern"),
    [
        ("mono", "monolith"),
        ("Event driven", "event-driven"),
        ("event_driven", "event-driven"),
        ("ye", "monolith"),
        ("yep", "monolith"),
    ],
)
def test_a_pattern_is_chosen_by_its_beginning(typed: str, pattern: str, root: Path) -> None:
    session = begin(root, "rest", typed)
    step = session.step
    chosen = step.pattern if isinstance(step, ReasonWanted) else pattern
    assert chosen == pattern
    assert isinstance(step, ReasonWanted if pattern != "monolith" else Confirmation)


def test_what_could_be_two_patterns_is_asked_again(root: Path) -> None:
    session = begin(root, "rest")
    assert session.answer("m") == Unclear()
    assert "monolith, microservices, event-driven" in unclear(session.step, width=200)


def test_what_was_made_of_an_answer_is_said_kept_and_written_down(root: Path) -> None:
    session = begin(root, "", "", "", "")
    accepted = session.answer("500 EUR")
    note = "500 EUR a month x 1.15 USD"
    assert accepted == Accepted(made_of_it=f"Taken as 575 USD/month: {note}.")
    session = begin(root, "yes", "10", "500 bookings a day", "")
    assert isinstance(session.step, Confirmation)
    request = session.step.request
    assert request.comments["requirements.monthly_budget_usd"] == note
    session.answer("")
    assert isinstance(session.step, Agreed)
    created = create_project(session.step.request)
    written = (created.path / "blueprint.yaml").read_text()
    assert "  monthly_budget_usd: 575 # 500 EUR a month x 1.15 USD\n" in written
    derived = "  requests_per_second_avg: 0.509 # 500 bookings a day x 88 requests each\n"
    assert derived in written
    assert read_spec(created.path / "blueprint.yaml").requirements.monthly_budget_usd == 575


def test_what_is_no_answer_leaves_the_step_as_it_is(root: Path) -> None:
    session = begin(root, "low", "no")
    before = session.step
    assert session.answer("lots") == Refused("Not taken: that is no number; for example 8.")
    assert session.step is before
    session = begin(root, "no", "rest")
    assert [session.answer(word) for word in ("serverless", "no")] == [Unclear()] * 2
    session.answer("")
    assert session.answer("what") == Unclear()
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
    first = ("low", "no", "1", "strong", "")
    session = begin(root, *first, "7 20", "2", "2", "microservices")
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
    session = begin(root, *TO_THE_PLAN, "nope")
    assert session.step == Declined()
    assert session.answer("yes") == Unclear()
    assert session.step == Declined()
    with pytest.raises(ValueError, match="nothing was agreed on"):
        session.create(print)
    assert not session.destination.exists()


def test_a_dry_run_has_no_plan_to_agree_on_and_keeps_the_answers(root: Path) -> None:
    session = begin(root, "low", *TO_THE_PLAN, dry_run=True)
    assert isinstance(session.step, Agreed)
    assert session.create(lambda _: None).dry_run
    kept = Saved(session.destination).read()
    assert kept
    assert kept.answers == {"requirements.ops_maturity": "low"}


def test_answers_of_an_earlier_session_are_offered(root: Path) -> None:
    begin(root, "low", "no")
    session = begin(root)
    answers: dict[str, bool | int | float | str | None] = {
        "requirements.ops_maturity": "low",
        "requirements.independent_deploys_needed": False,
    }
    ahead = tuple(f"requirements.{key}" for key in THE_LAST_OF_THE_FIRST)
    kept = Kept(answers=answers, ahead=ahead)
    assert session.step == EarlierAnswers(kept)
    assert session.answer("what?") == Unclear()
    assert not session.kept
    session.answer("")
    assert isinstance(session.step, AskedQuestion)
    assert (session.step.place, session.step.answers, session.kept) == (2, answers, True)

    session = begin(root, "no")
    assert isinstance(session.step, AskedQuestion)
    assert (session.step.place, session.step.answers, session.kept) == (0, {}, False)
    assert Saved(session.destination).read() == kept


THE_LAST_OF_THE_FIRST = ("consumers_per_event", "consistency", "monthly_budget_usd")


@pytest.mark.parametrize("end", ["quit", "no"])
def test_everything_that_was_answered_survives(end: str, root: Path) -> None:
    """Also that the rest was left out, what was chosen, why, and of what an answer was made."""
    begin(root, "", "", "", "", "500 EUR", "10", "500", "micro", "Three teams begin in May.", end)
    session = begin(root, "yes")
    assert isinstance(session.step, PatternChoice)
    assert session.step.default == "microservices"
    assert chosen_before(session.step) == "You chose microservices before."
    session.answer("")
    assert isinstance(session.step, ReasonWanted)
    assert session.step.default == "Three teams begin in May."
    assert len(session.interview.comments) == 2


def test_all_answers_of_an_earlier_session_lead_to_the_recommendation(root: Path) -> None:
    begin(root, *[""] * 5, "yes", *[""] * 17)
    assert isinstance(begin(root, "yes").step, PatternChoice)


def test_without_a_home_directory_it_works_and_says_that_nothing_is_kept(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "no home"))
    session = begin(root)
    first = session.answer("low")
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
    first, second = session.answer("low"), session.answer("yes")
    assert isinstance(first, Accepted)
    assert first.warning.startswith(f"Your answers cannot be kept in {folder}")
    assert (second, session.kept) == (Accepted(), False)
    assert session.interview.answers == {
        "requirements.ops_maturity": "low",
        "requirements.independent_deploys_needed": True,
    }


def test_a_plan_that_cannot_be_made_ends_the_session_and_the_answers_stay(root: Path) -> None:
    def refuse(_: NewProject) -> Plan:
        raise DestinationRefused("something has appeared there")

    request, place = NewProject(name="shop", templates=root), root.parent / "work/shop"
    session = Session(request, place, refuse, asks_about=False)
    session.answer("low")
    session.answer("rest")
    with pytest.raises(DestinationRefused):
        session.answer("")
    assert session.step == Stopped()
    kept = Saved(session.destination).read()
    assert kept
    assert kept.answers == {"requirements.ops_maturity": "low"}


def test_a_session_is_opened_for_what_can_be_created_only(root: Path) -> None:
    with pytest.raises(TemplateNotFound):
        open_session(NewProject(name="shop", templates=root, pattern="serverless"))
    session = open_session(NewProject(name="shop", templates=root, pattern="auto"))
    session.answer("nothing yet")
    session.answer("rest")
    assert isinstance(session.step, PatternChoice)
    session.destination.mkdir()
    (session.destination / "mine").write_text("")
    with pytest.raises(DestinationRefused):
        open_session(NewProject(name="shop", templates=root))


WORDS = (
    *("", "-", "?", "back", "<", "list", "rest", "rest", "why", "y", "no", "yes", "n", "follow"),
    *("us", "8", "2k", "99.9%", "strong", "2", "none", "x" * 301, *PATTERNS),
    *("edit 3", "edit", "6 10", "idk", "nope", "500 EUR"),
)
# Most of it is a word that some step takes: what is typed at random hardly ever leads on.
LINES = st.lists(st.one_of(*[st.sampled_from(WORDS)] * 9, st.text()), min_size=10, max_size=60)


EARLIER = Kept(answers={"project.owner": "us", "requirements.teams": 3})


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
        case MoreWanted():
            assert (len(step.open) + len(answers), session.recommendation) == (22, None)
        case PatternChoice():
            assert step.recommendation is session.recommendation
            assert step.default in step.offered
        case ReasonWanted():
            assert step.pattern != step.recommended
        case Confirmation(plan=made):
            assert made.pattern in PATTERNS
        case Agreed(request):
            assert request.settings == session.interview.settings
            assert request.pattern in PATTERNS
        case _:
            assert step in (Stopped(), Declined())


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
        if isinstance(session.step, Agreed | Declined | Stopped):
            kept = saved.read()
            if session.kept:
                assert kept
                assert kept.answers == session.interview.answers
            else:
                assert (session.interview.answers, kept) == ({}, earlier)
            earlier = kept
            session = start()
