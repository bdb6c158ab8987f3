"""Getting a standard from where it comes from."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import SourceRefused, StandardInvalid
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.fetching import fetch
from blueprint_cli.spec.model import StandardChoice
from blueprint_cli.standards.model import FILE
from blueprint_cli.standards.standard import Standard, read_standard

if TYPE_CHECKING:
    from blueprint_cli.sources.address import Address
    from blueprint_cli.sources.fetching import Fetched

# As large as a spec may be; one byte more says that it is larger.
MAX_BYTES: Final = 1024 * 1024


def open_standard(source: str, ref: str = "", *, offline: bool = False) -> Standard:
    """Bring a standard from its source and read it; nothing of it is run, or imported.

    Args:
        source: as the command line takes it.
        ref: a branch, a tag, a commit or a package's version; empty for the newest.
        offline: ask no host.

    Raises:
        SourceRefused: where source or reference will not do.
        SourceFailed: where it cannot be had.
        StandardInvalid: where it is no standard, with every problem.
    """
    address = read_address(source)
    with tempfile.TemporaryDirectory(prefix="blueprint-", ignore_cleanup_errors=True) as folder:
        fetched = fetch(address, ref, Path(folder), offline=offline)
        place = _place(address, fetched)
        choice = StandardChoice(source=address.given, ref=fetched.ref, commit=fetched.commit)
        return read_standard(lambda path: _read(place, path), choice, _named(fetched))


def open_folder(folder: Path) -> Standard:
    """Read the standard that stands in a folder, as it is there and in no commit yet.

    Raises:
        StandardInvalid: where it is no standard, with every problem.
    """
    place = folder.resolve()
    choice = StandardChoice(source=str(place))
    return read_standard(lambda path: _read(place, path), choice, str(folder / FILE))


def _place(address: Address, fetched: Fetched) -> Path:
    """Return the folder of its `standard.yaml`: in a package that of its one import package."""
    if address.kind != "package" or (fetched.folder / FILE).is_file():
        return fetched.folder
    found = sorted(fetched.folder.glob(f"*/{FILE}"))
    if len(found) > 1:
        names = ", ".join(each.parent.name for each in found)
        raise StandardInvalid(
            f"{address.given} has several standards: {names}",
            hint=f"Name one: {address.given}#subdirectory={found[0].parent.name}",
        )
    return found[0].parent if found else fetched.folder


def _read(place: Path, path: str) -> bytes | None:
    """Return a file's content; None where there is no plain file of that name below the folder."""
    file = place / path
    try:
        if not file.resolve().is_relative_to(place.resolve()) or not file.is_file():
            return None
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceRefused(f"{path} of the standard cannot be read: {error.strerror}") from error


def _named(fetched: Fetched) -> str:
    version = fetched.ref or fetched.commit[:12]
    return f"{FILE} of {fetched.address.given}{f' {version}' if version else ''}"
