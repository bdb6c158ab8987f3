"""``blueprint templates export --backstage``: a template as Backstage's scaffolder has one.

The formats are ``scaffolder.backstage.io/v1beta3`` and ``backstage.io/v1alpha1``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.authoring.combinations import NAME, PATTERN, questions_of
from blueprint_cli.authoring.testing import asking, opened
from blueprint_cli.errors import DestinationRefused
from blueprint_cli.files import write_whole
from blueprint_cli.git.command import Git
from blueprint_cli.spec.writing import dumped

if TYPE_CHECKING:
    from blueprint_cli.engines.asked import Asked
    from blueprint_cli.engines.engine import TeamTemplate

TEMPLATE: Final = "template.yaml"
CATALOG: Final = "catalog-info.yaml"
TYPES: Final = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "choice": "string",
    "choices": "array",
    "document": "string",
}
# As Backstage checks the names of entities.
NO_NAME: Final = re.compile(r"[^a-z0-9]+")


def export_backstage(source: str, folder: Path, address: str = "") -> list[Path]:
    """Write a template's form and steps for Backstage, and the entity that its catalog reads.

    ``address`` is where Backstage gets it; otherwise where its repository was cloned from.

    The steps run ``blueprint new`` on the scaffolder: its image needs blueprint and the action
    ``blueprint:new``, see docs/teams.md.

    Raises:
        BlueprintError: where there is no template.
        DestinationRefused: where a file of these names is there.
    """
    with opened(source, trusted=False) as (template, _):
        given = address or _origin(source) or template.source
        documents = {TEMPLATE: template_entity(template, given), CATALOG: catalog_entity(template)}
    places = [folder / name for name in documents]
    there = [place for place in places if place.exists()]
    if there:
        raise DestinationRefused(
            f"{there[0]} is there already", hint="Move it, or choose another place with --output."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for place, document in zip(places, documents.values(), strict=True):
        write_whole(place, dumped(document))
    return places


def _origin(source: str) -> str:
    """Return where a folder's repository was cloned from, as SOURCE may be written."""
    url = Git(Path(source)).word("config", "--get", "remote.origin.url")
    return f"git+{url}" if url.startswith(("https://", "ssh://")) else url


def template_entity(template: TeamTemplate, address: str) -> dict[str, Any]:
    """Return the entity of kind Template: what its form asks, and its steps."""
    # Backstage would keep what a form was given for a secret.
    asked = [one for one in questions_of(asking(template)) if not one.secret]
    properties = {one.name: _property(one) for one in asked}
    required = [one.name for one in asked if not one.has_default]
    name = {
        "title": "Name",
        "type": "string",
        "pattern": "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$",
        "maxLength": 50,
    }
    answers = {
        one.name: f"${{{{ parameters.{one.name} }}}}" for one in asked if one.name != PATTERN
    }
    values: dict[str, Any] = {
        "name": "${{ parameters.name }}",
        "template": address,
        **({"pattern": f"${{{{ parameters.{PATTERN} }}}}"} if template.patterns else {}),
        "answers": answers,
    }
    return {
        "apiVersion": "scaffolder.backstage.io/v1beta3",
        "kind": "Template",
        "metadata": {
            "name": entity_name(template),
            "title": template.name,
            "description": f"A {template.kind} template, rendered by blueprint.",
        },
        "spec": {
            "owner": "user:guest",
            "type": "service",
            "parameters": [
                {
                    "title": "The project",
                    "required": ["name", "repoUrl"],
                    "properties": {
                        "name": name,
                        "repoUrl": {
                            "title": "Repository",
                            "type": "string",
                            "ui:field": "RepoUrlPicker",
                        },
                    },
                },
                *(
                    [
                        {
                            "title": "The template",
                            **({"required": required} if required else {}),
                            "properties": properties,
                        }
                    ]
                    if properties
                    else []
                ),
            ],
            "steps": [
                {"id": "new", "name": "Render", "action": "blueprint:new", "input": values},
                {
                    "id": "publish",
                    "name": "Publish",
                    "action": "publish:github",
                    "input": {"repoUrl": "${{ parameters.repoUrl }}"},
                },
                {
                    "id": "register",
                    "name": "Register",
                    "action": "catalog:register",
                    "input": {
                        "repoContentsUrl": "${{ steps['publish'].output.repoContentsUrl }}",
                        "catalogInfoPath": "/catalog-info.yaml",
                        "optional": True,
                    },
                },
            ],
            "output": {
                "links": [
                    {"title": "Repository", "url": "${{ steps['publish'].output.remoteUrl }}"}
                ]
            },
        },
    }


def catalog_entity(template: TeamTemplate) -> dict[str, Any]:
    """Return the entity of kind Location that makes the catalog read the template."""
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Location",
        "metadata": {
            "name": entity_name(template),
            "description": f"The template {template.name}",
        },
        "spec": {"type": "url", "targets": [f"./{TEMPLATE}"]},
    }


def entity_name(template: TeamTemplate) -> str:
    """Return the template's name as Backstage allows one: at most 63 letters, digits, hyphens."""
    return NO_NAME.sub("-", template.name.lower()).strip("-")[:63].rstrip("-") or NAME


def _property(asked: Asked) -> dict[str, Any]:
    made: dict[str, Any] = {
        "title": asked.name.replace("_", " ").capitalize(),
        "type": TYPES[asked.type],
    }
    if asked.ask:
        made["description"] = " ".join(asked.ask.split())
    offered = [choice.value for choice in asked.choices]
    if asked.type == "choice":
        made["enum"] = offered
        if offered and not all(isinstance(value, str) for value in offered):
            del made["type"]
    elif asked.type == "choices":
        made |= {"items": {"type": "string", "enum": offered}, "uniqueItems": True}
    if asked.has_default and asked.type != "document":
        made["default"] = asked.default
    return made
