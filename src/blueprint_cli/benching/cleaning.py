"""What a bench made, deleted again."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from blueprint_cli.benching.client import Client
from blueprint_cli.benching.people import VISITOR
from blueprint_cli.domain.model import ANYONE, OWNER, USER
from blueprint_cli.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.benching.address import Address
    from blueprint_cli.benching.people import Account, People
    from blueprint_cli.benching.workload import Rows

AT_ONCE: Final = 4
# A gateway may let through fewer a second, and says so.
TRIES: Final = 30
PAUSE_SECONDS: Final = 0.5
GONE: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.OK, HTTPStatus.NOT_FOUND)
LATER: Final = HTTPStatus.TOO_MANY_REQUESTS
# After that the project is taken to be gone.
MOST_UNANSWERED: Final = 3


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of one kind that a bench made; ``delete_by`` is empty where nobody may delete."""

    name: str
    path: str
    rows: Rows
    delete_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """Rows that are still there; ``unknown`` were asked for, and no answer came."""

    name: str
    count: int
    unknown: int = 0

    def __str__(self) -> str:
        unknown = f", and {self.unknown} not answered" if self.unknown else ""
        return f"{self.name} ({self.count}{unknown})"


def clean(made: Sequence[Made], address: Address, people: People) -> tuple[int, tuple[Left, ...]]:
    """Delete what was made, the last first; return how many rows, and what is left.

    What is refused while something refers to it is tried again once that is gone.
    """
    with contextlib.suppress(Failed):
        people.renew()
    left = {one.name: list(one.rows.made) for one in made}
    deletable = [one for one in reversed(made) if one.delete_by]
    count = sum(len(rows) for rows in left.values())
    with _Project(address) as project, ThreadPoolExecutor(AT_ONCE) as threads:
        before = -1
        while before != (before := sum(len(left[one.name]) for one in deletable)) and before:
            for one in deletable:
                rows = left[one.name]
                paths = [f"{one.path}/{row}" for row, _ in rows]
                by = [_who(one, owner, people) for _, owner in rows]
                gone = threads.map(project.deletes, paths, by)
                left[one.name] = [
                    row for row, is_gone in zip(rows, gone, strict=True) if not is_gone
                ]
    found = [
        Left(one.name, len(left[one.name]), one.rows.asked - one.rows.answered) for one in made
    ]
    found.append(Left("users", people.registered))
    still = tuple(one for one in found if one.count or one.unknown)
    return count - sum(len(rows) for rows in left.values()), still


class _Project:
    """Deletes rows, from several threads at once."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._own = threading.local()
        self._clients: list[Client] = []
        self._away = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()

    def deletes(self, path: str, by: Account) -> bool:
        """Whether the row is gone."""
        client = self._client()
        unanswered = 0
        for _ in range(TRIES):
            if self._away.is_set():
                break
            try:
                status = client.ask("DELETE", path, token=by.token).status
            except Failed:
                unanswered += 1
                if unanswered == MOST_UNANSWERED:
                    self._away.set()
            else:
                if status < HTTPStatus.INTERNAL_SERVER_ERROR and status != LATER:
                    return status in GONE
            time.sleep(PAUSE_SECONDS)
        return False

    def _client(self) -> Client:
        """Return this thread's."""
        if not hasattr(self._own, "client"):
            self._own.client = Client(self._address)
            self._clients.append(self._own.client)
        client: Client = self._own.client
        return client


def _who(made: Made, owner: Account, people: People) -> Account:
    if {OWNER, USER} & set(made.delete_by):
        return owner
    if ANYONE in made.delete_by:
        return VISITOR
    return people.with_role(made.delete_by) or owner
