"""The rules, in the order of their ids: a rule that is not listed here does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.checking.rules import (
    actions,
    containers,
    contexts,
    described,
    images,
    import_contracts,
    leftovers,
    lint,
    managed,
    record,
    secrets,
    spec,
    standard,
    version,
)

if TYPE_CHECKING:
    from blueprint_cli.checking.finding import Rule

RULES: Final[tuple[Rule, ...]] = (
    spec.INVALID,
    record.DAMAGED,
    managed.CHANGED,
    managed.MISSING,
    version.BEHIND,
    managed.IGNORED,
    leftovers.CONFLICT_MARKER,
    leftovers.REJECTED_CHANGE,
    leftovers.NO_PLACE,
    secrets.PRIVATE_KEY,
    secrets.SECRET,
    secrets.ENVIRONMENT_FILE,
    import_contracts.SWITCHED_OFF,
    lint.SWITCHED_OFF,
    contexts.WITHOUT_FOLDER,
    contexts.NOT_IN_SPEC,
    described.WITHOUT_CODE,
    described.NOT_DESCRIBED,
    described.OPEN_FUNCTION,
    described.BROKEN_EVENT,
    described.BROKEN_BY_TIME,
    described.UNKNOWN_FORMER_NAME,
    containers.NO_HEALTH_CHECK,
    containers.ROOT,
    images.FLOATING,
    actions.UNPINNED,
    standard.DAMAGED,
    standard.ANOTHER,
    standard.LOCKED,
    standard.NOT_ALLOWED,
    standard.BEHIND,
    standard.OVERDUE,
)
