"""What a load asks: reads, lists, creates and commands of every context, as the model has them."""

from __future__ import annotations

import itertools
import json
import random
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

from blueprint_cli.benching.client import keys_in
from blueprint_cli.benching.load import Request
from blueprint_cli.benching.people import VISITOR, Account
from blueprint_cli.domain.model import ANYONE, OWNER, USER
from blueprint_cli.domain.naming import kebab
from blueprint_cli.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from blueprint_cli.benching.client import Client
    from blueprint_cli.benching.connections import Answer
    from blueprint_cli.benching.moving import Moves
    from blueprint_cli.benching.people import People
    from blueprint_cli.domain.model import Command, Entity, Field

SEED: Final = 20
# A known row is asked for again and again, the newest more often: as many are remembered.
REMEMBERED: Final = 5_000
MOST_REFUSED: Final = 20
# So often in a row there may be no row in the right state.
MOST_NOTHING: Final = 10_000
CONFLICTS: Final = frozenset(
    {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.UNPROCESSABLE_ENTITY}
)


@dataclass(slots=True)
class Row:
    """A row that the load knows: whose it is, its state, and the example that it was made like."""

    id: str
    by: Account
    status: str
    body: dict[str, Any]


@dataclass
class Rows:
    """The rows of an entity that are there, the newest last.

    ``made`` are those that the bench made, all of them; ``asked`` is how many it wanted made, and
    ``answered`` of how many it knows what became of them.
    """

    all: deque[Row] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    made: list[tuple[str, Account]] = field(default_factory=list)
    asked: int = 0
    answered: int = 0

    def add(self, row: Row) -> None:
        """Remember a row that was made."""
        self.all.append(row)
        self.made.append((row.id, row.by))

    def any(self, draw: random.Random, states: tuple[str, ...] = ()) -> Row | None:
        """Return one of them, in one of the states."""
        for _ in range(8):
            if not self.all:
                return None
            row = self.all[draw.randrange(len(self.all))]
            if not states or row.status in states:
                return row
        return None


@dataclass(frozen=True, slots=True)
class Known:
    """Who there is, by the names that examples have for them, and the rows of each entity."""

    people: People
    accounts: Mapping[str, Account]
    rows: Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Example:
    """A row that the project's tests/examples.py has; ``by`` is a user's name."""

    path: str
    by: str
    body: Mapping[str, Any]


def wire(
    host: str, method: str, path: str, token: str = "", body: object = None, **more: str
) -> bytes:
    """Return a request's bytes."""
    content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None or method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


