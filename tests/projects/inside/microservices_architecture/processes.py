"""What production runs, for tests that look at each process."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from dev.contexts import CONTEXTS
from kit.composition import Application
from kit.settings import load


def applications(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Application]]:
    """Each with its name; nothing is connected to."""
    for context in CONTEXTS:
        monkeypatch.setenv(f"{context.upper()}_URL", f"http://{context}")
    for context in CONTEXTS:
        composition = import_module(f"{context}_service.composition")
        yield context, composition.build(load(composition.Settings))
