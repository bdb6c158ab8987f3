"""The requirements of answers files, of a project, or of ``--set``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from blueprint_cli.domain.model import Model
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.rules import REQUIREMENTS, KnownRequirements, choices
from blueprint_cli.spec.document import read_documents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.spec.document import Document
    from blueprint_cli.spec.model import Spec

SIMPLE_KEYS = {"blueprint", "requirements", "pattern"}


def read_requirements(files: Sequence[Path], settings: Sequence[str] = ()) -> KnownRequirements:
    """Read what is known about an application.

    Args:
        files: answers files, the later before the earlier, or a project's ``blueprint.yaml``.
        settings: ``requirements.teams=12`` and the like, which go before the files.

    Raises:
        SpecInvalid: with every problem, each with its file, line and key.
    """
    document = read_documents(files, what="answers")
    if document and not document.replaced and not settings:
        plain = _plainly_valid(document)
        if plain is not None:
            return plain
    return _checked_by_the_model(document, settings)


def _plainly_valid(document: Document) -> KnownRequirements | None:
    """Return the requirements where nothing in the file needs the model to judge it.

    Most answers files are that plain, and the model takes longer to import than the rest to run.
    """
    data = document.data
    requirements = data.get("requirements")
    if (
        data.keys() - SIMPLE_KEYS
        or data.get("blueprint", 1) is not _one(data)
        or data.get("pattern", "auto") not in ("auto", *PATTERNS)
        or not isinstance(requirements, dict)
    ):
        return None
    known: KnownRequirements = {}
    for key, value in requirements.items():
        if key not in REQUIREMENTS:
            return None
        if value is None:
            continue
        if not _fits(key, value):
            return None
        known[key] = value
    return known


def _one(data: dict[str, Any]) -> object:
    """Return 1 where the format is the number 1 itself: True equals 1 and is another thing."""
    version = data.get("blueprint", 1)
    return version if type(version) is int and version == 1 else object()


def _fits(key: str, value: object) -> bool:
    kind = REQUIREMENTS[key]
    if kind.kind == "boolean":
        return isinstance(value, bool)
    if kind.kind == "word":
        return isinstance(value, str) and value in choices(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind.kind == "integer" and not isinstance(value, int):
        return False
    return math.isfinite(value) and kind.least <= value <= kind.most


def _checked_by_the_model(document: Document | None, settings: Sequence[str]) -> KnownRequirements:
    return dict(_spec(document, settings).known_requirements())


def _spec(document: Document | None, settings: Sequence[str]) -> Spec:
    from blueprint_cli.spec.answers import merge  # noqa: PLC0415 - slow, see _plainly_valid

    name = "project"
    if document:
        project = document.data.get("project")
        if isinstance(project, dict) and isinstance(project.get("name"), str):
            name = project["name"]
    return merge(document, settings, name=name).spec


def read_domain(files: Sequence[Path]) -> Model:
    """Return what the contexts of files say; nothing where they describe none.

    Raises:
        SpecInvalid: with every problem, each with its file, line and key.
    """
    document = read_documents(files, what="answers")
    return _spec(document, ()).domain if document and "contexts" in document.data else Model()


def read_pattern(files: Sequence[Path]) -> Pattern | None:
    """Return the pattern that files name; None where they leave the choice open."""
    document = read_documents(files, what="answers")
    pattern = document.data.get("pattern") if document else None
    return next((one for one in PATTERNS if one == pattern), None)


def read_name(files: Sequence[Path]) -> str:
    """Return the name of the project that files are about; empty where they name none."""
    document = read_documents(files, what="answers")
    project = document.data.get("project") if document else None
    name = project.get("name") if isinstance(project, dict) else None
    return name if isinstance(name, str) else ""
