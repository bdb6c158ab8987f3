"""A Compose file as far as the rules ask: its services, with merge keys resolved and lines."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from yaml import SafeLoader
    from yaml.nodes import Node

NAME: Final = r"^(?:[\w.-]+[.-])?compose(?:[.-][\w.-]+)?\.ya?ml$"
MAX_DEPTH: Final = 50
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
        healthcheck = self.data.get("healthcheck")
        if (
            not isinstance(healthcheck, dict)
            or healthcheck.get("disable")
            or healthcheck.get("test") in ("NONE", ["NONE"])
        ):
            return {}
        return healthcheck

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

    Several rules ask for the same file.
    """
    import yaml  # noqa: PLC0415 - only where a Compose file was edited

    try:
        if _too_deep(text):
            return ()
        loader = _loader()(text)
        root = loader.get_single_node()
        pairs = _pairs(next(value for key, value in _pairs(root) if key.value == "services"))
        # Before anything is constructed: that writes the merged keys into the nodes.
        lines = {id(value): {k.value: _line(k) for k, _ in _pairs(value)} for _, value in pairs}
        return tuple(
            Service(
                str(key.value),
                _line(key),
                dict(loader.construct_document(value)),
                lines[id(value)],
            )
            for key, value in pairs
        )
    except (yaml.YAMLError, StopIteration, AttributeError, TypeError, ValueError, RecursionError):
        return ()  # Compose itself says what is wrong with it.


def _too_deep(text: str) -> bool:
    """Whether no person wrote it: libyaml's nodes nest on the stack, and end the process there."""
    import yaml  # noqa: PLC0415 - only where a Compose file was edited

    depth = 0
    for event in yaml.parse(text, _loader()):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return True
    return False


@cache
def _loader() -> type[SafeLoader]:
    """Return libyaml's reader, which takes 2 ms for a file; in Python it takes 50.

    Tags of Compose's own, such as ``!reset``, say nothing here.
    """
    import yaml  # noqa: PLC0415 - only where a Compose file was edited

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # one of two
        pass

    def untagged(loader: SafeLoader, _: str, node: Any) -> Any:  # noqa: ANN401 - YAML holds anything
        kind = {"scalar": "str", "sequence": "seq", "mapping": "map"}[node.id]
        return loader.yaml_constructors[f"tag:yaml.org,2002:{kind}"](loader, node)

    Loader.add_multi_constructor("!", untagged)
    return Loader


def _pairs(node: Any) -> list[tuple[Node, Node]]:  # noqa: ANN401 - no mapping has no pairs
    return list(node.value) if node is not None and node.id == "mapping" else []


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
