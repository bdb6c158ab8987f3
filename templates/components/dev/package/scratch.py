"""A PostgreSQL for a moment, with nothing of the developer's in it."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dev.postgres import EmbeddedPostgres


@contextlib.contextmanager
def scratch_server() -> Iterator[str]:
    """The URL of a server that is gone after the block."""
    with (
        tempfile.TemporaryDirectory(prefix="scratch-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres", durable=False) as server,
    ):
        yield server.url
