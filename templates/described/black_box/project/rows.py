"""Requests for rows, each ready to be sent, and what the suite asks of their answers."""

import secrets
import string
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from tests.blackbox.client import Json, eventually
from tests.blackbox.people import Person

NOW: Final = datetime.now(UTC).replace(microsecond=0)
"""When the suite began; what it says of times since then holds for an hour."""
MONDAY: Final = NOW.replace(hour=12, minute=0, second=0) + timedelta(days=7 - NOW.weekday())
"""The next one's noon: an ordinary time to come for rules that the suite does not know."""
KEY: Final = "Idempotency-Key"
_drawn: set[str] = set()


def moment(since: datetime = NOW, **after: float) -> str:
    return (since + timedelta(**after)).isoformat().replace("+00:00", "Z")


def day(days: int = 0, since: datetime | None = None) -> str:
    """So many days after today, or after another day."""
    return ((since or datetime.now(UTC)).date() + timedelta(days=days)).isoformat()


def drawn(*places: str) -> str:
    """A text with one character of each place, not drawn before where there still is one."""
    text = ""
    for _ in range(1000):
        text = "".join(secrets.choice(one) for one in places)
        if text not in _drawn:
            break
    _drawn.add(text)
    return text


def drawn_number(least: int, most: int) -> int:
    """A number that was not drawn before, where there still is one."""
    number = least
    for _ in range(1000):
        number = least + secrets.randbelow(most - least + 1)
        if f"{number}" not in _drawn:
            break
    _drawn.add(f"{number}")
    return number


def letters(number: int) -> str:
    """A text of so many that was not drawn before."""
    return drawn(*number * [string.ascii_lowercase])


