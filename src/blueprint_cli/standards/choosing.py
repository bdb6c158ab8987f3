"""Which standard a new project has: asked for, answered, or the default of a user or a machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import ValidationError

from blueprint_cli.errors import SpecInvalid, UsageError
from blueprint_cli.spec.document import headline, read_document
from blueprint_cli.spec.model import Ref, Source  # noqa: TC001 - Pydantic reads it
from blueprint_cli.spec.reading import problems_of
from blueprint_cli.spec.schema import drop_titles
from blueprint_cli.spec.sections import Section, means

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SOURCE_VARIABLE: Final = "BLUEPRINT_STANDARD"
REF_VARIABLE: Final = "BLUEPRINT_STANDARD_REF"
CONFIG: Final = "config.yaml"


class DefaultStandard(Section):
    """The standard of new projects that name none."""

    source: Annotated[Source, means("Where it comes from, as --standard takes it.")]
    ref: Annotated[Ref, means("Its branch or tag, or the package's version; empty: newest.")] = ""


class Config(Section):
    """What a user, or whoever looks after a machine, has decided for all projects."""

    standard: DefaultStandard | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A standard that is wanted, and who says so."""

    source: str
    ref: str
    origin: str


def wanted_standard(
    source: str | None, ref: str, answered: Mapping[str, Any], *, said: bool
) -> Wanted | None:
    """Return the standard of a new project; None where it has none.

    Args:
        source: of the command line.
        ref: of the command line.
        answered: the key ``standard`` of the answers.
        said: whether the answers have that key: one that is null wants no standard.

    Raises:
        UsageError: where a reference has no source.
        SpecInvalid: where a file of defaults cannot be understood.
    """
    if source:
        return Wanted(source, ref, "--standard")
    if ref:
        raise UsageError(
            "--standard-ref says which version of a standard, and --standard names none"
        )
    if said:
        given = answered.get("source")
        return Wanted(str(given), str(answered.get("ref") or ""), "answers") if given else None
    if variable := os.environ.get(SOURCE_VARIABLE, ""):
        return Wanted(variable, os.environ.get(REF_VARIABLE, ""), SOURCE_VARIABLE)
    for place in config_files():
        config = read_config(place)
        if config is not None and config.standard is not None:
            return Wanted(config.standard.source, config.standard.ref, str(place))
    return None


def config_files() -> list[Path]:
    """Return where defaults may stand: the user's, then the machine's."""
    from platformdirs import PlatformDirs  # noqa: PLC0415 - where a project is made

    dirs = PlatformDirs("blueprint", appauthor=False)
    return [dirs.user_config_path / CONFIG, dirs.site_config_path / CONFIG]


def read_config(path: Path) -> Config | None:
    """Read a file of defaults; None where there is none, or it is empty.

    Raises:
        SpecInvalid: with every problem that was found.
    """
    try:
        if not path.is_file() or not path.read_bytes().strip():
            return None
    except OSError:
        return None
    document = read_document(path, what="config")
    try:
        return Config.model_validate(document.data)
    except ValidationError as invalid:
        schema = Config.model_json_schema()
        drop_titles(schema)
        problems = problems_of(invalid, document.data, document, schema)
        raise SpecInvalid(headline(document.name, problems), problems=problems) from None
