"""Whether what projects are from has a later version: each source is asked once for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blueprint_cli.errors import BlueprintError
from blueprint_cli.record.render import BUILTIN
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.repository import open_repository
from blueprint_cli.sources.versions import newest_tag, version_of

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.fleet.standing import Origin, Standing


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest tag of a repository, and its commit; no tag where there is none that counts."""

    tag: str
    commit: str


@dataclass(frozen=True, slots=True)
class Lag:
    """What is known of each source.

    ``online`` asks the hosts. Otherwise a repository is known as it was when it was last asked, and
    not at all where it never was.
    """

    scratch: Path
    online: bool = False
    known: dict[str, _Newest | None] = field(default_factory=dict)

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
        if origin.source not in self.known:
            self.known[origin.source] = self._ask(origin.source)
        newest = self.known[origin.source]
        if newest is None:
            return origin
        later, have = version_of(newest.tag), version_of(origin.version)
        lags = newest.commit != origin.commit
        if later is not None and have is not None:
            lags = later > have
        return replace(origin, newest=newest.tag or newest.commit[:12], lags=lags)

    def _ask(self, source: str) -> _Newest | None:
        """Return the newest version of a source; None where that cannot be said.

        A folder, an archive and a package have only the one version that is here.
        """
        try:
            address = read_address(source)
            if address.kind != "git":
                return None
            repository = open_repository(address, self.scratch, offline=not self.online)
            tag = newest_tag(repository.tags())
            return _Newest(tag, repository.commit(tag or "HEAD"))
        except BlueprintError:
            return None
