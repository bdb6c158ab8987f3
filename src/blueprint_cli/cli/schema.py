"""``blueprint schema``."""

import json as json_text
from typing import Annotated

import typer

from blueprint_cli.cli.options import Json
from blueprint_cli.cli.terminal import Terminal
from blueprint_cli.errors import UsageError


def command(
    *,
    answers: Annotated[
        bool,
        typer.Option("--answers", help="The schema of an answers file, where all is optional."),
    ] = False,
    standard: Annotated[
        bool, typer.Option("--standard", help="The schema of a team's standard.yaml.")
    ] = False,
    json: Json = False,  # noqa: ARG001 - a schema is a JSON document either way
) -> None:
    """Print the JSON Schema of blueprint.yaml or standard.yaml, for editors and other programs."""
    from blueprint_cli.spec.schema import json_schema

    if answers and standard:
        raise UsageError("--answers and --standard are two schemas: ask for one of them")
    if standard:
        from blueprint_cli.standards.schema import standard_schema

        schema = standard_schema()
    else:
        schema = json_schema(answers=answers)
    Terminal().result(schema, json_text.dumps(schema, ensure_ascii=False, indent=2))
