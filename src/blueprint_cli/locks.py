"""Locks between processes, which end with the process that holds them."""

from __future__ import annotations

import errno
from typing import Final

# What a system says that knows no locks: a network share, a mount of another system, a sandbox.
WITHOUT_LOCKS: Final = frozenset(
    {
        errno.ENOSYS,
        errno.ENOLCK,
        errno.EOPNOTSUPP,
        errno.ENOTSUP,
        errno.EINVAL,
        errno.EPERM,
        errno.EBADF,  # NFS says so of a folder, which can be opened for reading alone.
    }
)


def try_lock(descriptor: int, *, unknown: bool = True) -> bool:
    """Lock an open file; False where another process holds it.

    Args:
        descriptor: of the file.
        unknown: what counts where the file system knows no locks. By default it is ours: no other
            process could tell either.

    Raises:
        OSError: where the system refuses otherwise.
    """
    from filelock import lock_descriptor  # noqa: PLC0415 - 30 ms, only where something is written

    try:
        return lock_descriptor(descriptor, blocking=False)
    except OSError as error:
        if error.errno in WITHOUT_LOCKS:
            return unknown
        raise
