"""Before the load: accounts and rows, and what each part of the project can be asked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.cleaning import Made
from blueprint_cli.benching.leaving import command_of, entities_of
from blueprint_cli.benching.moving import Moves
from blueprint_cli.benching.people import PLAIN, VISITOR
from blueprint_cli.benching.project import example_of, rows_in
from blueprint_cli.benching.ready_made import (
    CatalogLoad,
    IdentityLoad,
    NotificationsLoad,
    OrdersLoad,
)
from blueprint_cli.benching.workload import CONFLICTS, EntityLoad, Known, Row, Rows
from blueprint_cli.domain.model import ANYONE, OWNER, USER
from blueprint_cli.domain.naming import kebab
from blueprint_cli.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprint_cli.benching.client import Client, Reply
    from blueprint_cli.benching.people import Account, People
    from blueprint_cli.benching.project import Examples
    from blueprint_cli.benching.workload import CanBeAsked, Example
    from blueprint_cli.domain.model import Entity
    from blueprint_cli.spec.model import Spec

USERS: Final = 5
# So long rows may take, all together, to be known in other contexts.
KNOWN_SECONDS: Final = 10.0


@dataclass
class Setting:
    """What can be asked, and what was made: also while it is still being prepared.

    ``later``: where rows of the examples are refused, as an earlier run has left such rows, they
    are made so many moves later; 0 where nobody can have left any. ``refused`` says which of them
    could not be made at all, and why.
    """

    loads: list[CanBeAsked] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    later: int = 0
    refused: list[str] = field(default_factory=list)


def prepare(
    spec: Spec, client: Client, people: People, examples: Examples, setting: Setting
) -> None:
    """Make accounts and rows, and put into ``setting`` what can be asked.

    Raises:
        Failed: where the project refuses what its own examples make.
        BenchRefused: where it does not let an account in that is given.
    """
    host = client.host
    users = [people.named(f"bench {number}", PLAIN) for number in range(1, USERS + 1)]
    setting.loads.append(IdentityLoad(host, people, users[0]))
    if "notifications" in spec.contexts:
        setting.loads.append(NotificationsLoad(host, users[0]))
    if "catalog" in spec.contexts:
        catalog = CatalogLoad(host)
        setting.made.append(Made("products", CatalogLoad.PATH, catalog.rows, ("admin",)))
        catalog.fill(client, people, spec.slo.workload.rows)
        setting.loads.append(catalog)
        if "orders" in spec.contexts:
            orders = OrdersLoad(host, users, catalog.rows)
            setting.made.append(Made("orders", OrdersLoad.PATH, orders.rows, ()))
            setting.loads.append(orders)
    _describe(spec, client, people, examples, setting)


def _describe(
    spec: Spec, client: Client, people: People, examples: Examples, setting: Setting
) -> None:
    accounts = {name: people.named(name, role) for name, role in examples.users.items()}
    entities = entities_of(spec)
    for roles in dict.fromkeys(roles for one in entities for roles in _allowed(one)):
        people.with_role(roles)  # while the load runs nobody has time to make an account
    rows = {f"{one.context}.{one.name}": Rows() for one in entities}
    paths = {f"/v1/{kebab(one.context)}/{one.plural}": one for one in entities}
    for path, entity in paths.items():
        delete = command_of(entity, "delete")
        name = f"{entity.context}.{entity.name}"
        setting.made.append(Made(name, path, rows[name], delete.by if delete else ()))
    own: dict[str, list[Example]] = {path: [] for path in paths}
    bodies: dict[str, list[Mapping[str, object]]] = {path: [] for path in paths}
    for one in examples.rows:
        bodies.setdefault(one.path, []).append(one.body)
    moves = {path: Moves(entity, bodies[path]) for path, entity in paths.items()}
    for example, row in _made(client, accounts, examples, moves, setting):
        if example.path in paths:
            entity = paths[example.path]
            rows[f"{entity.context}.{entity.name}"].add(row)
            own[example.path].append(example)
    for path, entity in paths.items():
        known = Known(people, accounts, rows)
        load = EntityLoad(client.host, entity, own[path], known, moves[path])
        load.fill(client, spec.slo.workload.rows)
        setting.loads.append(load)


def _allowed(entity: Entity) -> list[tuple[str, ...]]:
    """Return who reads an entity, and who runs each command of its own."""
    commands = [one for one in entity.commands if not one.is_crud and one.over_http]
    return [
        roles
        for roles in (entity.read, *(one.by for one in commands))
        if not {ANYONE, OWNER, USER} & set(roles)
    ]


def _made(
    client: Client,
    accounts: Mapping[str, Account],
    examples: Examples,
    moves: Mapping[str, Moves],
    setting: Setting,
) -> Iterator[tuple[Example, Row]]:
    """Make the rows of tests/examples.py; what refers to a row that is refused is left out."""
    ids: dict[str, str] = {}
    paths: dict[object, str] = {}
    patience = KNOWN_SECONDS
    users = {name: one.id for name, one in accounts.items()}
    for number, one in enumerate(examples.rows):
        try:
            example = example_of(one, ids, users)
        except KeyError:
            continue
        by = accounts.get(one.by, VISITOR)
        row = _Row(example, by, moves.get(one.path), number, setting.later)
        example, answer = row.asked(client)
        refers = {paths.get(name) for name in rows_in(one.body)}
        elsewhere = any(path and _context(path) != _context(one.path) for path in refers)
        while elsewhere and answer.status != HTTPStatus.CREATED and patience > 0:
            time.sleep(KNOWN_SECONDS / 20)  # another context hears of a row a little later
            patience -= KNOWN_SECONDS / 20
            example, answer = row.asked(client)
        if answer.status != HTTPStatus.CREATED or "id" not in answer.data:
            setting.refused.append(f"{one.name}: {answer.status} {answer.data.get('code', '')}")
            continue
        ids[one.name] = str(answer.data["id"])
        paths[one.name] = one.path
        status = str(answer.data.get("status", ""))
        yield example, Row(ids[one.name], by, status, dict(example.body))
    if examples.rows and not ids:
        raise Failed(
            f"none of the rows of tests/examples.py can be made: {setting.refused[0]}",
            hint="Write the functions that are still open, and mend the rows: make seed",
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the examples, as it is asked for."""

    example: Example
    by: Account
    move: Moves | None
    number: int
    later: int

    def asked(self, client: Client) -> tuple[Example, Reply]:
        """Ask for it, moved where it is refused; return it as it was asked for at last."""
        example, move = self.example, self.move
        answer = client.ask("POST", example.path, dict(example.body), self.by.token)
        for earlier in (False, True):
            if answer.status not in CONFLICTS or move is None:
                break
            # An earlier run has left rows there, or they lie on the wrong side of now.
            move.first, move.earlier = self.later or 1, earlier
            body = {name: move.of(name, value, self.number) for name, value in example.body.items()}
            answer = client.ask("POST", example.path, body, self.by.token)
            if answer.status not in CONFLICTS:
                return replace(example, body=body), answer
        return example, answer


def _context(path: str) -> str:
    return path.split("/")[2]
