"""What a process does when it starts, besides what its requests show."""

import gc
from collections.abc import Iterator

import pytest

from kit.server import spare_the_collector


@pytest.fixture
def _own_collector() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("_own_collector")
def test_the_collector_looks_at_new_objects_only_and_finds_cycles_among_them() -> None:
    spare_the_collector()
    assert not gc.get_objects(generation=2)
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() > 0
