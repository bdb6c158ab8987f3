"""Unpacking archives that strangers made."""

from __future__ import annotations

import shutil
import stat
import tarfile
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from blueprint_cli.errors import SourceFailed, SourceRefused
from blueprint_cli.sources.limits import BYTES, MEBIBYTE, Budget, refuse_links_out

if TYPE_CHECKING:
    from collections.abc import Iterator

ZIPS: Final = (".zip", ".whl")
# A name that is there twice, as a folder and as a file, is an error of the operating system.
UNREADABLE: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
)
PIECE: Final = 64 * 1024
SECONDS: Final = 60


def unpack(location: str, given: str, folder: Path) -> Path:
    """Unpack an archive into a new folder, and return where its files begin.

    An archive whose files are all in one folder begins there, as the archives of git's hosts do.

    Raises:
        SourceRefused: where something in it leads out, or it is too large.
        SourceFailed: where it cannot be read or downloaded.
    """
    archive = Path(location)
    if "://" in location:
        archive = folder.with_name(f"{folder.name}-{location.rpartition('/')[2]}")
        _download(location, archive)
    folder.mkdir(parents=True)
    budget = Budget(given)
    try:
        if archive.name.endswith(ZIPS):
            _unzip(archive, given, folder, budget)
        else:
            _untar(archive, given, folder, budget)
    except UNREADABLE as error:
        raise SourceFailed(f"the archive {given} cannot be read: {error}") from error
    refuse_links_out(folder, given)
    entries = list(folder.iterdir())
    alone = len(entries) == 1 and entries[0].is_dir() and not archive.name.endswith(".whl")
    return entries[0] if alone else folder


def _untar(archive: Path, given: str, folder: Path, budget: Budget) -> None:
    """Links last, so that nothing is written through one: not every 3.11 has tarfile's filters."""
    links: list[tarfile.TarInfo] = []
    with tarfile.open(archive) as opened:
        for member in opened:
            budget.take(member.size)
            target = _inside(folder, member.name, given)
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
            elif source := opened.extractfile(member) if member.isfile() else None:
                with source:
                    _write(source, target, member.mode, given)
            elif member.issym() or member.islnk():
                links.append(member)
            else:
                raise SourceRefused(f"the archive {given} holds a device: {member.name}")
    for link in sorted(
        links, key=tarfile.TarInfo.issym
    ):  # of the hard ones no link is yet in the way
        target = _inside(folder, link.name, given)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.parent.resolve() != folder.resolve() / target.parent.relative_to(folder):
            raise _leads_out(given, link.name)
        if link.issym():
            target.symlink_to(link.linkname)
        else:
            target.hardlink_to(_inside(folder, link.linkname, given))


def _unzip(archive: Path, given: str, folder: Path, budget: Budget) -> None:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            target = _inside(folder, member.filename, given)
            mode = member.external_attr >> 16
            if stat.S_ISLNK(mode):
                raise SourceRefused(f"the archive {given} holds a link: {member.filename}")
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            budget.take(member.file_size)
            with opened.open(member) as source:
                _write(source, target, mode, given)


def _inside(folder: Path, name: str, given: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise _leads_out(given, name)
    return folder / path


def _write(source: IO[bytes], target: Path, mode: int, given: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as written:
        # What the archive says of its sizes may be a lie.
        for piece in _bounded(source, given):
            written.write(piece)
    target.chmod(0o755 if mode & stat.S_IXUSR else 0o644)


def _download(url: str, target: Path) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "blueprint"})  # noqa: S310 - https or file
    try:
        with (
            urllib.request.urlopen(request, timeout=SECONDS) as answer,  # noqa: S310 - see above
            target.open("wb") as written,
        ):
            for piece in _bounded(answer, url):
                written.write(piece)
    except OSError as error:
        raise SourceFailed(f"{url} cannot be downloaded: {error}") from error


def _bounded(stream: IO[bytes], given: str) -> Iterator[bytes]:
    total = 0
    while piece := stream.read(PIECE):
        total += len(piece)
        if total > BYTES:
            raise SourceRefused(f"the source {given} has more than {BYTES // MEBIBYTE} MiB")
        yield piece


def _leads_out(given: str, name: str) -> SourceRefused:
    return SourceRefused(f"the archive {given} holds a path that leads out of it: {name}")


def copy_folder(source: Path, given: str, folder: Path) -> None:
    """Copy a folder without what version control and Python leave in it.

    Raises:
        SourceRefused: where a link leads out of it, or it is too large.
        OSError: where it cannot be read.
    """
    refuse_links_out(source, given)
    budget = Budget(given)

    def counted(place: str, target: str) -> str:
        budget.take(Path(place).stat().st_size)
        return str(shutil.copy2(place, target))

    shutil.copytree(
        source,
        folder,
        symlinks=True,
        copy_function=counted,
        ignore=shutil.ignore_patterns(".git", "__pycache__"),
    )
