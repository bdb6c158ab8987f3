"""What the processes of a context do: each role may have processes of its own in production."""

from collections.abc import Collection, Sequence

from kit.messages import ContractEvent
from kit.settings import SettingsError
from kit_kafka.catalogue import event_classes
from kit_kafka.settings import Role
from kit_kafka.topics import service_of


def roles_of(
    context: str, reads: Sequence[type[ContractEvent]], *, serves: bool = True
) -> tuple[Role, ...]:
    """The roles in which a context has something to do, of those that ROLES may name.

    An API, unless it `serves` none; a relay of the events that it publishes; a consumer of those
    that it `reads`. The last of them does the periodic work, too.
    """
    publishes = any(service_of(kind) == context for kind in event_classes())
    has: dict[Role, bool] = {"api": serves, "relay": publishes, "consumer": bool(reads)}
    return tuple(role for role, something in has.items() if something)


def chosen(context: str, has: Sequence[Role], asked: Collection[Role]) -> frozenset[Role]:
    """What a process does: what ROLES asks for, or else all that the context has.

    Raises SettingsError for a role in which it would do nothing.
    """
    if idle := sorted({*asked} - {*has}):
        raise SettingsError(
            f"ROLES: {context} has nothing to do as {' and '.join(idle)};"
            f" its roles are {','.join(has)}"
        )
    return frozenset(asked or has)
