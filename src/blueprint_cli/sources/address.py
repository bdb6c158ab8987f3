"""What SOURCE means: a git repository, a folder, an archive or a Python package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from blueprint_cli.errors import SourceRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["git", "folder", "archive", "package"]

HOSTS: Final[Mapping[str, str]] = {
    "gh": "https://github.com/",
    "gl": "https://gitlab.com/",
    "bb": "https://bitbucket.org/",
}
SHORT: Final = re.compile(r"(?P<host>gh|gl|bb):/*(?P<path>[\w.-]+(?:/[\w.-]+)+)")
# `git@host:team/templates.git`, as git and its hosts write it.
SCP: Final = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[A-Za-z0-9][\w.-]*):(?P<path>[^\s]+)")
PACKAGE: Final = re.compile(
    r"python:(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:==(?P<version>[\w.!+-]+))?"
)
ARCHIVES: Final = (".zip", ".whl", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
# Others would run a program that the address names, or speak without encryption to a host.
PROTOCOLS: Final = ("https", "ssh", "file")
SUBDIRECTORY: Final = "#subdirectory="
NOT_PRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LENGTH: Final = 500
ALLOWED: Final = (
    "a folder, git+https://…, git+ssh://…, git@host:team/repository.git, gh:team/repository (gl:, "
    "bb:), an archive (.zip, .tar.gz) or python:PACKAGE"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A source that can be asked.

    ``given`` is its text, which means the same wherever it is read. ``location`` is the URL, the
    absolute path, or the package's name and version. ``inside`` is a folder in it.
    """

    given: str
    kind: Kind
    location: str
    inside: str = ""

    @property
    def name(self) -> str:
        """What it is called: the last part of its location, without endings."""
        place = self.inside or self.location.partition("==")[0]
        last = re.split(r"[/:\\]", place.rstrip("/"))[-1]
        for end in (".git", *ARCHIVES):
            last = last.removesuffix(end)
        return last or self.given


def read_address(text: str) -> Address:
    """Return what a source's text means; a relative path is taken from the current folder.

    Raises:
        SourceRefused: where it means nothing, or something that would not be safe to ask.
    """
    if not text or len(text) > LENGTH or NOT_PRINTABLE.search(text):
        raise _refused(text, "is no source")
    whole, _, inside = text.partition(SUBDIRECTORY)
    if inside and ({".", "..", ""} & set(inside.split("/")) or "\\" in inside):
        raise _refused(text, "names no folder inside its source")
    if whole.startswith("-"):
        raise _refused(text, "begins as an option")
    if match := PACKAGE.fullmatch(whole):
        version = f"=={match['version']}" if match["version"] else ""
        return Address(text, "package", match["name"] + version, inside)
    if match := SHORT.fullmatch(whole):
        path = match["path"].removesuffix(".git")
        return Address(text, "git", f"{HOSTS[match['host']]}{path}.git", inside)
    if match := SCP.fullmatch(whole):
        if match["path"].startswith("-"):
            raise _refused(text, "hides an option in its path")
        return Address(text, "git", whole, inside)
    if whole.startswith("git+") or "://" in whole:
        return _url(text, whole, inside)
    return _path(text, whole, inside)


def _url(text: str, whole: str, inside: str) -> Address:
    url = whole.removeprefix("git+")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise _refused(text, "is no URL") from None
    if parts.scheme not in PROTOCOLS:
        raise SourceRefused(
            f"the source {text} uses {parts.scheme or 'no protocol'}",
            hint=f"Allowed: {', '.join(PROTOCOLS)}.",
        )
    if parts.password or (parts.username and parts.scheme != "ssh"):
        raise SourceRefused(
            f"the source at {host} has a password or a token in it, which would be written down",
            hint="Leave it out, and let git's credential helper know it.",
        )
    if host.startswith("-") or (parts.username or "").startswith("-"):
        raise _refused(text, "hides an option in its host")
    if parts.scheme != "file" and not host:
        raise _refused(text, "names no host")
    if not whole.startswith("git+") and parts.path.endswith(ARCHIVES):
        if parts.scheme == "ssh":
            raise _refused(text, "is an archive that ssh does not bring")
        return Address(text, "archive", url, inside)
    return Address(text, "git", url, inside)


def _path(text: str, whole: str, inside: str) -> Address:
    try:
        place = Path(whole).expanduser().resolve()
        is_folder, is_file = place.is_dir(), place.is_file()
    except (OSError, RuntimeError, ValueError):
        raise _refused(text, "is no path") from None
    given = place.as_posix() + (f"{SUBDIRECTORY}{inside}" if inside else "")
    if is_folder:
        own = (place / ".git").exists() or _is_bare(place)
        return Address(given, "git" if own else "folder", str(place), inside)
    if is_file and place.name.endswith(ARCHIVES):
        return Address(given, "archive", str(place), inside)
    if is_file:
        raise _refused(text, "is a file, and no archive")
    raise SourceRefused(f"there is no source {text}", hint=f"Allowed: {ALLOWED}.")


def _is_bare(place: Path) -> bool:
    return (place / "HEAD").is_file() and (place / "objects").is_dir()


def _refused(text: str, why: str) -> SourceRefused:
    shown = text if text.isprintable() and text else ascii(text)
    return SourceRefused(f"the source {shown[:LENGTH]} {why}", hint=f"Allowed: {ALLOWED}.")