@dataclass(frozen=True)
class Request:
    """A request by somebody who may send it; `row` is what it is about, `owner` whose that is.

    `once_known` are the codes of what is refused until others know of a row that is new.
    """

    by: Person
    method: str
    path: str
    body: Json | None = None
    row: Json = field(default_factory=dict)
    owner: str = ""
    once_known: tuple[str, ...] = ()

    def sent(
        self,
        by: Person | None = None,
        headers: dict[str, str] | None = None,
        body: Json | None = None,
        expected: str = "",
    ) -> httpx.Response:
        """Sends it, or what differs from it; a change of fields needs the version."""
        if headers is None and self.method == "PATCH":
            headers = {"If-Match": f'"{self.row["version"]}"'}
        sender, body = by or self.by, self.body if body is None else body
        return eventually(
            lambda: sender.send(self.method, self.path, body, headers),
            lambda answer: code_of(answer) == expected or code_of(answer) not in self.once_known,
        )

    def done(self) -> Json:
        """Sends it; the row as it is then, empty where there is none any more."""
        answer = self.sent()
        assert answer.is_success, f"{self.method} {self.path} {self.body}: {answer.text}"
        row: Json = answer.json() if answer.content else {}
        return row

    def refused(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        answer = self.sent(headers=headers, expected=code)
        assert (answer.status_code, code_of(answer)) == (status, code), (
            f"{self.method} {self.path} {self.body}: {answer.text}"
        )

    def given(self, *names: str) -> Json:
        """What it gives some fields."""
        assert self.body is not None
        return {name: self.body[name] for name in names}


def code_of(answer: httpx.Response) -> str:
    """That of the problem; empty where it is none."""
    return str(answer.json()["code"]) if answer.is_error else ""


def at_once(*requests: Request) -> list[tuple[int, str]]:
    """Sends requests at the same time; the statuses and codes in order."""
    with ThreadPoolExecutor(len(requests)) as pool:
        answers = list(pool.map(Request.sent, requests))
    return sorted((answer.status_code, code_of(answer)) for answer in answers)


# Reading


def rows_of(reader: Person, path: str, /, **query: Any) -> list[Json]:
    """Every row of a list, over all pages."""
    rows: list[Json] = []
    query.setdefault("limit", 100)
    while True:
        answer = reader.send("GET", path, **query)
        assert answer.is_success, answer.text
        page = answer.json()
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        query["cursor"] = page["next_cursor"]


def ids(rows: list[Json]) -> list[str]:
    return [row["id"] for row in rows]


def read_as(person: Person, path: str, row: Json, status: int) -> None:
    """Reading one has a status; the list has it for those who may read it."""
    answer = person.send("GET", f"{path}/{row['id']}")
    assert answer.status_code == status, answer.text
    if status == httpx.codes.UNAUTHORIZED:
        assert person.send("GET", path).status_code == status
    else:
        assert (row["id"] in ids(rows_of(person, path))) == answer.is_success


def not_read_again(reader: Person, path: str, row: Json) -> None:
    """What has not changed is not sent again."""
    answer = reader.send("GET", f"{path}/{row['id']}")
    tag = answer.headers["etag"]
    assert tag == f'"{row["version"]}"'
    again = reader.send("GET", f"{path}/{row['id']}", None, {"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def sorted_by(
    reader: Person, path: str, name: str, key: Callable[[Any], Any], change: Callable[[], object]
) -> None:
    """In both directions, page by page, while rows change; ties by id, nothing is last."""
    for sort, descending in ((name, False), (f"-{name}", True)):
        paged_while(reader, path, change, sort=sort)
        rows = rows_of(reader, path, sort=sort)
        given = [row for row in rows if row[name] is not None]
        none = [row for row in rows if row[name] is None]
        given.sort(key=lambda row: (key(row[name]), row["id"]), reverse=descending)
        none.sort(key=lambda row: str(row["id"]), reverse=descending)
        assert ids(rows) == ids([*given, *none])


def paged_while(reader: Person, path: str, change: Callable[[], object], /, **query: Any) -> None:
    """While rows come and go, none is read twice, and none is lost that was there all the time."""
    before = ids(rows_of(reader, path, **query))
    query["limit"] = min(100, len(before) // 3 + 1)
    page = reader.send("GET", path, **query).json()
    change()
    read = ids(page["items"])
    if page["next_cursor"] is not None:
        read += ids(rows_of(reader, path, **query, cursor=page["next_cursor"]))
    assert len(set(read)) == len(read)
    remained = set(ids(rows_of(reader, path)))
    assert [id_ for id_ in before if id_ in remained] == [
        id_ for id_ in read if id_ in before and id_ in remained
    ]


def filtered_by(
    reader: Person, path: str, name: str, rows: list[Json], *, bounded: bool = False
) -> None:
    """By each value, by several, and between two where it has an order."""
    values = list(dict.fromkeys(in_a_query(row[name]) for row in rows if row[name] is not None))
    for asked in (values[:1], values):
        found = rows_of(reader, path, **{name: asked})
        assert {in_a_query(row[name]) for row in found} == set(asked)
        expected = {row["id"] for row in rows if in_a_query(row[name]) in asked}
        assert expected <= set(ids(found))
    if bounded:
        (row,) = [row for row in rows if in_a_query(row[name]) == values[0]][:1]
        assert row["id"] in ids(rows_of(reader, path, **{f"{name}_from": values[0]}))
        assert row["id"] not in ids(rows_of(reader, path, **{f"{name}_to": values[0]}))


def in_a_query(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def appears(reader: Person, path: str, cause: Callable[[], object]) -> Json:
    """The row that is there once something happened."""
    before = set(ids(rows_of(reader, path)))
    cause()
    rows = eventually(
        lambda: [row for row in rows_of(reader, path) if row["id"] not in before], bool
    )
    return rows[0]


def found_once(reader: Person, path: str, expected: Json) -> None:
    """There is one row with these fields, sooner or later."""

    def found() -> list[Json]:
        return [row for row in rows_of(reader, path) if expected.items() <= row.items()]

    assert len(eventually(found, bool)) == 1


# Versions, keys, e-mail


def only_with_its_version(request: Request) -> None:
    """Refuses a version that is not the row's."""
    for stale in ('"99"', '"0"'):
        request.refused(412, "precondition_failed", headers={"If-Match": stale})
    if request.method == "PATCH":
        request.refused(428, "precondition_required", headers={})
    tag = f'"{request.row["version"]}"'
    assert request.sent(headers={"If-Match": tag}).is_success


def once_by_its_key(request: Request) -> None:
    """A repeat gets the first answer; another body is refused."""
    headers = {KEY: secrets.token_hex(16)}
    first = request.sent(headers=headers)
    assert first.is_success, first.text
    assert "idempotency-replayed" not in first.headers
    again = request.sent(headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    other = request.sent(headers=headers, body={**(request.body or {}), "other": 1})
    assert (other.status_code, code_of(other)) == (422, "idempotency_key_reused")


def notified_once(person: Person, kind: str, about: str) -> None:
    """A user is told of a row."""

    def found() -> list[Json]:
        rows = rows_of(person, "/v1/notifications")
        return [row for row in rows if (row["kind"], row["about"]) == (kind, about)]

    (told,) = eventually(found, bool)
    assert told["subject"]
