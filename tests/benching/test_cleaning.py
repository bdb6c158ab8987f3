"""What a bench made is deleted again: whole, in an order that holds, and what is left is said."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from blueprint_cli.benching.address import address_of
from blueprint_cli.benching.cleaning import Left, Made, clean
from blueprint_cli.benching.people import Account
from blueprint_cli.benching.workload import Row, Rows
from tests.benching.servers import serving

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

OWNER = Account("owner", "user", "u-1", "token-of-the-owner")
CLERK = Account("clerk", "clerk", "u-2", "token-of-the-clerk")


class Somebody:
    registered = 0

    def renew(self) -> None:
        """Nobody's token ends here."""

    def with_role(self, roles: Iterable[str]) -> Account | None:
        return CLERK if "clerk" in roles else None


def made(name: str, count: int, *delete_by: str) -> Made:
    rows = Rows()
    for number in range(count):
        rows.add(Row(f"{name}-{number}", OWNER, "", {}))
    return Made(name, f"/v1/notes/{name}", rows, delete_by)


def said(status: int) -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()


def test_what_is_referred_to_goes_last_and_what_nobody_deletes_is_said() -> None:
    there = {f"note-{n}" for n in range(30)} | {f"folder-{n}" for n in range(3)}
    by: Counter[bytes] = Counter()

    async def answer(head: bytes) -> bytes:
        path = head.split()[1].decode()
        row = path.rpartition("/")[2]
        assert head.startswith(b"DELETE /v1/notes/")
        if row.startswith("folder") and any(one.startswith("note") for one in there):
            return said(409)
        by[head.partition(b"Bearer ")[2].split()[0]] += 1
        there.discard(row)
        return said(204)

    # The folders stand last, as no model orders them: they are refused first.
    parts = [made("note", 30, "owner"), made("order", 4), made("folder", 3, "clerk")]
    parts[1].rows.asked, parts[1].rows.answered = 6, 4
    people: Any = Somebody()
    with serving(answer) as port:
        deleted, left = clean(parts, address_of(f"http://127.0.0.1:{port}"), people)
    assert (deleted, there) == (33, set())
    assert by == {b"token-of-the-owner": 30, b"token-of-the-clerk": 3}
    assert left == (Left("order", 4, 2),)
    assert str(left[0]) == "order (4, and 2 not answered)"


def test_a_gateway_that_lets_fewer_through_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blueprint_cli.benching.cleaning.PAUSE_SECONDS", 0.01)
    asked: Counter[bytes] = Counter()

    async def answer(head: bytes) -> bytes:
        path = head.split()[1]
        asked[path] += 1
        return said((429, 503, 204)[min(asked[path], 3) - 1])

    people: Any = Somebody()
    with serving(answer) as port:
        address = address_of(f"http://127.0.0.1:{port}")
        assert clean([made("note", 5, "clerk")], address, people) == (5, ())


def test_a_project_that_went_away_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blueprint_cli.benching.cleaning.PAUSE_SECONDS", 0.01)
    people: Any = Somebody()
    deleted, left = clean([made("note", 500, "clerk")], address_of("http://127.0.0.1:1"), people)
    assert (deleted, left) == (0, (Left("note", 500),))
