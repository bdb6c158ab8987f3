"""Rows that rules let pass, and rows at and over their edge."""

from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from blueprint_cli.domain.examples.edges import Edge, edge
from blueprint_cli.domain.examples.search import Broken, Search
from blueprint_cli.domain.examples.steps import NOBODY, Step, who_may
from blueprint_cli.domain.examples.texts import matching
from blueprint_cli.domain.examples.values import NOW, duration, iso_duration
from blueprint_cli.domain.model import Entity, Model
from blueprint_cli.domain.reading import read_contexts

EXAMPLES = Path(__file__).parent / "examples"
MODELS = {
    path.stem: read_contexts(YAML(typ="safe").load(path)["contexts"]).model
    for path in sorted(EXAMPLES.glob("*.yaml"))
}


def entity_of(model: Model, name: str) -> Entity:
    return next(one for context in model.contexts for one in context.entities if one.name == name)


def created(model: Model, name: str) -> Search:
    entity = entity_of(model, name)
    create = next(one for one in entity.commands if one.name == "create")
    return Search(entity, (Step(create, who_may(create.by, model.roles) or NOBODY),))


@pytest.mark.parametrize(
    ("example", "name"),
    [
        (example, entity.name)
        for example, model in MODELS.items()
        for context in model.contexts
        for entity in context.entities
    ],
)
def test_every_entity_of_the_examples_has_a_row(example: str, name: str) -> None:
    search = created(MODELS[example], name)
    values = search.passing()

    assert values is not None
    assert search.played(values).refusal is None


def edge_of(code: str) -> Edge:
    search = created(MODELS["clinic"], "Appointment")
    (create,) = (step.command for step in search.steps)
    guards = (*create.needs, *search.entity.rules)
    holds = next(one.holds for one in guards if one.code == code)
    assert holds is not None
    return edge(search, Broken(0, code, holds))


@pytest.mark.parametrize(
    ("code", "at", "over"),
    [
        ("two_hours_at_most", timedelta(hours=2), timedelta(hours=2, minutes=1)),
        ("ends_after_start", timedelta(minutes=1), timedelta(0)),
    ],
)
def test_an_edge_is_one_step_wide(code: str, at: timedelta, over: timedelta) -> None:
    found = edge_of(code)

    assert found.close
    for values, long in ((found.at, at), (found.over, over)):
        assert values is not None
        assert values[0, "ends_at"] - values[0, "starts_at"] == long


def test_a_guard_on_the_time_has_its_edge_now() -> None:
    found = edge_of("in_the_past")

    assert found.close
    assert found.at is not None
    assert found.over is not None
    assert found.at[0, "starts_at"] == NOW + timedelta(minutes=1)
    assert found.over[0, "starts_at"] == NOW


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [
        (r"\+?[0-9 ]+", 5, 20),
        ("97[89][0-9]{10}", 13, 13),
        ("[A-Z0-9-]+", 8, 32),
        ("(?:[a-z]{2}-)+[0-9]{3,6}", 6, 9),
        ("a|b", 1, 1),
        (r"\d{2}\.\d{2}", 5, 5),
        ("[^/]+", 3, 3),
    ],
)
def test_a_text_is_found_that_a_pattern_matches(pattern: str, low: int, high: int) -> None:
    first, second = (matching(pattern, low, high, number) for number in (0, 1))

    assert first is not None
    assert low <= len(first) <= high
    assert second is not None
    assert pattern == "a|b" or first != second


@pytest.mark.parametrize("pattern", ["(?=a)b", "(", "[a", "a**"])
def test_no_text_is_found_for_what_is_not_read(pattern: str) -> None:
    assert matching(pattern, 0, 9) is None


@pytest.mark.parametrize("text", ["PT0S", "P1DT2H30M", "-PT5M", "PT0.5S"])
def test_a_duration_is_written_as_it_is_read(text: str) -> None:
    assert iso_duration(duration(text)) == text


def test_a_constant_is_tried_only_where_its_class_and_value_fit() -> None:
    """Of one guard the role's names are no moments, and one field's states no other's."""
    reading = read_contexts(
        YAML(typ="safe").load("""
            identity: {roles: [desk]}
            post:
              types: {Colour: [red, green], Size: [small, large]}
              entities:
                Parcel:
                  fields: {posted_at: datetime optional, colour: Colour, size: Size, cost: decimal(6.2)}
                  rules: {odd: "colour in ('red',) or size in ('small',) or cost in (1, 2.5)"}
                  commands:
                    create: {takes: [posted_at, colour, size, cost], needs: {late: "now > posted_at + hours(1) or me.role in ('desk', 'admin')"}, by: anyone}
        """)  # noqa: E501 - as people write it
    )
    assert not reading.mistakes
    search = created(reading.model, "Parcel")
    create = search.steps[0].command
    for guard in (*create.needs, *search.entity.rules):
        assert guard.holds is not None
        found = edge(search, Broken(0, guard.code, guard.holds))
        assert found.over is not None
        assert found.over[0, "colour"] in {"red", "green"}
        assert found.over[0, "size"] in {"small", "large"}
