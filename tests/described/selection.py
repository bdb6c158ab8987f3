"""Which entities a test is for: what does not concern one is not tried with it."""

from collections.abc import Callable
from typing import Any, TypeVar

from blueprint_cli.domain.model import Entity, Model

Test = TypeVar("Test", bound=Callable[..., Any])
Holds = Callable[[Entity, Model], bool]
_CHOSEN: dict[str, Holds] = {}


def where(holds: Holds) -> Callable[[Test], Test]:
    """Try a test with the entities for which something holds."""

    def choose(test: Test) -> Test:
        _CHOSEN[test.__qualname__] = holds
        return test

    return choose


def concerns(test: Callable[..., Any], entity: Entity, model: Model) -> bool:
    """Whether a test is for an entity."""
    holds = _CHOSEN.get(test.__qualname__)
    return holds is None or holds(entity, model)
