"""Which tag is the newest, and what version a commit is, as PEP 440 orders them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

# What `git describe --tags --long` says: the tag, the commits after it, the commit.
DESCRIBED: Final = re.compile(r"(?P<tag>.+)-(?P<after>\d+)-g(?P<commit>[0-9a-f]+)")
UNKNOWN: Final = "0"


def newest_tag(tags: Iterable[str]) -> str:
    """Return the tag of the latest release; of the latest pre-release where there is no other.

    Tags that are no versions do not count; empty where none does.
    """
    known = {tag: version for tag in tags if (version := version_of(tag)) is not None}
    releases = [tag for tag, version in known.items() if not version.is_prerelease]
    return max(releases or known, key=known.__getitem__, default="")


def version_of(tag: str) -> Version | None:
    """Return the version that a tag names, with or without a ``v`` before it."""
    try:
        return Version(tag)
    except InvalidVersion:
        return None


def described(text: str) -> str:
    """Return the version of a commit by what ``git describe --tags --long --always`` says of it."""
    match = DESCRIBED.fullmatch(text)
    if match is None:
        return f"{UNKNOWN}+g{text}"
    tagged = version_of(match["tag"])
    if tagged is None:
        return f"{UNKNOWN}+g{match['commit']}"
    if match["after"] == "0":
        return str(tagged)
    if tagged.local or tagged.is_postrelease:
        return str(tagged)
    return f"{tagged}.post{match['after']}+g{match['commit']}"
