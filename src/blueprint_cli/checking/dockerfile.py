"""A Dockerfile as far as the rules ask: its stages, who runs in them, and what watches them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

HEREDOC: Final = r"<<-?[\"']?(\w+)[\"']?"
FROM: Final = r"(?i)(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?"
VARIABLE: Final = r"\$\{?(\w+)(?::?-([^}]*))?\}?"


@dataclass(slots=True)
class Stage:
    """A stage of a build; ``user`` and ``health_check`` are what it says itself, or inherits.

    Lines count from 1. ``image`` has the defaults of its arguments filled in.
    """

    image: str
    name: str
    line: int
    user: str = ""
    user_line: int = 0
    health_check: str = ""


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The stages in order; the last one is the image."""

    stages: list[Stage] = field(default_factory=list)

    @property
    def image(self) -> Stage | None:
        """The stage that runs."""
        return self.stages[-1] if self.stages else None


def is_dockerfile(path: str) -> bool:
    """Whether a file is one, by its name."""
    name = path.rpartition("/")[2].lower()
    return (
        name in {"dockerfile", "containerfile"}
        or name.startswith("dockerfile.")
        or (name.endswith(".dockerfile"))
    )


def parse_dockerfile(text: str) -> Dockerfile:
    """Read a Dockerfile; what cannot be understood is passed over."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line, word, rest in _instructions(text):
        if word == "FROM" and (found := re.match(FROM, rest)):
            image = filled_in(found["image"], arguments)
            before = next((stage for stage in stages if stage.name == image.lower()), None)
            stages.append(
                Stage(
                    image=image,
                    name=(found["name"] or "").lower(),
                    line=line,
                    user=before.user if before else "",
                    user_line=before.user_line if before else 0,
                    health_check=before.health_check if before else "",
                )
            )
        elif word == "ARG" and not stages:
            name, _, default = rest.partition("=")
            arguments[name.strip()] = default.strip().strip("\"'")
        elif word == "USER" and stages:
            stages[-1].user, stages[-1].user_line = filled_in(rest, arguments), line
        elif word == "HEALTHCHECK" and stages:
            stages[-1].health_check = rest
    return Dockerfile(stages)


def filled_in(text: str, arguments: dict[str, str]) -> str:
    """Replace variables by their values or defaults, as far as they are known."""
    return re.sub(VARIABLE, lambda found: arguments.get(found[1]) or found[2] or found[0], text)


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, instruction in capitals, and the rest, with continued lines joined."""
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = line.rstrip()
        while whole.endswith("\\"):
            _, more = next(lines, (0, ""))
            whole = whole[:-1] + ("" if more.lstrip().startswith("#") else more.rstrip())
            if more.lstrip().startswith("#"):
                whole += "\\"
        word, _, rest = whole.strip().partition(" ")
        yield number, word.upper(), rest.strip()
        if word.upper() in {"RUN", "COPY"} and (document := re.search(HEREDOC, rest)):
            for _, below in lines:
                if below.strip() == document[1]:
                    break
