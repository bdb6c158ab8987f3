"""What a team has made of a render: files that it edited, deleted and added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint_cli.git.contents import Contents
from blueprint_cli.git.entries import entries_of
from blueprint_cli.git.merge_repository import MergeRepository
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.updating.drawn import filled, has_drawn

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from blueprint_cli.git.repository import ProjectRepository
    from blueprint_cli.tree import Tree


@dataclass(frozen=True, slots=True)
class Differences:
    """Paths from the project's root, in order."""

    edited: tuple[str, ...]
    deleted: tuple[str, ...]
    added: tuple[str, ...]


def differences(
    repository: ProjectRepository, base: Tree, scratch: Path, *, apart: Collection[str]
) -> Differences:
    """Compare a project's files with a base, as git compares them; ``apart`` counts as neither."""
    merging = MergeRepository.make(scratch / "compared", repository.objects, repository.algorithm)
    ours = repository.files(scratch, merging.objects, base)
    if has_drawn(base):
        base = filled(base, base, base, Contents(ours, merging)).base
    rendered = entries_of(base, repository.algorithm)
    skip = {SPEC_FILE, *apart}
    return Differences(
        edited=tuple(p for p, entry in rendered.items() if ours.get(p, entry) != entry),
        deleted=tuple(p for p in rendered if p not in ours and p not in skip),
        added=tuple(sorted(p for p in ours if p not in rendered and p not in skip)),
    )
