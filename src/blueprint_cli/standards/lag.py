"""Whether a project lags behind its standard, and since when it may not; it asks hosts."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blueprint_cli.errors import SpecInvalid
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.newest import newer_version
from blueprint_cli.spec.document import decode, parse_document
from blueprint_cli.standards.model import FILE
from blueprint_cli.standards.opening import open_standard

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprint_cli.standards.standard import Standard


@dataclass(frozen=True, slots=True)
class Lag:
    """A later version of a standard, and the first day that one of those since then has set."""

    newest: str
    current_from: dt.date | None

    def is_overdue(self, today: dt.date) -> bool:
        """Whether a project has to be at a later version by now."""
        return self.current_from is not None and today >= self.current_from


def lag_of(standard: Standard) -> Lag | None:
    """Return how a kept standard lags behind; None where it is the newest.

    Of a folder or an archive, which have no versions, what is there now is compared.

    Raises:
        BlueprintError: where its source cannot be had.
    """
    choice = standard.choice
    address = read_address(choice.source)
    if address.kind in ("folder", "archive"):
        now = open_standard(choice.source)
        if now.files == standard.files:
            return None
        return Lag(now.version or "another content", _first([now.files[FILE]]))
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        newer = newer_version(address, choice.ref, choice.commit, Path(folder), file=FILE)
    return None if newer is None else Lag(newer.ref, _first(newer.contents))


def _first(contents: Iterable[bytes]) -> dt.date | None:
    """Return the earliest day that some versions have set."""
    days = [day for content in contents if (day := _day_of(content)) is not None]
    return min(days, default=None)


def _day_of(content: bytes) -> dt.date | None:
    """Return the day that one sets; None also where this version cannot read it."""
    try:
        day = parse_document(decode(content, FILE), FILE).data.get("current_from")
        return dt.date.fromisoformat(day) if isinstance(day, str) else None
    except (SpecInvalid, ValueError):
        return None
