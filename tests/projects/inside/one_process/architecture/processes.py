"""What production runs, for tests that look at each process."""

from collections.abc import Iterator

import pytest

from app.composition import Settings, build
from kit.composition import Application
from kit.settings import load


def applications(_: pytest.MonkeyPatch) -> Iterator[tuple[str, Application]]:
    """Each with its name; nothing is connected to."""
    yield "server", build(load(Settings))
