"""Whether a source has a later version than the one that was taken; it asks the source's host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from blueprint_cli.sources.package import newest_of_package
from blueprint_cli.sources.repository import REFS, open_repository
from blueprint_cli.sources.versions import newest_tag, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packaging.version import Version

    from blueprint_cli.sources.address import Address
    from blueprint_cli.sources.repository import Repository

COMMIT_SHOWN: Final = 12
# So many versions are looked into; nobody lags behind further.
VERSIONS: Final = 50


@dataclass(frozen=True, slots=True)
class Newer:
    """A later version: what it is called, and what a file of it and of those before it holds."""

    ref: str
    contents: tuple[bytes, ...] = ()


def newer_version(  # noqa: PLR0913 - which version, and how it is asked for
    address: Address,
    ref: str,
    commit: str,
    scratch: Path,
    *,
    file: str = "",
    offline: bool = False,
) -> Newer | None:
    """Return the newest version of a source, where it is later than the one that was taken.

    Args:
        address: of the source; a folder or an archive has no versions.
        ref: the branch or tag, or the package's version, that was taken.
        commit: what that stood for.
        scratch: where files go that are needed for it.
        file: a file whose content is asked for, in every later version.
        offline: ask no host; a repository is known as it was when its host was last asked.

    Raises:
        SourceFailed: where it cannot be had.
    """
    if address.kind == "package":
        return _of_package(address, ref, scratch, file)
    if address.kind != "git":
        return None
    repository = open_repository(address, scratch, offline=offline)
    inside = f"{address.inside}/{file}" if address.inside else file
    if _is_branch(repository, ref):
        there = repository.commit(ref or "HEAD")
        if there == commit:
            return None
        called = f"{ref or 'its default branch'} at {there[:COMMIT_SHOWN]}"
        return Newer(called, tuple(_contents(repository, [there], inside)))
    taken = _taken(repository, ref, commit)
    tags = {tag: version for tag in repository.tags() if (version := version_of(tag)) is not None}
    later = [tag for tag, version in tags.items() if taken is None or version > taken]
    newest = newest_tag(tags)
    if newest not in later:
        return None
    later = [tag for tag in later if tags[tag] <= tags[newest]]
    later.sort(key=lambda tag: tags[tag], reverse=True)
    return Newer(newest, tuple(_contents(repository, later[:VERSIONS], inside)))


def _is_branch(repository: Repository, ref: str) -> bool:
    """Whether a reference moves: a branch, or the default one of a repository without versions."""
    if not ref:
        return not newest_tag(repository.tags())
    tag, branch = (f"{place}{ref}" for place in REFS)
    verify = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    return not repository.git.word(*verify, tag) and bool(repository.git.word(*verify, branch))


def _taken(repository: Repository, ref: str, commit: str) -> Version | None:
    """Return the version that was taken; None where nobody knows it any more."""
    known = version_of(ref)
    if known is None and repository.git.word("rev-parse", "--verify", "--quiet", f"{commit}^0"):
        known = version_of(repository.version(commit))
    return known


def _contents(repository: Repository, refs: list[str], path: str) -> Iterator[bytes]:
    for ref in refs if path else ():
        found = repository.git.run("cat-file", "blob", f"{ref}:{path}", check=False)
        if found.returncode == 0:
            yield found.stdout


def _of_package(address: Address, ref: str, scratch: Path, file: str) -> Newer | None:
    version, folder = newest_of_package(address, scratch)
    there, taken = version_of(version), version_of(ref)
    if there is None or (taken is not None and there <= taken):
        return None
    places = sorted(folder.glob(f"{address.inside or '*'}/{file}")) if file else []
    return Newer(version, tuple(place.read_bytes() for place in places[:1]))
