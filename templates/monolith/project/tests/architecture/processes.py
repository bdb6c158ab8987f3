"""What production runs, for tests that look at each process."""

from collections.abc import Iterator

import pytest

from app.composition import build
from app.settings import from_environment
from kit.composition import Application


def applications(_: pytest.MonkeyPatch) -> Iterator[tuple[str, Application]]:
    """Each with its name; nothing is connected to."""
    yield "server", build(from_environment())
