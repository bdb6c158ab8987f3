"""What a template's files may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprint_cli.spec.model import Context
from blueprint_cli.templates.descriptions import ContextDescription

if TYPE_CHECKING:
    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.layers import LayeredTemplate


def all_contexts(spec: Spec, template: LayeredTemplate) -> tuple[str, ...]:
    """Return the names of the project's contexts, in order."""
    return tuple(dict.fromkeys((*spec.contexts, *template.brings)))


def _nothing_said(name: str) -> dict[str, Any]:
    return ContextDescription(name=name, summary="").facts()


def template_data(spec: Spec, template: LayeredTemplate) -> dict[str, Any]:
    """Return what a template may use, besides ``layer`` and ``context``."""
    return {
        "project": spec.project.model_dump(),
        "package": spec.project.name.replace("-", "_"),
        "pattern": spec.pattern,
        "requirements": spec.requirements.model_dump(),
        "contexts": {
            name: {
                **template.contexts.get(name, _nothing_said(name)),
                **spec.contexts.get(name, Context()).model_dump(),
            }
            for name in all_contexts(spec, template)
        },
        "platform": spec.platform.model_dump(),
        "slo": spec.slo.model_dump(),
    }
