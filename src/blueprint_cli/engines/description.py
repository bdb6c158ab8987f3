"""``blueprint-template.yaml``: what a team's template adds to our own patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from packaging.version import InvalidVersion, Version
from pydantic import Field, model_validator

from blueprint_cli.patterns import PATTERNS, Pattern
from blueprint_cli.spec.model import RELATIVE_PATH, ContextName
from blueprint_cli.templates.descriptions import Description, read_as

if TYPE_CHECKING:
    from pathlib import Path

    from blueprint_cli.spec.document import Document

FILE: Final = "blueprint-template.yaml"
FORMAT: Final = 1
NAME: Final = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
QUESTION: Final = r"^[a-z][a-z0-9_]*$"
OneLine = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
RelativePath = Annotated[str, Field(pattern=RELATIVE_PATH)]


class TeamQuestion(Description):
    """A question: its answer is ``answers.<name>`` in the template's files.

    ``choices`` are those of a ``choice``. Without a ``default`` it has to be answered.
    """

    ask: OneLine
    type: Literal["text", "integer", "boolean", "choice"] = "text"
    choices: list[str] = []
    default: str | int | bool | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("a choice has `choices`, and nothing else has")
        kinds: dict[str, type] = {"text": str, "choice": str, "integer": int, "boolean": bool}
        if self.default is not None and type(self.default) is not kinds[self.type]:
            raise ValueError(f"the default {self.default!r} is no {self.type}")
        if self.type == "choice" and self.default is not None and self.default not in self.choices:
            raise ValueError(f"the default {self.default} is none of {', '.join(self.choices)}")
        return self


class TeamTemplateDescription(Description):
    """What a team's template says of itself.

    Args:
        template: the version of this format.
        name: what it is called.
        version: its own, as PEP 440 writes it.
        extends: what it adds to: the patterns of the installed version.
        summary: what its projects are, in a line.
        patterns: those that it can be rendered with.
        questions: by name, in the order in which they are asked.
        files: the folder whose files it adds.
        replaces: the files of ours that it brings itself.
        managed: globs of a project's paths that stay the template's.
        moves: where its own files were in earlier versions, and are now.
        contexts: as in ``blueprint.yaml``; a new project begins with them.
    """

    template: Literal[1]
    name: Annotated[str, Field(pattern=NAME, max_length=50)]
    version: str
    extends: Literal["builtin"]
    summary: OneLine
    patterns: Annotated[list[Pattern], Field(min_length=1)] = list(PATTERNS)
    questions: dict[Annotated[str, Field(pattern=QUESTION)], TeamQuestion] = {}
    files: RelativePath = "files"
    replaces: list[RelativePath] = []
    managed: list[RelativePath] = []
    moves: dict[RelativePath, RelativePath] = {}
    contexts: dict[ContextName, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _has_a_version(self) -> Self:
        try:
            Version(self.version)
        except InvalidVersion:
            raise ValueError(f"version is {self.version}, and no version such as 1.4.0") from None
        return self


def read_template(folder: Path, given: str) -> tuple[TeamTemplateDescription, Document]:
    """Read the description in a template's folder; ``given`` is what its source is called.

    Raises:
        TemplateBroken: with every problem that was found, and where.
    """
    return read_as(TeamTemplateDescription, folder / FILE, kind="template", name=f"{given}/{FILE}")


def template_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``blueprint-template.yaml``."""
    schema = TeamTemplateDescription.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:backend-blueprint:template:{FORMAT}",
        **schema,
        "title": FILE,
    }
