"""A source on this machine, at one commit: what an engine or a reader of standards works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import SourceFailed, SourceRefused
from blueprint_cli.sources.archive import copy_folder, unpack
from blueprint_cli.sources.package import unpack_package
from blueprint_cli.sources.repository import open_repository
from blueprint_cli.sources.versions import UNKNOWN

if TYPE_CHECKING:
    from blueprint_cli.sources.address import Address

# Only a repository and a package have more than one version.
WITHOUT_REF: Final = {"folder": "a folder", "archive": "an archive"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source's files; they may be read until the scratch folder is gone.

    ``folder`` is a clone of a repository, with ``.git``, and otherwise the files alone. ``ref`` is
    the branch or tag that was taken; empty where the source has no choice, as is ``commit``.
    ``version`` is as PEP 440 writes it.
    """

    address: Address
    folder: Path
    ref: str
    commit: str
    version: str


def fetch(address: Address, ref: str, scratch: Path, *, offline: bool = False) -> Fetched:
    """Bring a source into a new folder below ``scratch``.

    Args:
        address: of the source.
        ref: a branch, tag or commit, or a package's version; empty for the newest tag, and for the
            default branch where there is no tag.
        scratch: where its files go.
        offline: ask no host; of a repository the mirror from the last time is taken.

    Raises:
        SourceRefused: where the reference is unknown, or the files are not safe to read.
        SourceFailed: where it cannot be had.
    """
    folder = _free(scratch)
    if address.kind in WITHOUT_REF and ref:
        raise SourceRefused(
            f"{address.given} is {WITHOUT_REF[address.kind]}, which has no branch or tag {ref}"
        )
    match address.kind:
        case "git":
            repository = open_repository(address, scratch, offline=offline)
            chosen = repository.chosen(ref)
            commit = repository.commit(chosen)
            repository.check_out(commit, folder, offline=offline)
            version = repository.version(commit)
            taken = "" if chosen == "HEAD" else chosen
            return Fetched(address, _inside(address, folder), taken, commit, version)
        case "folder":
            copy_folder(Path(address.location), address.given, folder)
            return Fetched(address, _inside(address, folder), "", "", UNKNOWN)
        case "archive":
            if offline and not address.location.startswith("file:") and "://" in address.location:
                raise SourceFailed(f"{address.given} would be downloaded, and this is offline")
            begins = unpack(address.location, address.given, folder)
            return Fetched(address, _inside(address, begins), "", "", UNKNOWN)
        case "package":
            version = unpack_package(address, ref, folder, offline=offline)
            return Fetched(address, _inside(address, folder), version, "", version)


def _free(scratch: Path) -> Path:
    """Return a place that nothing is at: one run may bring several sources."""
    number = 1
    while (scratch / f"source-{number}").exists():
        number += 1
    return scratch / f"source-{number}"


def _inside(address: Address, folder: Path) -> Path:
    place = folder / address.inside
    if not place.is_dir():
        raise SourceRefused(f"{address.given} has no folder {address.inside}")
    return place
