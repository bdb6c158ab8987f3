"""The archive of a pristine render: what goes in comes out, and no two archives look alike."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import RecordDamaged
from blueprint_cli.layout import FOLDER
from blueprint_cli.tree import EXECUTABLE, LINK, PLAIN, File, Tree, leads_out

if TYPE_CHECKING:
    from collections.abc import Iterator

FILLER: Final = f"{FOLDER}/filler"
HASH_DIGITS: Final = 16
ROW_BYTES: Final = 64
# POSIX.1-2001: two blocks of zeros end an archive.
END: Final = bytes(2 * tarfile.BLOCKSIZE)


def archive_path(base: str) -> str:
    """Return where the archive with a hash is."""
    return f"{FOLDER}/base-{base[:HASH_DIGITS]}.tar"


def with_filler(tree: Tree) -> Tree:
    """Add a file that no other archive has, and that is longer than all the rest.

    So two archives are less than half alike, and git does not take one for the other renamed: two
    branches that both update would meet in a second conflict otherwise. Git compares pieces of 64
    bytes. What the rows share keeps them small where git stores differences.
    """
    row = tree.digest()[:HASH_DIGITS].ljust(ROW_BYTES - 1, ".") + "\n"
    rows = (len(pack(tree)) * 9 // 8 + 2 * tarfile.RECORDSIZE) // ROW_BYTES
    return tree.with_files({FILLER: File(row.encode() * rows)})


def pack(tree: Tree) -> bytes:
    """Return an uncompressed tar archive that depends on paths, modes and contents alone."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, file in tree.items():
            entry = tarfile.TarInfo(path)
            if file.mode == LINK:
                entry.type, entry.linkname = tarfile.SYMTYPE, os.fsdecode(file.content)
                archive.addfile(entry)
                continue
            entry.size = len(file.content)
            entry.mode = file.permissions
            archive.addfile(entry, io.BytesIO(file.content))
    return stream.getvalue()


def unpack(archive: bytes) -> Tree:
    """Read an archive that `pack` wrote.

    Raises:
        RecordDamaged: where it is another kind of archive, or holds anything but plain files and
            links between them.
    """
    try:
        return Tree(dict(_entries(archive)))
    except (tarfile.TarError, ValueError) as error:
        raise RecordDamaged(f"the base cannot be read: {error}") from error


def _entries(archive: bytes) -> Iterator[tuple[str, File]]:
    """Yield path and file of each entry, cut out of the archive: `extractfile` copies it twice."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as entries:
        for entry in entries:
            if entry.type == tarfile.SYMTYPE and not leads_out(entry.name, entry.linkname):
                yield entry.name, File(os.fsencode(entry.linkname), LINK)
                continue
            if entry.type != tarfile.REGTYPE:
                raise RecordDamaged(f"the base holds {entry.name}, which is no plain file")
            content = archive[entry.offset_data : entry.offset_data + entry.size]
            if len(content) < entry.size:
                raise ValueError("it ends too soon")
            yield entry.name, File(content, EXECUTABLE if entry.mode & 0o100 else PLAIN)
    if not archive.endswith(END):
        raise ValueError("it ends too soon")
