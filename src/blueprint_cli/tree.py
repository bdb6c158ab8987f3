"""A rendered project in memory: paths, contents, executable bits and links, and nothing else."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

Mode = Literal["100644", "100755", "120000"]
PLAIN: Final[Mode] = "100644"
EXECUTABLE: Final[Mode] = "100755"
LINK: Final[Mode] = "120000"


@dataclass(frozen=True, slots=True)
class File:
    """A file's content and its mode as git writes it: 100644, or 100755 where it is executable.

    A link's mode is 120000, and its content the path that it points to, with /.
    """

    content: bytes
    mode: Mode = PLAIN

    @property
    def permissions(self) -> int:
        """The permission bits: 0o644 or 0o755; a link has none."""
        return int(self.mode, 8) & 0o777

    @property
    def sha256(self) -> str:
        """The content's SHA-256 in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


class PathClash(ValueError):  # noqa: N818 - it is what happened; the engine turns it into an error
    """Two paths cannot stand in one folder."""

    def __init__(self, first: str, second: str, reason: str) -> None:
        super().__init__(f"{first} and {second}: {reason}")
        self.first = first
        self.second = second
        self.reason = reason


class Tree(Mapping[str, File]):
    """An immutable mapping of POSIX paths to files, in the order of their UTF-8 bytes."""

    def __init__(self, files: Mapping[str, File]) -> None:
        self._files = {path: files[path] for path in sorted(files, key=str.encode)}
        for path in self._files:
            _check_path(path)
        _check_clashes(self._files)

    def __getitem__(self, path: str) -> File:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self._files == other._files

    def __hash__(self) -> int:
        return hash(self.digest())

    def digest(self) -> str:
        """SHA-256 over one line ``mode sha256 path`` per file, in order: the tree's identity."""
        lines = "".join(f"{file.mode} {file.sha256} {path}\n" for path, file in self.items())
        return hashlib.sha256(lines.encode()).hexdigest()

    def with_files(self, files: Mapping[str, File]) -> Tree:
        """Return a tree with more files.

        Raises:
            PathClash: where one of them is there already.
        """
        for path in files:
            if path in self._files:
                raise PathClash(path, path, "the same path")
        return Tree({**self._files, **files})

    def without(self, prefix: str) -> Tree:
        """Return a tree without the files whose paths begin so."""
        # What was checked as a whole is not checked again.
        left = Tree({})
        left._files = {p: file for p, file in self._files.items() if not p.startswith(prefix)}
        return left

    @classmethod
    def read(cls, root: Path, *, skip: Iterable[str] = ()) -> Self:
        """Read a folder; ``skip`` names what is left out wherever it stands.

        Raises:
            OSError: where it cannot be read, or holds something that is no plain file.
        """
        return cls(dict(_walk(root, "", frozenset(skip))))


def leads_out(path: str, target: str) -> bool:
    """Return whether a link at a path of a tree points to nothing, or to something outside it."""
    parts: list[str] = list(PurePosixPath(path).parent.parts)
    if not target or "\\" in target or PurePosixPath(target).is_absolute():
        return True
    for part in PurePosixPath(target).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return True
    return False


def write_tree(tree: Tree, folder: Path) -> None:
    """Write a tree into a new folder, with modes that no umask changes."""
    made = {""}
    folder.mkdir()
    folder.chmod(0o755)
    for path, file in tree.items():
        _make_folders(folder, path.rpartition("/")[0], made)
        target = f"{folder}/{path}"
        if file.mode == LINK:
            Path(target).symlink_to(os.fsdecode(file.content))
            continue
        descriptor = os.open(
            target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        )
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - it is a descriptor
            stream.write(file.content)
        Path(target).chmod(file.permissions)


def _make_folders(root: Path, path: str, made: set[str]) -> None:
    if path not in made:
        _make_folders(root, path.rpartition("/")[0], made)
        folder = root / path
        folder.mkdir()
        folder.chmod(0o755)
        made.add(path)


def _walk(folder: Path, prefix: str, skip: frozenset[str]) -> Iterator[tuple[str, File]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in skip:
                continue
            path = prefix + entry.name
            if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                raise OSError(f"{path} is neither a plain file nor a folder")
            if entry.is_dir():
                yield from _walk(folder / entry.name, f"{path}/", skip)
            else:
                with open(entry.path, "rb") as stream:  # noqa: PTH123 - a third of the time of a Path
                    content = stream.read()
                    executable = os.fstat(stream.fileno()).st_mode & stat.S_IXUSR
                yield path, File(content, EXECUTABLE if executable else PLAIN)


def _check_path(path: str) -> None:
    parts = path.split("/")
    if "\\" in path or "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise PathClash(path, path, "no relative path with /")


def _check_clashes(paths: Iterable[str]) -> None:
    """Refuse what cannot be written on every file system: a file as a folder, or names alike."""
    spelled: dict[str, str] = {}
    files = set(paths)
    for path in files:
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            here = "/".join(parts[:length])
            if length < len(parts) and here in files:
                raise PathClash(here, path, "a file and a folder of the same name")
            alike = unicodedata.normalize("NFC", here).casefold()
            other = spelled.setdefault(alike, here)
            if other != here:
                first, second = sorted((other, here))
                raise PathClash(first, second, "the same name where case does not count")
