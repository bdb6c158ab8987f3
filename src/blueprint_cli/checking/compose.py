"""A Compose file as far as the rules ask: its services, with merge keys resolved and lines."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

NAME: Final = r"^(?:[\w.-]+[.-])?compose(?:[.-][\w.-]+)?\.ya?ml$"
RUNS_ONCE: Final = ("no", "false", "on-failure")


@dataclass(frozen=True, slots=True)
class Service:
    """A service: what it says, and the line of each thing that it says itself."""

    name: str
    line: int
    data: dict[str, Any]
    lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the service where the key comes from elsewhere."""
        return self.lines.get(key, self.line)

    @property
    def health_check(self) -> dict[str, Any]:
        """Its health check, empty where it has none or has it switched off."""
        said = self.data.get("healthcheck")
        if (
            not isinstance(said, dict)
            or said.get("disable")
            or said.get("test") in ("NONE", ["NONE"])
        ):
            return {}
        return said

    @property
    def runs_once(self) -> bool:
        """Whether it ends by itself: a job, not a server."""
        restart = str(self.data.get("restart", "")).lower()
        return restart.partition(":")[0] in RUNS_ONCE

    def dockerfile(self, compose_file: str) -> str | None:
        """Return the path of the Dockerfile that it is built from, or None."""
        build = self.data.get("build")
        if build is None:
            return None
        context, name = (
            (build.get("context", "."), build.get("dockerfile", "Dockerfile"))
            if isinstance(build, dict)
            else (build, "Dockerfile")
        )
        folder = posixpath.dirname(compose_file)
        return posixpath.normpath(posixpath.join(folder, str(context), str(name)))


def is_compose_file(path: str) -> bool:
    """Whether a file is one, by its name."""
    return re.match(NAME, path.rpartition("/")[2]) is not None


@cache
def parse_compose(text: str) -> tuple[Service, ...]:
    """Return the services of a file; none where it is no such thing.

    Several rules ask for the same file, and reading it takes 50 ms.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - only where a Compose file was edited
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - the same

    try:
        services = YAML(typ="rt", pure=True).load(text)["services"]
        return tuple(_service(str(name), services, services[name]) for name in services)
    except (YAMLError, AttributeError, TypeError, KeyError, ValueError, RecursionError):
        return ()  # Compose itself says what is wrong with it.


def _service(name: str, services: Any, service: Any) -> Service:  # noqa: ANN401 - ruamel's own
    lines = {str(key): service.lc.key(key)[0] + 1 for key in service.lc.data or {}}
    return Service(name, services.lc.key(name)[0] + 1, dict(service), lines)
