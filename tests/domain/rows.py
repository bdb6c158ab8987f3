"""An entity with a field of each type, random rows of it, and random expressions over them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from blueprint_cli.domain.expressions import Expression, Name
from blueprint_cli.domain.fields import read_field
from blueprint_cli.domain.model import Field, Reference, Type
from blueprint_cli.domain.parsing import Names, read_condition

NOW = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
USERS = (UUID(int=1), UUID(int=2))
STATES = ("open", "held", "done")
POSITION = Type(
    kind="value",
    name="Position",
    fields=(
        Field(name="lat", type=Type(kind="decimal", digits=8, scale=2)),
        Field(name="floor", type=Type(kind="int", low=-9, high=99), optional=True),
    ),
)
WORDS = {
    "count": "int(-9..9)",
    "spare": "int(-9..9) optional",
    "parts": "int(1..9)",
    "price": "decimal(8.2)",
    "rebate": "decimal(8.2) optional",
    "open": "bool",
    "paid": "bool optional",
    "title": "text(0..9)",
    "note": "text(0..9) optional",
    "tags": "[text(1..9)](0..3)",
    "starts_at": "datetime",
    "ends_at": "datetime optional",
    "due_on": "date",
    "back_on": "date optional",
    "opens": "time",
    "closes": "time optional",
    "takes": "duration",
    "pause": "duration optional",
    "owner": "ref identity.User",
    "helper": "ref identity.User optional",
    "kind": "Kind",
    "other": "Kind optional",
    "place": "Position optional",
    "base": "Position",
}
KIND = Type(kind="enum", name="Kind", values=("small", "large"))


class Scope:
    """The types and entities that the words name."""

    def own_type(self, name: str) -> Type:
        return {"Kind": KIND, "Position": POSITION}[name]

    def target(self, name: str) -> Reference:
        context, _, entity = name.partition(".")
        return Reference(context, entity)


FIELDS = [read_field(name, words, Scope()) for name, words in WORDS.items()]
NAMES = Names(
    owner="Thing",
    fields={
        **{one.name: Name((one.name,), one.type, ((one.name,),) * one.optional) for one in FIELDS},
        "status": Name(("status",), Type(kind="enum", values=STATES)),
    },
    context="things",
    roles=("admin", "desk", "user"),
    me=True,
    known=True,
)

_TEXTS = st.sampled_from(["", "a", "B", "ab", "Ä", "ß", "z"])
_TIMES = st.sampled_from([NOW + timedelta(minutes=one) for one in (-2881, -60, 0, 1, 60, 1500)])
_CENTS = st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100)
_PLACES = st.fixed_dictionaries({"lat": _CENTS, "floor": st.none() | st.integers(-2, 2)})
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-3, 4),
    "decimal": _CENTS,
    "bool": st.booleans(),
    "text": _TEXTS,
    "list": st.lists(st.just("a"), max_size=3).map(tuple),
    "datetime": _TIMES,
    "date": st.sampled_from([date(2026, 11, 29) + timedelta(days=one) for one in (-2, 0, 1, 40)]),
    "time": st.sampled_from([time(8), time(12, 30), time(23, 59)]),
    "duration": st.sampled_from([timedelta(hours=one) for one in (-1, 0, 1, 24, 60)]),
    "ref": st.sampled_from(USERS),
    "enum": st.sampled_from(KIND.values),
    "value": _PLACES,
}


def _of(field: Field) -> st.SearchStrategy[Any]:
    values = st.integers(1, 4) if field.name == "parts" else _VALUES[field.type.kind]
    return st.none() | values if field.optional else values


ROWS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {**{one.name: _of(one) for one in FIELDS}, "status": st.sampled_from(STATES)}
)
CALLERS = st.none() | st.tuples(st.sampled_from(USERS), st.sampled_from(NAMES.roles))


def as_object(row: Mapping[str, Any]) -> SimpleNamespace:
    """A row as Python's text finds it: attributes, of value objects, too."""
    inner = (
        (name, as_object(value) if isinstance(value, dict) else value)
        for name, value in row.items()
    )
    return SimpleNamespace(**dict(inner))


def _either(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


def _calculated(
    plain: st.SearchStrategy[str], signs: tuple[str, ...], factor: st.SearchStrategy[str] | None
) -> st.SearchStrategy[str]:
    return st.recursive(
        plain,
        lambda inner: st.tuples(
            inner, st.sampled_from(signs), inner if factor is None else factor
        ).map(lambda found: f"({found[0]}) {found[1]} ({found[2]})"),
        max_leaves=3,
    )


_NUMBERS = _calculated(
    _either(
        *("count", "spare", "parts", "price", "rebate", "0", "2", "-1", "0.5", "len(title)"),
        *("len(tags)", "len(note)", "place.lat", "place.floor", "base.floor", "-spare"),
    ),
    ("+", "-", "*", "/"),
    None,
)
_DURATIONS = _calculated(
    _either(
        *("takes", "pause", "hours(2)", "minutes(count)", "days(spare)", "ends_at - starts_at"),
        *("back_on - due_on", "now - starts_at", "-pause", "hours(1) * spare"),
    ),
    ("+", "-"),
    None,
)
_TIMED = _calculated(_either("starts_at", "ends_at", "now"), ("+", "-"), _DURATIONS)
_DAYS = _calculated(
    _either("due_on", "back_on", "today"), ("+", "-"), _either("days(2)", "days(spare)")
)
_WRITTEN = _either("title", "note", "lower(title)", "lower(note)", "'a'", "'ab'", "'Ä'")
_SIGNS = _either("==", "!=", "<", "<=", ">", ">=")


def _compared(
    side: st.SearchStrategy[str], signs: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.tuples(side, signs, side).map(" ".join)


_EQUAL = _either("==", "!=")
_LEAVES = st.one_of(
    _compared(_NUMBERS, _SIGNS),
    _compared(_DURATIONS, _SIGNS),
    _compared(_TIMED, _SIGNS),
    _compared(_DAYS, _SIGNS),
    _compared(_either("opens", "closes"), _SIGNS),
    _compared(_WRITTEN, _SIGNS),
    _compared(_either("status", "'open'", "'held'"), _EQUAL),
    _compared(_either("kind", "other", "'small'"), _EQUAL),
    _compared(_either("owner", "helper", "me"), _EQUAL),
    _compared(_either("me.role", "'desk'", "title", "note"), _EQUAL),
    _compared(_either("open", "paid", "True", "False"), _EQUAL),
    _either(
        *("open", "paid", "known(owner)", "known(helper)", "me is None", "ends_at is not None"),
        *("place is None", "place.floor is None", "status in ('open', 'held')", "me.role is None"),
        *("count in (1, 2)", "spare not in (0,)", "me.role in ('desk', 'admin')"),
        *("(spare + count) is None", "(count / spare) is not None", "note not in ('a', 'b')"),
        *("0 < count < 3", "0 < spare <= count", "me.role not in ('desk',)"),
    ),
)
TEXTS: st.SearchStrategy[str] = st.recursive(
    _LEAVES,
    lambda inner: (
        st.tuples(inner, _either("and", "or", "==", "!="), inner).map(
            lambda found: f"({found[0]}) {found[1]} ({found[2]})"
        )
        | st.tuples(inner, _either("and", "or"), inner, inner).map(
            lambda found: f"({found[0]}) {found[1]} ({found[2]}) {found[1]} ({found[3]})"
        )
        | inner.map(lambda found: f"not ({found})")
    ),
    max_leaves=5,
)


def condition(text: str) -> Expression:
    return read_condition(text, NAMES)
