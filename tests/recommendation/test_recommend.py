"""What is recommended, and what may never happen, whatever the answers are."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from blueprint_cli.patterns import PATTERNS, Pattern
from blueprint_cli.recommendation.recommend import Recommendation, recommend
from blueprint_cli.recommendation.rules import (
    REQUIREMENTS,
    WORDS,
    choices,
    load_rules,
)
from blueprint_cli.recommendation.scoring import score
from blueprint_cli.reports.document import as_document
from blueprint_cli.spec.model import Requirements

RULES = load_rules()
INTERESTING: dict[str, list[Any]] = {
    "developers": [1, 3, 4, 8, 30, 90, 400, 2000],
    "teams": [1, 2, 4, 8, 12, 40, 200],
    "bounded_contexts": [1, 4, 8, 15, 40],
    "requests_per_second_avg": [0, 20, 500, 20_000],
    "peak_to_average": [1, 4, 20, 60],
    "p95_latency_ms": [5, 40, 100, 1000],
    "availability_percent": [99, 99.9, 99.99],
    "async_share_percent": [0, 20, 50, 80, 100],
    "stream_events_per_second": [0, 5, 100, 5000, 50_000],
    "consumers_per_event": [0, 1, 2, 3, 6, 20],
    "time_to_first_release_weeks": [1, 3, 6, 12, 30],
    "monthly_budget_usd": [50, 200, 1000, 10_000],
}
INTERESTING |= {key: list(choices(key)) for key in REQUIREMENTS if choices(key)}
ANSWERS = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(values) for key, values in INTERESTING.items()}
)
QUICK = settings(max_examples=40)
FEW = {"simulated_requests": 100.0}


def scores(answers: dict[str, Any]) -> dict[Pattern, float]:
    return {one.pattern: one.score for one in score(answers, RULES).ranking}


def confidence(answers: dict[str, Any]) -> float:
    return recommend(answers, RULES, FEW).confidence


def test_the_requirements_are_those_of_the_specification() -> None:
    assert list(REQUIREMENTS) == list(Requirements.model_fields)


@given(st.sampled_from(list(REQUIREMENTS)), st.booleans(), st.data())
def test_what_is_accepted_without_the_model_the_model_accepts(
    key: str,
    edge: bool,  # noqa: FBT001 - hypothesis gives it
    data: st.DataObject,
) -> None:
    kind = REQUIREMENTS[key]
    if choices(key):
        value: Any = data.draw(st.sampled_from(choices(key)))
    elif edge:
        value = data.draw(st.sampled_from([kind.least, kind.most]))
    else:
        value = data.draw(st.floats(kind.least, kind.most))
    if kind.kind == "integer":
        value = int(value)
    try:
        Requirements.model_validate({key: value})
    except ValidationError as error:  # pragma: no cover - it would be the failure
        pytest.fail(str(error))


def test_the_words_are_those_of_the_specification() -> None:
    schema = Requirements.model_json_schema()["properties"]
    for key, words in WORDS.items():
        enum = next(option["enum"] for option in schema[key]["anyOf"] if "enum" in option)
        assert set(enum) == set(words)


def test_without_a_reason_the_monolith_and_little_confidence() -> None:
    result = recommend({}, RULES)
    assert result.recommended == "monolith"
    assert result.confidence < 0.5
    assert {one.key for one in result.sensitivity.unknown} == set(REQUIREMENTS)


def test_a_small_team_that_explores_gets_a_monolith() -> None:
    result = recommend(
        {"developers": 5, "teams": 1, "domain_stability": "exploring", "ops_maturity": "low"}, RULES
    )
    assert result.recommended == "monolith"
    assert [gate.pattern for gate in result.gates] == ["microservices"]


def test_a_large_organisation_on_one_deployable_keeps_its_monolith() -> None:
    large: dict[str, Any] = {
        "developers": 1000,
        "teams": 100,
        "bounded_contexts": 30,
        "ops_maturity": "high",
    }
    assert (
        recommend({**large, "independent_deploys_needed": False}, RULES).recommended == "monolith"
    )
    assert (
        recommend({**large, "independent_deploys_needed": True}, RULES).recommended
        == "microservices"
    )


@pytest.mark.parametrize(
    "headcount",
    [
        {"developers": 2000},
        {"teams": 200},
        {"requests_per_second_avg": 1e6},
        {"developers": 2000, "teams": 200},
    ],
)
def test_load_alone_or_headcount_alone_decides_nothing(headcount: dict[str, Any]) -> None:
    assert recommend(headcount, RULES).recommended == "monolith"


def test_many_readers_of_one_log_pay_at_tiny_volumes() -> None:
    small: dict[str, Any] = {
        "developers": 5,
        "teams": 1,
        "consumers_per_event": 5,
        "consistency": "eventual",
    }
    result = recommend({**small, "stream_events_per_second": 0.1}, RULES)
    assert result.recommended == "event-driven"


def test_one_team_needs_a_better_reason_for_services_than_wishing_for_separate_releases() -> None:
    wish: dict[str, Any] = {
        "independent_deploys_needed": True,
        "independent_scaling_needed": True,
        "ops_maturity": "medium",
    }
    assert recommend({**wish, "developers": 5, "teams": 1}, RULES).recommended == "monolith"
    assert recommend({**wish, "developers": 80, "teams": 8}, RULES).recommended == "microservices"


def test_bursts_speak_for_a_queue_only_where_the_work_can_wait() -> None:
    at_once = scores({"peak_to_average": 30, "async_share_percent": 10})
    later = scores({"peak_to_average": 30, "async_share_percent": 80})
    assert at_once == scores({"async_share_percent": 10})
    assert later["event-driven"] > scores({"async_share_percent": 80})["event-driven"]


def test_a_fast_stream_with_one_reader_stays_in_one_process() -> None:
    pipeline: dict[str, Any] = {
        "stream_events_per_second": 100_000,
        "consumers_per_event": 1,
        "async_share_percent": 100,
        "consistency": "eventual",
    }
    assert recommend(pipeline, RULES).recommended == "monolith"


CONTRADICTIONS = [
    {"consistency": "strong", "stream_events_per_second": 30_000, "consumers_per_event": 4},
    {"teams": 15, "time_to_first_release_weeks": 3, "monthly_budget_usd": 500},
    {"developers": 90, "time_to_first_release_weeks": 3, "monthly_budget_usd": 500},
    {"teams": 9, "developers": 4},
    {"availability_percent": 99.99, "monthly_budget_usd": 50},
    {"availability_percent": 99.999, "ops_maturity": "low"},
    {"requests_per_second_avg": 30_000, "monthly_budget_usd": 80},
]
ORDINARY = [
    {},
    {"consistency": "strong", "stream_events_per_second": 200, "consumers_per_event": 3},
    {"consistency": "strong", "stream_events_per_second": 30_000, "consumers_per_event": 1},
    {"consistency": "eventual", "stream_events_per_second": 30_000, "consumers_per_event": 4},
    {"teams": 15, "time_to_first_release_weeks": 20, "monthly_budget_usd": 30_000},
    {"teams": 1, "developers": 4, "time_to_first_release_weeks": 3, "monthly_budget_usd": 100},
    {"availability_percent": 99.9, "monthly_budget_usd": 300, "ops_maturity": "low"},
    {"availability_percent": 99.99, "monthly_budget_usd": 300, "ops_maturity": "low"},
    {"consistency": "strong", "async_share_percent": 100},
    {"consistency": "strong", "p95_latency_ms": 10, "requests_per_second_avg": 5000},
    {"teams": 12, "time_to_first_release_weeks": 3, "monthly_budget_usd": 20_000},
    {"teams": 12, "time_to_first_release_weeks": 26, "monthly_budget_usd": 500},
    {"developers": 5, "independent_deploys_needed": True, "ops_maturity": "low"},
]


@pytest.mark.parametrize("given_answers", CONTRADICTIONS)
def test_contradictions_are_named(given_answers: dict[str, Any]) -> None:
    result = recommend(given_answers, RULES)
    assert result.conflicts
    assert set(result.conflicts[0].keys) == set(given_answers)
    assert result.confidence <= RULES.confidence.in_conflict
    assert result.confidence == result.ranking[0].probability
    assert sum(one.probability for one in result.ranking) == pytest.approx(1, abs=2e-4)


@pytest.mark.parametrize("given_answers", ORDINARY)
def test_ordinary_requirements_are_not_called_contradictory(given_answers: dict[str, Any]) -> None:
    assert recommend(given_answers, RULES).conflicts == ()


@QUICK
@given(ANSWERS)
def test_a_score_is_the_sum_of_its_points(answers: dict[str, Any]) -> None:
    document = as_document(recommend(answers, RULES, FEW))
    for one in document["ranking"]:
        points = [part["points"][one["pattern"]] for part in document["contributions"]]
        assert one["score"] == pytest.approx(sum(points), abs=1e-9)
    assert document["recommended"] == document["ranking"][0]["pattern"]
    assert {one["pattern"] for one in document["ranking"]} == set(PATTERNS)
    assert 0 <= document["confidence"] <= 1


@QUICK
@given(ANSWERS)
def test_every_flip_flips_and_nothing_nearer_does(answers: dict[str, Any]) -> None:
    result = recommend(answers, RULES, FEW)
    for flip in result.sensitivity.flips:
        assert score({**answers, flip.key: flip.to}, RULES).best == flip.pattern
        assert flip.pattern != result.recommended
        if REQUIREMENTS[flip.key].kind == "integer":
            step = 1 if float(flip.to) > float(flip.value) else -1
            nearer = int(flip.to) - step
            assert score({**answers, flip.key: nearer}, RULES).best == result.recommended
    for pair in result.sensitivity.pairs:
        changed = {**answers, **dict(zip(pair.keys, pair.to, strict=True))}
        assert score(changed, RULES).best == pair.pattern != result.recommended
        assert not set(pair.keys) & {flip.key for flip in result.sensitivity.flips}


@QUICK
@given(ANSWERS, st.data())
def test_no_answer_that_is_said_to_flip_nothing_flips_it(
    answers: dict[str, Any], data: st.DataObject
) -> None:
    result = recommend(answers, RULES, FEW)
    flipping = {flip.key for flip in result.sensitivity.flips}
    quiet = [key for key in answers if key not in flipping]
    if quiet:
        key = data.draw(st.sampled_from(quiet))
        value = data.draw(st.sampled_from(INTERESTING[key]))
        assert score({**answers, key: value}, RULES).best == result.recommended


@QUICK
@given(ANSWERS, st.sampled_from(INTERESTING["teams"]), st.sampled_from(INTERESTING["teams"]))
def test_more_teams_never_move_it_towards_the_monolith(
    answers: dict[str, Any], one: int, other: int
) -> None:
    few = scores({**answers, "teams": min(one, other)})
    many = scores({**answers, "teams": max(one, other)})
    for pattern in ("microservices", "event-driven"):
        assert few["monolith"] - few[pattern] >= many["monolith"] - many[pattern] - 1e-9
    if score({**answers, "teams": min(one, other)}, RULES).best != "monolith":
        assert score({**answers, "teams": max(one, other)}, RULES).best != "monolith"


@QUICK
@given(ANSWERS)
def test_lower_ops_maturity_never_moves_it_towards_microservices(answers: dict[str, Any]) -> None:
    best = [
        score({**answers, "ops_maturity": level}, RULES).best for level in ("high", "medium", "low")
    ]
    for before, after in itertools.pairwise(best):
        assert before == "microservices" or after != "microservices"


@QUICK
@given(ANSWERS, st.randoms())
def test_order_changes_nothing(answers: dict[str, Any], random: Any) -> None:  # noqa: ANN401 - hypothesis' own type
    shuffled = list(answers.items())
    random.shuffle(shuffled)
    nulls: dict[str, Any] = {key: None for key in REQUIREMENTS if key not in answers}
    first = as_document(recommend(answers, RULES, FEW))
    assert as_document(recommend({**nulls, **dict(shuffled)}, RULES, FEW)) == first


@pytest.mark.parametrize("key", list(REQUIREMENTS))
@pytest.mark.parametrize("pattern", range(3))
def test_for_each_pattern_an_answer_has_a_value_that_is_no_worse_than_silence(
    key: str, pattern: int
) -> None:
    """Whoever is best, forgetting must not help it against both of its rivals at once."""
    rivals = [rival for rival in range(3) if rival != pattern]
    about = [one for one in RULES.criteria if one.key == key and not one.only_if]
    assert not about or any(
        all(points[pattern] >= points[rival] for rival in rivals)
        for one in about
        for points in one.points
    )


@settings(max_examples=20)
@given(ANSWERS)
def test_forgetting_an_answer_never_gives_more_confidence_than_its_best_value(
    answers: dict[str, Any],
) -> None:
    known = confidence
    for key in list(answers)[:3]:
        rest = {other: value for other, value in answers.items() if other != key}
        best = max(known({**rest, key: value}) for value in INTERESTING[key])
        assert known(rest) <= best + 1e-9, key


@given(ANSWERS)
@settings(max_examples=10)
def test_equal_inputs_give_equal_outputs(answers: dict[str, Any]) -> None:
    def document() -> dict[str, Any]:
        return as_document(recommend(answers, load_rules()))

    assert document() == document()


def best_of(result: Recommendation) -> set[str]:
    return {hybrid.name for hybrid in result.hybrids}


def test_hybrids() -> None:
    isolated = recommend({"isolation_or_compliance": True}, RULES)
    assert best_of(isolated) == {"a modular monolith with one isolated service"}
    streamed = recommend({"consumers_per_event": 2, "stream_events_per_second": 60}, RULES)
    assert streamed.recommended == "monolith"
    assert best_of(streamed) == {"a modular monolith with one stream"}
    owned = recommend(
        {"consumers_per_event": 6, "teams": 6, "independent_deploys_needed": True}, RULES
    )
    assert owned.recommended == "event-driven"
    assert best_of(owned) == {"services of the teams' own around the log"}


def test_a_trigger_takes_its_number_from_the_flip() -> None:
    result = recommend(
        {
            "teams": 4,
            "independent_deploys_needed": True,
            "ops_maturity": "medium",
            "domain_stability": "exploring",
        },
        RULES,
    )
    flip = next(one for one in result.sensitivity.flips if one.key == "teams")
    trigger = next(one for one in result.triggers if one.measure == "teams that change it")
    assert trigger.at == f">= {flip.to}"


def test_a_trigger_that_the_answers_have_reached_is_none() -> None:
    def measures(at: str = ">= 8", **answers: Any) -> set[str]:  # noqa: ANN401 - answers of any kind
        triggers = tuple(
            replace(one, at=at) if one.key == "teams" else one for one in RULES.triggers
        )
        result = recommend(answers, replace(RULES, triggers=triggers), FEW)
        assert result.recommended == "monolith"
        return {one.measure for one in result.triggers}

    many: dict[str, Any] = {"teams": 12, "consistency": "strong"}
    assert "teams that change it" in measures()
    assert "teams that change it" in measures(consistency="strong", teams=2)
    assert "teams that change it" not in measures(**many)
    for at, reached in {
        "> 12": False, ">= 12": True, "<= 12": True, "< 12.5": True, "< 12": False, "> 60 %": False,
        "when it hurts": False,
    }.items():  # fmt: skip
        assert ("teams that change it" not in measures(at, **many)) == reached, at


@QUICK
@given(ANSWERS)
def test_no_pattern_is_more_probable_than_the_recommended(answers: dict[str, Any]) -> None:
    result = recommend(answers, RULES, FEW)
    probable = [one.probability for one in result.ranking]
    assert sum(probable) == pytest.approx(1, abs=0.001)
    if probable[0] >= 1 / 3:
        assert max(probable) == probable[0]


def test_in_a_conflict_the_runner_up_is_no_more_probable() -> None:
    result = recommend(
        {
            "teams": 12,
            "time_to_first_release_weeks": 3,
            "monthly_budget_usd": 500,
            "consistency": "strong",
            "stream_events_per_second": 30_000,
            "consumers_per_event": 4,
        },
        RULES,
        FEW,
    )
    assert [one.probability for one in result.ranking] == pytest.approx([0.4, 0.4, 0.2])


def test_what_is_not_known_is_listed_by_how_much_it_could_matter() -> None:
    unknown = recommend({}, RULES).sensitivity.unknown
    assert unknown[0].key == "consumers_per_event"
    assert unknown[0].could_become == ("event-driven",)
    assert unknown[-1].swing == 0


def test_the_estimates_follow_the_load() -> None:
    low, high = (
        recommend({"requests_per_second_avg": rate}, RULES).estimates["monolith"].instances
        for rate in (10, 5000)
    )
    assert low is not None
    assert high is not None
    assert low == 2
    assert high > 40


def test_no_number_of_instances_beats_the_work_itself() -> None:
    estimate = recommend({"p95_latency_ms": 5}, RULES).estimates["monolith"]
    assert estimate.instances is None
    assert estimate.latency is None
    assert not estimate.meets_p95


def test_the_simulation_agrees_with_the_formula() -> None:
    # One process, no hop: the p95 of M/M/c is known; 20,000 draws come within a few percent.
    result = recommend({"requests_per_second_avg": 50}, RULES, {"simulated_requests": 20_000})
    latency = result.estimates["monolith"].latency
    assert latency is not None
    assert latency.p95_ms == pytest.approx(8 * 2.9957, rel=0.05)


def test_an_assumption_can_be_changed_and_is_then_printed_as_changed() -> None:
    result = recommend({}, RULES, {"service_ms": 20})
    assumption = next(one for one in result.assumptions if one.name == "service_ms")
    assert (assumption.value, assumption.source) == (20, "--assume")
    assert (
        result.estimates["monolith"].latency != recommend({}, RULES).estimates["monolith"].latency
    )
