"""The one way to write a file whole: whoever interrupts it keeps the old one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PLAIN_MODE: Final = 0o666
BINARY: Final = getattr(os, "O_BINARY", 0)


def write_whole(path: Path, content: str | bytes, *, mode: int = PLAIN_MODE) -> None:
    """Replace a file at once; a pipe or a terminal, which cannot be replaced, is written to.

    Args:
        path: the file.
        content: its bytes; text becomes UTF-8, with what UTF-8 has no letter for escaped.
        mode: permission bits from which the umask is taken.

    Raises:
        OSError: where it cannot be written.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY, mode)
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - it is a descriptor
            stream.write(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
