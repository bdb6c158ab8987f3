"""PostgreSQL's text of an expression: how it reads, and where there is none.

That it means what the expression means is tested on a server, in tests/projects.
"""

import pytest

from blueprint_cli.domain.sql_text import Columns, identifier, sql_text
from tests.domain.rows import condition

READINGS = [
    ("count > 1", "count > 1"),
    ("1 < count", "count > 1"),
    ("spare > 1", "spare > 1"),
    ("not (spare > 1)", "spare <= 1"),
    ("not open", "NOT open"),
    ("open == False", "NOT open"),
    ("open != paid", "open <> paid"),
    ("0 < count < 3", "count > 0 AND count < 3"),
    ("count == 1 or count == 2", "count IN (1, 2)"),
    ("not (count == 1 or count == 2)", "count NOT IN (1, 2)"),
    ("status in ('open', 'held')", "status IN ('open', 'held')"),
    ("count > 1 and open or title == 'a'", "(count > 1 AND open) OR title = 'a'"),
    ('title == "it\'s"', "title = 'it''s'"),
    ("title < note", 'title COLLATE "C" < note'),
    ("title == lower('ABC')", "title = 'abc'"),
    ("len(title) > 1", "char_length(title) > 1"),
    ("place is None", "place IS NULL"),
    ("not (place is None)", "place IS NOT NULL"),
    ("(spare + count) is None", "(spare + count) IS NULL"),
    ("count - (count - 1) > 0", "count - (count - 1) > 0"),
    ("count - -1 > 0", "count - (-1) > 0"),
    ("price * 2 > 0.5", "price * 2 > 0.5"),
    ("ends_at - starts_at <= hours(2)", "ends_at - starts_at <= interval '2 hours'"),
    ("ends_at - starts_at <= days(2)", "ends_at - starts_at <= interval '2 days'"),
    (
        "starts_at + days(1) < ends_at",
        "starts_at AT TIME ZONE 'UTC' + interval '1 day' < ends_at AT TIME ZONE 'UTC'",
    ),
    ("back_on - due_on <= days(28)", "back_on - due_on <= 28"),
    ("back_on - due_on <= takes", "(back_on - due_on) * interval '1 day' <= takes"),
    ("due_on + days(28) >= back_on", "due_on + 28 >= back_on"),
    ("due_on + days(count) >= back_on", "due_on + count::integer >= back_on"),
    ("takes <= minutes(count)", "takes <= count * interval '1 minute'"),
    ("owner == helper", "owner = helper"),
    ("closes > opens", "closes > opens"),
]


@pytest.mark.parametrize(("text", "expected"), READINGS, ids=[one[0] for one in READINGS])
def test_it_reads_as_written_by_hand(text: str, expected: str) -> None:
    assert sql_text(condition(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "starts_at > now",
        "due_on > today",
        "me == owner",
        "me.role == 'desk'",
        "known(owner)",
        "lower(title) == 'a'",
        "count / parts > 1",
        "price * price * price * price > 1",
        "len(tags) > 1",
        "open or starts_at > now",
        "pause * 2 > takes",
        "place.lat > 1",
        "place is None or place.floor is not None",
    ],
)
def test_there_is_none_where_it_would_mean_another_thing(text: str) -> None:
    assert sql_text(condition(text)) is None


def test_a_list_is_counted_by_what_its_column_has() -> None:
    assert sql_text(condition("len(tags) > 1"), Columns(length="cardinality")) == (
        "cardinality(tags) > 1"
    )


def test_words_of_sql_stand_in_quotes() -> None:
    assert [identifier(name) for name in ("order", "position", "starts_at")] == [
        '"order"',
        '"position"',
        "starts_at",
    ]


def test_columns_may_be_spelled_otherwise() -> None:
    columns = Columns(column=lambda name: f"thing.{name}")
    assert sql_text(condition("price > count"), columns) == "thing.price > thing.count"
