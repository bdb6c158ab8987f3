"""What a bench needs of a project that is up, and what of what it makes would stay there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.people import NO_ROLES, PLAIN
from blueprint_cli.domain.model import ANYONE, OWNER, USER
from blueprint_cli.errors import BenchRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from blueprint_cli.benching.accounts import Accounts
    from blueprint_cli.benching.project import Examples
    from blueprint_cli.domain.model import Command, Entity
    from blueprint_cli.spec.model import Spec

ADMIN: Final = "admin"
WITHOUT_ROLE: Final = frozenset({OWNER, USER, ANYONE})


def require_accounts(spec: Spec, given: Accounts, examples: Examples) -> None:
    """Hold accounts against what the load does.

    Raises:
        BenchRefused: with all that is missing.
    """
    wanted = dict.fromkeys(_wanted(spec, examples))
    missing = [
        f"{' or '.join(roles)}: {what}" for roles, what in wanted if not given.keys() & set(roles)
    ]
    if missing:
        raise BenchRefused(
            f"no account is given for {'; '.join(missing)}",
            hint="Give one by --accounts FILE or by the environment: "
            "BLUEPRINT_BENCH_<ROLE>_EMAIL and BLUEPRINT_BENCH_<ROLE>_PASSWORD.",
        )


def _wanted(spec: Spec, examples: Examples) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield roles of which one is needed, and what for."""
    for role in dict.fromkeys(examples.users.values()):
        if role != PLAIN:
            yield (role,), "it makes rows of tests/examples.py"
    if "catalog" in spec.contexts:
        yield (ADMIN,), "it makes products"
    for entity in entities_of(spec):
        name = _name(entity)
        if not WITHOUT_ROLE & set(entity.read):
            yield _roles(entity.read), f"it reads {name}"
        for command in entity.commands if spec.slo.workload.commands else ():
            if not command.is_crud and command.over_http and not WITHOUT_ROLE & set(command.by):
                yield _roles(command.by), f"it runs {command.name} of {name}"


def what_stays(spec: Spec, given: Accounts) -> list[str]:
    """Return a line for each kind of thing that the bench makes and cannot delete again."""
    found = []
    if PLAIN not in given:
        found.append("the users that it registers, as no account of role user is given")
    staying = _staying(spec, given)
    found += [f"{name}: {why}" for name, why in staying.items()]
    if "orders" in spec.contexts and "catalog" in spec.contexts and spec.slo.workload.creates:
        found.append("orders: they cannot be deleted")
    reactions = spec.domain.reactions
    found += [
        f"{one.context}.{one.entity} that {one.publisher}.{one.event.name} makes"
        for one in reactions
        if one.command == "create"
    ]
    if (
        any(one.is_email for one in reactions)
        or {"orders", "notifications"} <= spec.contexts.keys()
    ):
        found.append("notifications of what happens, and e-mail that is sent about it")
    return found


def entities_of(spec: Spec) -> list[Entity]:
    """Return every described entity."""
    return [entity for context in spec.domain.contexts for entity in context.entities]


def command_of(entity: Entity, name: str) -> Command | None:
    """Return its command of that name which has a route."""
    return next((one for one in entity.commands if one.name == name and one.over_http), None)


def _staying(spec: Spec, given: Accounts) -> dict[str, str]:
    """Return which entities' rows stay, and why; what these refer to stays as well.

    What a reaction makes stays whatever may be deleted of it: nobody knows which rows these are.
    """
    entities = entities_of(spec)
    created = {_name(one): one for one in entities if command_of(one, "create") is not None}
    reacted = {
        f"{one.context}.{one.entity}" for one in spec.domain.reactions if one.command == "create"
    }
    staying = {name: why for name, one in created.items() if (why := _why_it_stays(one, given))}
    more = True
    while more:
        held = {
            name: f"{_name(one)} refers to it, and stays"
            for one in entities
            if _name(one) in staying.keys() | reacted
            for field in one.references
            if (to := field.type.target) is not None
            and to.context == one.context
            and (name := f"{to.context}.{to.entity}") in created
        }
        more = bool(held.keys() - staying.keys())
        staying = held | staying
    return staying


def _name(entity: Entity) -> str:
    return f"{entity.context}.{entity.name}"


def _why_it_stays(entity: Entity, given: Accounts) -> str:
    delete = command_of(entity, "delete")
    if delete is None:
        return "it has no delete"
    if delete.needs or delete.from_states:
        return "its delete is not always allowed"
    create = command_of(entity, "create")
    owned = OWNER in delete.by and create is not None and entity.owner not in create.takes
    if owned or {USER, ANYONE} & set(delete.by) or given.keys() & set(delete.by):
        return ""
    return f"no account is given for {' or '.join(_roles(delete.by)) or OWNER}, who may delete it"


def _roles(by: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for one in by if one not in NO_ROLES)
