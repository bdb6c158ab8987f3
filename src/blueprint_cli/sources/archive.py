"""Unpacking archives that strangers made."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import stat
import tarfile
import tempfile
import urllib.request
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from blueprint_cli.errors import SourceFailed, SourceRefused
from blueprint_cli.sources.limits import BYTES, FILES, MEBIBYTE, Budget, refuse_links_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from http.client import HTTPMessage

ZIPS: Final = (".zip", ".whl")
# A name that is there twice, as a folder and as a file, is an error of the operating system.
UNREADABLE: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
)
OPENERS: Final[Mapping[str, Callable[..., Any]]] = {
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
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
        name = PurePosixPath(urlsplit(location).path).name
        archive = folder.with_name(f"{folder.name}-{name}")
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
    with (
        tempfile.TemporaryFile() as plain,
        tarfile.open(fileobj=_plain(archive, given, plain)) as opened,
    ):
        for member in opened:
            budget.take(member.size)
            target = _inside(folder, member.name, given)
            if _is_a_repositorys(member.name):
                continue
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
            budget.take(member.file_size)
            if _is_a_repositorys(member.filename):
                continue
            mode = member.external_attr >> 16
            if stat.S_ISLNK(mode):
                raise SourceRefused(f"the archive {given} holds a link: {member.filename}")
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            with opened.open(member) as source:
                _write(source, target, mode, given)


def _plain(archive: Path, given: str, into: IO[bytes]) -> IO[bytes]:
    """Return an archive without its compression: a few bytes of it may say anything's size."""
    opened = OPENERS.get(archive.suffix, Path.open)
    with opened(archive, "rb") as packed:
        for piece in _bounded(packed, given, BYTES + FILES * tarfile.RECORDSIZE // 4):
            into.write(piece)
    into.seek(0)
    return into


def _is_a_repositorys(name: str) -> bool:
    """Whether a path is in a ``.git`` folder, whose settings can name programs to run."""
    return ".git" in name.lower().split("/")


def _inside(folder: Path, name: str, given: str) -> Path:
    path = PurePosixPath(name)
    absolute = path.is_absolute() or PureWindowsPath(name).drive
    if absolute or ".." in path.parts or "\\" in name:
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
            urllib.request.build_opener(Encrypted).open(request, timeout=SECONDS) as answer,
            target.open("wb") as written,
        ):
            for piece in _bounded(answer, url):
                written.write(piece)
    except OSError as error:
        raise SourceFailed(f"{url} cannot be downloaded: {error}") from error


class Encrypted(urllib.request.HTTPRedirectHandler):
    """No host is asked without encryption, wherever another one sends us."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - as urllib calls it
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Follow to another https address only."""
        if urlsplit(newurl).scheme != "https":
            raise SourceRefused(f"{req.full_url} leads to {newurl}, which is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _bounded(stream: IO[bytes], given: str, most: int = BYTES) -> Iterator[bytes]:
    total = 0
    while piece := stream.read(PIECE):
        total += len(piece)
        if total > most:
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
        if not Path(place).is_file():
            raise SourceRefused(f"the source {given} holds a device: {place}")
        budget.take(Path(place).stat().st_size)
        return str(shutil.copy2(place, target))

    shutil.copytree(
        source,
        folder,
        symlinks=True,
        copy_function=counted,
        ignore=shutil.ignore_patterns(".git", "__pycache__"),
    )
