"""What the sections of a spec are made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _empty_section(value: object) -> object:
    """A section whose every line is commented out is YAML's null, and means: all defaults."""
    return {} if value is None else value


def means(description: str) -> Any:  # noqa: ANN401 - pydantic's own type
    """Describe a key; as a docstring below it, Pydantic would read the file at every start."""
    return Field(description=description)


EMPTY_ALLOWED = BeforeValidator(_empty_section)


class Section(BaseModel):
    """A mapping of the spec: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
