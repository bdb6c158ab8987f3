"""What production runs, for tests that look at each process."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from dev.brokers import roles_of
from dev.contexts import CONTEXTS
from kit.composition import Application
from kit.settings import load
from tests.events.test_roles import production


def applications(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Application]]:
    """Each with its name in Compose, in its roles; nothing is connected to."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "nowhere:9092")
    for context in CONTEXTS:
        monkeypatch.setenv(f"{context.upper()}_URL", f"http://{context}")
    for name, service in production().items():
        context = name.partition("-")[0]
        if context in CONTEXTS:
            # Without it, all that the context has.
            roles = service["environment"].get("ROLES") or ",".join(roles_of(context))
            monkeypatch.setenv("ROLES", roles)
            composition = import_module(f"{context}_service.composition")
            yield name, composition.build(load(composition.Settings))
