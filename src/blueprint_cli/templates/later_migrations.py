"""Migrations that a changed description adds, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blueprint_cli.templates.data import all_contexts, template_data
from blueprint_cli.templates.engine import scratch_folder
from blueprint_cli.templates.filling import Holes, fill
from blueprint_cli.templates.formatting import formatted
from blueprint_cli.templates.layers import LATER_MIGRATION
from blueprint_cli.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from blueprint_cli.spec.model import Spec
    from blueprint_cli.templates.described.migrations import Revision
    from blueprint_cli.templates.layers import LayeredTemplate

_FILE: Final = "later.py.jinja"


def render_migrations(
    revisions: Sequence[Revision], spec: Spec, template: LayeredTemplate, *, scratch: Path | None
) -> list[File]:
    """Render migrations, formatted.

    Raises:
        TemplateBroken: where one cannot be rendered.
        OSError: where temporary files cannot be written.
    """
    if not revisions:
        return []
    named = {f"{one.context.name}/{one.number}": one for one in revisions}
    source = Tree.read(template.root / LATER_MIGRATION)[_FILE]
    holes = [Holes(LATER_MIGRATION, {"key": key}, {_FILE: source}) for key in named]
    data = {**template_data(spec, template), "revisions": named}
    with scratch_folder(scratch) as folder:
        filled = fill(template.root, holes, data, folder)
        python = {
            f"{number}.py": file.content
            for number, files in enumerate(filled)
            for file in files.values()
        }
        done = formatted(python, all_contexts(spec, template), folder / "formatted")
    return [File(done[f"{number}.py"]) for number in range(len(filled))]
