"""``blueprint schema``."""

import json as json_text
from typing import Annotated

import typer

from blueprint_cli.cli.options import Json
from blueprint_cli.cli.terminal import Terminal


def command(
    *,
    answers: Annotated[
        bool,
        typer.Option("--answers", help="The schema of an answers file, where all is optional."),
    ] = False,
    json: Json = False,  # noqa: ARG001 - a schema is a JSON document either way
) -> None:
    """Print the JSON Schema of blueprint.yaml, for editors and other programs."""
    from blueprint_cli.spec.schema import json_schema

    schema = json_schema(answers=answers)
    Terminal().result(schema, json_text.dumps(schema, ensure_ascii=False, indent=2))
