"""Locks on file systems that have none, and on those that fail."""

import errno
import os
from pathlib import Path

import filelock
import pytest

from blueprint_cli.locks import WITHOUT_LOCKS, try_lock


@pytest.mark.parametrize("number", sorted(WITHOUT_LOCKS))
def test_where_there_are_no_locks_it_counts_as_ours(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(number, monkeypatch)
    with (tmp_path / "lock").open("w") as file:
        assert try_lock(file.fileno())
        assert not try_lock(file.fileno(), unknown=False)


def test_a_disk_that_fails_is_no_reason_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(errno.EIO, monkeypatch)
    with (
        (tmp_path / "lock").open("w") as file,
        pytest.raises(OSError, match=os.strerror(errno.EIO)),
    ):
        try_lock(file.fileno())


def refuse(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bool:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(filelock, "lock_descriptor", fail)
