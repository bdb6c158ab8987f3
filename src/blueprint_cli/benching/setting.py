"""Before the load: accounts and rows, and what each part of the project can be asked."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.people import PLAIN, VISITOR
from blueprint_cli.benching.project import example_of
from blueprint_cli.benching.ready_made import (
    CatalogLoad,
    IdentityLoad,
    NotificationsLoad,
    OrdersLoad,
)
from blueprint_cli.benching.workload import EntityLoad, Known, Row, Rows
from blueprint_cli.domain.model import ANYONE, OWNER, USER
from blueprint_cli.domain.naming import kebab
from blueprint_cli.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.benching.client import Client
    from blueprint_cli.benching.people import Account, People
    from blueprint_cli.benching.project import Examples
    from blueprint_cli.benching.workload import CanBeAsked, Example
    from blueprint_cli.domain.model import Entity
    from blueprint_cli.spec.model import Spec

USERS: Final = 5


def prepare(spec: Spec, client: Client, people: People, examples: Examples) -> list[CanBeAsked]:
    """Make accounts and rows, and return what can be asked.

    Raises:
        Failed: where the project refuses what its own examples make.
    """
    host = f"{client.host}:{client.port}"
    users = [people.named(f"bench {number}", PLAIN) for number in range(1, USERS + 1)]
    loads: list[CanBeAsked] = [IdentityLoad(host, users[0])]
    if "notifications" in spec.contexts:
        loads.append(NotificationsLoad(host, users[0]))
    if "catalog" in spec.contexts:
        catalog = CatalogLoad(host)
        catalog.fill(client, people, spec.slo.workload.rows)
        loads.append(catalog)
        if "orders" in spec.contexts:
            loads.append(OrdersLoad(host, users, catalog.rows))
    return [*loads, *_described(spec, client, people, examples)]


def _described(spec: Spec, client: Client, people: People, examples: Examples) -> list[EntityLoad]:
    accounts = {name: people.named(name, role) for name, role in examples.users.items()}
    entities = [one for context in spec.domain.contexts for one in context.entities]
    for roles in dict.fromkeys(roles for one in entities for roles in _allowed(one)):
        people.with_role(roles)  # while the load runs nobody has time to make an account
    rows = {f"{one.context}.{one.name}": Rows() for one in entities}
    made = _made(client, accounts, examples)
    loads = []
    for entity in entities:
        path = f"/v1/{kebab(entity.context)}/{entity.plural}"
        own = [(example, row) for example, row in made if example.path == path]
        known = rows[f"{entity.context}.{entity.name}"]
        known.all.extend(row for _, row in own)
        load = EntityLoad(
            f"{client.host}:{client.port}",
            entity,
            [example for example, _ in own],
            Known(people, accounts, rows),
        )
        load.fill(client, spec.slo.workload.rows)
        loads.append(load)
    return loads


def _allowed(entity: Entity) -> list[tuple[str, ...]]:
    """Return who reads an entity, and who runs each command of its own."""
    commands = [one for one in entity.commands if not one.is_crud and one.over_http]
    return [
        roles
        for roles in (entity.read, *(one.by for one in commands))
        if not {ANYONE, OWNER, USER} & set(roles)
    ]


def _made(
    client: Client, accounts: Mapping[str, Account], examples: Examples
) -> list[tuple[Example, Row]]:
    """Make the rows of tests/examples.py; what refers to a row that is refused is left out."""
    ids: dict[str, str] = {}
    users = {name: one.id for name, one in accounts.items()}
    made = []
    refused = []
    for one in examples.rows:
        try:
            example = example_of(one, ids, users)
        except KeyError:
            continue
        by = accounts.get(one.by, VISITOR)
        answer = client.ask("POST", one.path, dict(example.body), by.token)
        if answer.status != HTTPStatus.CREATED:
            refused.append(f"{one.name}: {answer.status} {(answer.data or {}).get('code', '')}")
            continue
        ids[one.name] = str(answer.data["id"])
        status = str(answer.data.get("status", ""))
        made.append((example, Row(ids[one.name], by, status, dict(example.body))))
    if examples.rows and not made:
        raise Failed(
            f"none of the rows of tests/examples.py can be made: {refused[0]}",
            hint="Write the functions that are still open, and mend the rows: make seed",
        )
    return made
