"""The contents of files that git has listed, each read when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprint_cli.git.entries import Entries
    from blueprint_cli.git.merge_repository import MergeRepository


class Contents(Mapping[str, bytes]):
    """The plain files among some entries; neither links nor submodules."""

    def __init__(self, entries: Entries, repository: MergeRepository) -> None:
        self._entries = {path: entry for path, entry in entries.items() if entry.kind == "100"}
        self._repository = repository

    def __getitem__(self, path: str) -> bytes:
        oid = self._entries[path].oid
        return self._repository.read_blobs([oid])[oid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