class EntityLoad:
    """The requests of one described entity."""

    def __init__(
        self, host: str, entity: Entity, examples: list[Example], known: Known, moves: Moves
    ) -> None:
        self._host = host
        self._entity = entity
        self._path = f"/v1/{kebab(entity.context)}/{entity.plural}"
        self._examples = examples
        self._moves = moves
        self._people, self._accounts, rows = known.people, known.accounts, known.rows
        self._rows = rows
        self._own = rows[f"{entity.context}.{entity.name}"]
        self._count = itertools.count(1 + len(examples))  # whose own may end in the first numbers
        self._draw = random.Random(SEED)  # noqa: S311 - no secret is made of it
        self._create = next((one for one in entity.commands if one.name == "create"), None)

    @property
    def kinds(self) -> dict[str, Callable[[], Request | None]]:
        """What can be asked of it: reads, lists, creates, commands."""
        found: dict[str, Callable[[], Request | None]] = {"reads": self.read, "lists": self.list}
        if self._create is not None and self._examples and not self._wants_new_users:
            found["creates"] = self.create
        if any(self._can_run(one) for one in self._entity.commands):
            found["commands"] = self.command
        return found

    def fill(self, client: Client, count: int) -> None:
        """Make rows until there are so many; fewer where the domain refuses them."""
        refused = 0
        turned = False
        while len(self._own.all) < count and refused < MOST_REFUSED and "creates" in self.kinds:
            example = self._examples[next(self._count) % len(self._examples)]
            by, body = self._accounts[example.by], self.varied(example)
            made = client.ask("POST", self._path, body, by.token) if body is not None else None
            if made is None or made.status != HTTPStatus.CREATED or "id" not in made.data:
                refused += 1
                if not turned and made is not None and made.status in CONFLICTS:
                    # What may not lie ahead has been; where it is that, the next one is made.
                    turned, self._moves.earlier = True, not self._moves.earlier
                continue
            status = str(made.data.get("status", ""))
            self._own.add(Row(str(made.data["id"]), by, status, dict(example.body)))

    def read(self) -> Request | None:
        """Read a row that is there."""
        row = self._own.any(self._draw)
        if row is None:
            return None
        token = self._reader(row).token
        route = f"GET {self._path}/{{id}}"
        return Request(
            route, wire(self._host, "GET", f"{self._path}/{row.id}", token), how_it_ended
        )

    def list(self) -> Request | None:
        """List the first rows."""
        row = self._own.any(self._draw)
        reader = VISITOR if ANYONE in self._entity.read else self._reader(row)
        wanted = f"{self._path}?limit=20"
        return Request(
            f"GET {self._path}", wire(self._host, "GET", wanted, reader.token), how_it_ended
        )

    def create(self) -> Request | None:
        """Make a row, of a body that no other row has."""
        example = self._examples[next(self._count) % len(self._examples)]
        by, body = self._accounts[example.by], self.varied(example)
        if body is None:
            return None

        self._own.asked += 1

        def answered(answer: Answer) -> str:
            self._own.answered += 1
            if answer.status != HTTPStatus.CREATED:
                return how_it_ended(answer)
            made = keys_in(answer.body)
            if "id" not in made:
                return "error"
            status = str(made.get("status", ""))
            self._own.add(Row(str(made["id"]), by, status, dict(example.body)))
            return "ok"

        return Request(
            f"POST {self._path}", wire(self._host, "POST", self._path, by.token, body), answered
        )

    def command(self) -> Request | None:
        """Run a command of the domain's own on a row in a state that allows it."""
        commands = [one for one in self._entity.commands if self._can_run(one)]
        command = commands[self._draw.randrange(len(commands))]
        row = self._own.any(self._draw, command.from_states)
        if row is None:
            return None
        by = (
            row.by
            if OWNER in command.by or USER in command.by
            else self._people.with_role(command.by)
        )
        if by is None:
            return None
        body = {
            name: value
            for name, value in (self.varied(self._example_of(row)) or {}).items()
            if name in command.takes
        }
        name = kebab(command.name)
        if command.to:
            row.status = ""  # nobody else runs one on it until the answer is there

        def answered(answer: Answer) -> str:
            if answer.status == HTTPStatus.OK:
                row.status = str(keys_in(answer.body).get("status", ""))
            return how_it_ended(answer)

        return Request(
            f"POST {self._path}/{{id}}/{name}",
            wire(self._host, "POST", f"{self._path}/{row.id}/{name}", by.token, body),
            answered,
        )

    def _example_of(self, row: Row) -> Example:
        return Example(self._path, row.by.name, row.body)

    def _can_run(self, command: Command) -> bool:
        return not command.is_crud and command.over_http

    def _reader(self, row: Row | None) -> Account:
        read = self._entity.read
        if ANYONE in read:
            return VISITOR
        if row is not None and (OWNER in read or USER in read):
            return row.by
        return self._people.with_role(read) or VISITOR

    def varied(self, example: Example) -> dict[str, Any] | None:
        """Return a body like an example's that no other row has; None where a row is missing.

        A reference means any row that is there; for all else see `Moves`.
        """
        number = next(self._count)
        body: dict[str, Any] = {}
        for name, value in example.body.items():
            of = self._entity.by_name.get(name)
            if of is None:
                body[name] = value
                continue
            if of.type.kind == "ref":
                found = self._reference(of, value)
                if found is None:
                    return None
                body[name] = found
            else:
                body[name] = self._moves.of(name, value, number)
        return body

    @property
    def _wants_new_users(self) -> bool:
        """Whether each row wants a user that no other has: that would measure registrations."""
        return any(
            one.unique and one.type.target is not None and one.type.target.context == "identity"
            for one in self._entity.references
        )

    def _reference(self, of: Field, value: object) -> str | None:
        target = of.type.target
        if target is None:
            return None
        if target.context == "identity":
            return str(value)
        row = self._rows.get(f"{target.context}.{target.entity}", Rows()).any(self._draw)
        return None if row is None else row.id


def how_it_ended(answer: Answer) -> str:
    """Say how a request ended: what the domain says no to is no error."""
    if HTTPStatus.OK <= answer.status < HTTPStatus.BAD_REQUEST:
        return "ok"
    return "refused" if answer.status in CONFLICTS else "error"


class CanBeAsked(Protocol):
    """A part of a project that a load can ask something."""

    @property
    def kinds(self) -> dict[str, Callable[[], Request | None]]:
        """What can be asked: ``reads``, ``lists``, ``creates``, ``commands``, ``logins``."""


def mixed(
    loads: Sequence[CanBeAsked], shares: Mapping[str, float], draw: random.Random
) -> Iterator[Request]:
    """Yield requests for ever: each kind by its share, of any part that has it.

    Raises:
        Failed: where there is none.
    """
    asked = [one.kinds for one in loads]
    having = {kind: [one[kind] for one in asked if kind in one] for kind in shares}
    kinds = [kind for kind in shares if having[kind] and shares[kind] > 0]
    weights = [shares[kind] for kind in kinds]
    nothing = 0
    while nothing < MOST_NOTHING and kinds:
        [kind] = draw.choices(kinds, weights)
        make = having[kind][draw.randrange(len(having[kind]))]
        request = make()
        nothing = 0 if request is not None else nothing + 1
        if request is not None:
            yield request
    raise Failed(
        f"there is nothing that it could ask: {', '.join(kinds) or 'no share of anything'}",
        hint="Look at slo.workload in blueprint.yaml, and at the rows of tests/examples.py.",
    )
