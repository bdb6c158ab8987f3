"""Bodies that no two rows share what is unique in, whatever its type."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pytest

from blueprint_cli.benching.moving import Moves
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate

if TYPE_CHECKING:
    from blueprint_cli.domain.model import Entity

SPEC = """
blueprint: 1
project: {name: store}
pattern: monolith
contexts:
  identity: {}
  store:
    entities:
      Shelf: {fields: {name: 'text(1..20)'}}
      Thing:
        fields:
          shelf: ref Shelf
          place: int(1..1000000)
          serial: uuid unique
          label: text(1..20) unique
          number: int(0..) unique
          weight: decimal(12.2) unique
          page: url unique
          contact: email unique
          code: 'text(4..4) /[A-Z]{4}/ unique'
          batch: 'text(2..20) /[a-z]+-[0-9]{2}/ unique'
          kind: text(1..20)
          day: date
          amount: int(0..)
        unique:
          place_taken: "shelf, place"
          amount_taken: "day, amount"
"""
BODIES: list[dict[str, Any]] = [
    {
        "place": place,
        "serial": f"00000000-0000-7000-8000-00000000000{place // 10}",
        "label": f"Label {place}",
        "number": place,
        "weight": f"{place}.50",
        "page": f"https://example.com/{place}",
        "contact": f"thing{place}@example.com",
        "code": f"AAA{'ABC'[place // 10 - 1]}",
        "batch": f"a-0{place // 10 - 1}",
        "kind": "book",
        "day": f"2027-01-{place}",
        "amount": 5,
    }
    for place in (10, 20, 30)
]
UNIQUE = ("place", "serial", "label", "number", "weight", "page", "contact", "code", "batch", "day")


def things() -> Entity:
    document = parse_document(SPEC, "blueprint.yaml")
    [context] = validate(document.data, document).domain.contexts
    return next(one for one in context.entities if one.name == "Thing")


@pytest.mark.parametrize("name", UNIQUE)
def test_no_two_rows_have_the_same(name: str) -> None:
    moves = Moves(things(), BODIES)
    made = [moves.of(name, BODIES[number % 3][name], number) for number in range(4, 400)]
    every = [one[name] for one in BODIES] + made
    assert len(set(every)) == len(every)


def test_what_need_not_differ_stays() -> None:
    moves = Moves(things(), BODIES)
    assert moves.of("kind", "book", 7) == "book"
    assert moves.of("amount", 5, 7) == 5, "its days differ already"
    assert moves.of("weight", None, 7) is None


def test_a_day_stays_a_day_of_the_week_and_in_the_calendar() -> None:
    moves = Moves(things(), BODIES)
    for number in (1, 400, 10**6):
        later = dt.date.fromisoformat(moves.of("day", "2027-01-10", number))
        assert later.weekday() == dt.date(2027, 1, 10).weekday()


@pytest.mark.parametrize("name", ["code", "batch"])
def test_a_text_stays_within_its_pattern(name: str) -> None:
    moves = Moves(things(), BODIES)
    pattern = things().by_name[name].type.pattern
    for number in range(400):
        assert re.fullmatch(pattern, moves.of(name, BODIES[0][name], number))


def test_a_number_stays_within_its_range() -> None:
    moves = Moves(things(), BODIES)
    assert all(1 <= moves.of("place", 10, number) <= 1_000_000 for number in (1, 10**5, 10**7))


def test_a_later_run_has_other_rows() -> None:
    first, second = Moves(things(), BODIES), Moves(things(), BODIES, first=10_000)
    for name in UNIQUE:
        made = {first.of(name, BODIES[0][name], number) for number in range(300)}
        assert not made & {second.of(name, BODIES[0][name], number) for number in range(300)}
