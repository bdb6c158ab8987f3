"""Whether what projects are from has a later version: each source is asked once for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blueprint_cli.errors import BlueprintError
from blueprint_cli.record.render import BUILTIN
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.newest import newer_version
from blueprint_cli.sources.repository import open_repository

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.fleet.standing import Origin, Standing


@dataclass(frozen=True, slots=True)
class Lag:
    """What is known of each source.

    ``online`` asks the hosts. Otherwise a repository is known as it was when it was last asked, and
    not at all where it never was.
    """

    scratch: Path
    online: bool = False
    asked: set[str] = field(default_factory=set)
    known: dict[tuple[str, str, str], str | None] = field(default_factory=dict)

    def told(self, standing: Standing) -> Standing:
        """Return how a project stands, with what is known of later versions."""
        return replace(
            standing,
            template=standing.template and self._compared(standing.template),
            standard=standing.standard and self._compared(standing.standard),
        )

    def _compared(self, origin: Origin) -> Origin:
        if origin.source == BUILTIN:
            return origin
        version = origin.source, origin.ref, origin.commit
        if version not in self.known:
            self.known[version] = self._newer(*version)
        newer = self.known[version]
        if newer is None:
            return origin
        return replace(origin, newest=newer or origin.ref or origin.version, lags=bool(newer))

    def _newer(self, source: str, ref: str, commit: str) -> str | None:
        """Return the later version of a source; empty where there is none, None where nobody knows.

        A folder, an archive and a package have only the one version that is here.
        """
        try:
            address = read_address(source)
            if address.kind != "git":
                return None
            if self.online and source not in self.asked:
                self.asked.add(source)
                open_repository(address, self.scratch)
            newer = newer_version(address, ref, commit, self.scratch, offline=True)
        except BlueprintError:
            return None
        return newer.ref if newer else ""
