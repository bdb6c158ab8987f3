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
    template: Annotated[
        bool, typer.Option("--template", help="The schema of a team's blueprint-template.yaml.")
    ] = False,
    json: Json = False,  # noqa: ARG001 - a schema is a JSON document either way
) -> None:
    """Print the JSON Schema of blueprint.yaml, or of another file, for editors and programs."""
    from blueprint_cli.spec.schema import json_schema

    if sum((answers, standard, template)) > 1:
        raise UsageError("--answers, --standard and --template are schemas: ask for one of them")
    if template:
        from blueprint_cli.engines.description import template_schema

        schema = template_schema()
    elif standard:
        from blueprint_cli.standards.schema import standard_schema

        schema = standard_schema()
    else:
        schema = json_schema(answers=answers)
    Terminal().result(schema, json_text.dumps(schema, ensure_ascii=False, indent=2))
