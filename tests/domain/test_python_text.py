"""Python's text of an expression means what the expression means, for every row."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from blueprint_cli.domain.evaluation import Row, evaluate
from blueprint_cli.domain.mistakes import NotUnderstood
from blueprint_cli.domain.parsing import read_value
from blueprint_cli.domain.python_text import Spelling, is_true, not_broken, quoted, value
from tests.domain.rows import CALLERS, FIELDS, NAMES, NOW, ROWS, TEXTS, USERS, as_object, condition

BY_NAME = {one.name: one for one in FIELDS}
PLAIN = Spelling(row="")

READINGS = [
    ("count > 1", "count > 1", "count > 1"),
    ("1 < count", "count > 1", "count > 1"),
    ("spare > 1", "spare is None or spare > 1", "spare is not None and spare > 1"),
    (
        "count > spare",
        "spare is None or count > spare",
        "spare is not None and count > spare",
    ),
    ("not (spare > 1)", "spare is None or spare <= 1", "spare is not None and spare <= 1"),
    ("not open", "not open", "not open"),
    ("open == False", "not open", "not open"),
    ("not paid", "paid is None or not paid", "paid is not None and not paid"),
    ("spare is None or spare > 1", "spare is None or spare > 1", "spare is None or spare > 1"),
    (
        "spare is not None and spare > 1",
        "spare is not None and spare > 1",
        "spare is not None and spare > 1",
    ),
    ("0 < count < 3", "0 < count < 3", "0 < count < 3"),
    ("0 < count and count < 3", "0 < count < 3", "0 < count < 3"),
    (
        "0 < spare < 3",
        "spare is None or 0 < spare < 3",
        "spare is not None and 0 < spare < 3",
    ),
    ("count == 1 or count == 2", "count in (1, 2)", "count in (1, 2)"),
    ("title != 'a' and title != 'b'", 'title not in ("a", "b")', 'title not in ("a", "b")'),
    ("not (count == 1 or count == 2)", "count not in (1, 2)", "count not in (1, 2)"),
    ("count in (1,)", "count == 1", "count == 1"),
    (
        "count > 1 and open or title == 'a'",
        '(count > 1 and open) or title == "a"',
        '(count > 1 and open) or title == "a"',
    ),
    ("open and (count > 1 or title == 'a')", 'open and (count > 1 or title == "a")', None),
    ("open and (title == 'a' and count > 1)", 'open and title == "a" and count > 1', None),
    ("not (open and count > 1)", "not open or count <= 1", "not open or count <= 1"),
    ("me.role == 'desk'", 'me is not None and me.role == "desk"', None),
    ("me.role != 'desk'", 'me is None or me.role != "desk"', None),
    ("not (me.role == 'desk')", 'me is None or me.role != "desk"', None),
    ("me == owner", "me is not None and me.id == owner", None),
    ("me == helper", "helper == (me.id if me else None)", None),
    ("me.role in ('desk', 'admin')", 'me is not None and me.role in ("desk", "admin")', None),
    ("me is None", "me is None", "me is None"),
    ("count / parts > 2", "Decimal(count) / parts > 2", "Decimal(count) / parts > 2"),
    (
        "price / count > 2",
        "count == 0 or price / count > 2",
        "count != 0 and price / count > 2",
    ),
    (
        "count / spare > 2",
        "spare is None or spare == 0 or Decimal(count) / spare > 2",
        "spare is not None and spare != 0 and Decimal(count) / spare > 2",
    ),
    ("count - (count - 1) > 0", "count - (count - 1) > 0", None),
    ("(count - 1) - parts > 0", "count - 1 - parts > 0", None),
    ("(count + 1) * parts > 0", "(count + 1) * parts > 0", None),
    ("price > 0.5", 'price > Decimal("0.5")', None),
    ("price > 5", "price > 5", None),
    ("place.lat > 1", "place is None or place.lat > 1", "place is not None and place.lat > 1"),
    (
        "place.floor > 1",
        "place is None or place.floor is None or place.floor > 1",
        "place is not None and place.floor is not None and place.floor > 1",
    ),
    (
        "base.floor > 1",
        "base.floor is None or base.floor > 1",
        "base.floor is not None and base.floor > 1",
    ),
    ("starts_at > now", "starts_at > now", None),
    ("starts_at - now <= hours(2)", "starts_at - now <= timedelta(hours=2)", None),
    ("due_on + days(28) > today", "due_on + timedelta(days=28) > today", None),
    ("lower(title) == 'a'", 'title.lower() == "a"', None),
    ("len(tags) > 1", "len(tags) > 1", None),
    (
        "(spare is None) == (helper is None)",
        "(spare is None and helper is None) or (spare is not None and helper is not None)",
        None,
    ),
    ("(count > 1) != open", "(count > 1 and not open) or (count <= 1 and open)", None),
    ("(count > 1) == False", "count <= 1", "count <= 1"),
    ("known(owner)", "owner_is_known", "owner_is_known"),
    (
        "known(helper)",
        "helper is None or helper_is_known",
        "helper is not None and helper_is_known",
    ),
]


@pytest.mark.parametrize(("text", "unbroken", "true"), READINGS, ids=[one[0] for one in READINGS])
def test_it_reads_as_written_by_hand(text: str, unbroken: str, true: str | None) -> None:
    found = condition(text)
    assert not_broken(found, PLAIN) == unbroken
    assert is_true(found, PLAIN) == (true or unbroken)


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("count", "count + 1", "self.count + 1"),
        ("spare", "spare + 1", "self.spare + 1 if self.spare is not None else None"),
        ("spare", "spare", "self.spare"),
        ("rebate", "price / count", "self.price / self.count if self.count != 0 else None"),
        ("price", "5", "Decimal(5)"),
        ("price", "-0.50", 'Decimal("-0.50")'),
        ("helper", "me", "me.id if me is not None else None"),
        ("back_on", "today", "today"),
        ("note", "None", "None"),
        ("note", "lower(note)", "self.note.lower() if self.note is not None else None"),
        ("title", "'it''s'", '"its"'),
        ("open", "count > 1", "self.count > 1"),
        ("paid", "spare > 1", "True if self.spare is not None and self.spare > 1 else None if self.spare is None or self.spare > 1 else False"),  # noqa: E501 - one text
    ],
)  # fmt: skip
def test_a_value_is_none_where_it_is_unknown(field: str, text: str, expected: str) -> None:
    assert value(read_value(text, NAMES, BY_NAME[field]), Spelling()) == expected


def test_with_a_caller_nobody_asks_whether_there_is_one() -> None:
    spelling = Spelling(row="row", caller=True, me_id="caller.user_id", me_role="caller.role")
    assert not_broken(condition("me == helper"), spelling) == "caller.user_id == row.helper"
    assert not_broken(condition("me.role == 'desk'"), spelling) == 'caller.role == "desk"'


@given(st.text())
def test_a_quoted_text_is_that_text(text: str) -> None:
    assert eval(quoted(text)) == text  # noqa: S307 - our own text


def run(text: str, row: dict[str, Any], asked: Row) -> Any:  # noqa: ANN401 - a value of any type
    me = asked.me and type("Caller", (), {"id": asked.me[0], "role": asked.me[1]})()
    names = {
        "self": as_object(row),
        "now": NOW,
        "today": NOW.date(),
        "me": me,
        "Decimal": Decimal,
        "timedelta": timedelta,
        "owner_is_known": row["owner"] in asked.known,
        "helper_is_known": row["helper"] in asked.known,
    }
    return eval(text, names)  # noqa: S307 - our own text


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(st.tuples(ROWS, CALLERS), min_size=1, max_size=5))
def test_the_text_means_what_the_expression_means(
    text: str, rows: list[tuple[dict[str, Any], Any]]
) -> None:
    try:
        found = condition(text)
    except NotUnderstood:
        assume(False)  # noqa: FBT003 - hypothesis has it so
    texts = not_broken(found, Spelling()), is_true(found, Spelling())
    for row, me in rows:
        asked = Row(row, NOW, me, frozenset(USERS[:1]))
        holds = evaluate(found, asked)
        assert (run(texts[0], row, asked), run(texts[1], row, asked)) == (
            holds is not False,
            holds is True,
        ), texts
        assert run(value(found, Spelling()), row, asked) is holds


def test_a_decimal_is_rounded_and_nothing_is_nothing() -> None:
    assert value(read_value("5", NAMES, BY_NAME["price"]), Spelling(), scale=2) == (
        "round(Decimal(5), 2)"
    )
    assert value(read_value("None", NAMES, BY_NAME["rebate"]), Spelling(), scale=2) == "None"
