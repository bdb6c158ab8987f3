"""Trees as git lists them: paths with a mode and an object's name, and no contents."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.tree import Tree

ObjectFormat = Literal["sha1", "sha256"]


class Entry(NamedTuple):
    """A file as a git tree names it: 100644, 100755, 120000 or 160000, and the object's hash."""

    mode: str
    oid: str

    @property
    def kind(self) -> str:
        """What it is: ``100`` a file, executable or not, ``120`` a link, ``160`` a module."""
        return self.mode[:3]


Entries = dict[str, Entry]


def blob_name(content: bytes, algorithm: ObjectFormat) -> str:
    """Return the name that git gives to a blob."""
    return hashlib.new(
        algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False
    ).hexdigest()


def entries_of(tree: Tree, algorithm: ObjectFormat) -> Entries:
    """Return a render as git would list it."""
    return {
        path: Entry(file.mode, blob_name(file.content, algorithm)) for path, file in tree.items()
    }


def repeated(entries: Mapping[str, Entry]) -> set[str]:
    """Return the names of the blobs that stand at more than one path."""
    counted = Counter(entry.oid for entry in entries.values())
    return {oid for oid, count in counted.items() if count > 1}
