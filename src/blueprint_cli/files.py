"""The one way to write a file whole: whoever interrupts it keeps the old one."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PLAIN_MODE: Final = 0o666
BINARY: Final = getattr(os, "O_BINARY", 0)
# What stands here is a way to something that is open, and nothing that could be replaced.
OPEN_ALREADY: Final = ("/dev/", "/proc/")


def write_whole(path: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Replace a file at once; where a link leads, and with the owner and the mode that it has.

    A pipe, a terminal or a redirected standard stream, which cannot be replaced, is written to.

    Args:
        path: the file.
        content: its bytes; text becomes UTF-8, with what UTF-8 has no letter for escaped.
        mode: permission bits from which the umask is taken, also where the file had others; without
            them the file keeps its own, and a new one may be read and written.

    Raises:
        OSError: where it cannot be written.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    if _written_to_stream(path, data):
        return
    target = path.resolve() if path.is_symlink() else path
    if str(path).startswith(OPEN_ALREADY) or (target.exists() and not target.is_file()):
        path.write_bytes(data)
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY
    try:
        descriptor = os.open(beside, flags, PLAIN_MODE if mode is None else mode)
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - it is a descriptor
            stream.write(data)
        if mode is None and target.exists():
            _keep_owner_and_mode(target, beside)
        beside.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)


def _written_to_stream(path: Path, data: bytes) -> bool:
    """Write to standard output or error where the path is the file that one is redirected to."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        with contextlib.suppress(OSError, ValueError):  # Closed, or no file of the system's.
            descriptor = stream.fileno()
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and os.path.samestat(found, path.stat()):
                stream.flush()
                with open(descriptor, "wb", closefd=False) as written:
                    written.write(data)
                return True
    return False


def _keep_owner_and_mode(old: Path, new: Path) -> None:
    found = old.stat()
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # Only root may give a file away.
            os.chown(new, found.st_uid, found.st_gid)
    new.chmod(stat.S_IMODE(found.st_mode))
