"""Git repositories as sources: a mirror of each is kept, so that a second look needs no network."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import GitFailed, SourceFailed, SourceRefused
from blueprint_cli.git.command import NEUTRAL, Git
from blueprint_cli.locks import try_lock
from blueprint_cli.sources.limits import Budget, count, refuse_links_out
from blueprint_cli.sources.versions import described, newest_tag, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprint_cli.sources.address import Address

# No program that an address names is run, and no host is asked without encryption.
SETTINGS: Final = (*NEUTRAL, "protocol.allow=never", "protocol.https.allow=always",
                   "protocol.ssh.allow=always", "protocol.file.allow=always")  # fmt: skip
REFS: Final = ("refs/tags/", "refs/heads/")
# What git's own rules allow in a name, and nothing that it would compute a commit from.
NAME: Final = re.compile(r"[^-\s~^:?*\[\\\x00-\x20\x7f][^\s~^:?*\[\\\x00-\x20\x7f]{0,199}")
LENGTH: Final = 200
# A hash, as `git describe` writes it too.
COMMIT: Final = re.compile(r"HEAD|(?:.+-\d+-g)?[0-9a-f]{4,64}")
SUBMODULE: Final = "160000"
SECONDS_BETWEEN: Final = 0.05


@dataclass(frozen=True, slots=True)
class Repository:
    """A bare copy of a repository on this machine."""

    address: Address
    git: Git

    def tags(self) -> list[str]:
        """Return its tags."""
        listed = self.git.run("for-each-ref", "--format=%(refname:strip=2)", "refs/tags")
        return listed.stdout.decode(errors="replace").split()

    def chosen(self, ref: str) -> str:
        """Return what to take: what was asked for, the newest tag, or the default branch."""
        return ref or newest_tag(self.tags()) or "HEAD"

    def commit(self, ref: str) -> str:
        """Return the commit that a branch, a tag or a commit stands for.

        Raises:
            SourceRefused: where there is none of that name.
        """
        if not NAME.fullmatch(ref) or ".." in ref or "@{" in ref:
            raise SourceRefused(f"'{ascii(ref)[1:-1][:LENGTH]}' is no branch, tag or commit")
        names = [f"{place}{ref}" for place in REFS]
        for name in (*names, ref) if COMMIT.fullmatch(ref) else names:
            found = self.git.word(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
            )
            if found:
                return found
        tags = self.tags()
        raise SourceRefused(
            f"{self.address.given} has no branch, tag or commit {ref}",
            hint=f"Its newest tag is {newest_tag(tags) or tags[-1]}." if tags else "It has no tag.",
        )

    def version(self, commit: str) -> str:
        """Return the version of a commit; tags that are no versions do not count."""
        if here := newest_tag(self.git.word("tag", "--points-at", commit).split()):
            return str(version_of(here))
        others = [tag for tag in self.tags() if version_of(tag) is None]
        without = [word for tag in others for word in ("--exclude", tag)]
        return described(
            self.git.word("describe", "--tags", "--long", "--always", *without, commit)
        )

    def check_out(self, commit: str, folder: Path, *, offline: bool) -> None:
        """Make a clone of it at a commit, with its tags and its submodules.

        Raises:
            SourceRefused: where it is too large, or a link in it leads out of it.
            GitFailed: where git refuses.
        """
        budget = Budget(self.address.given)
        tree = self.git.lines("ls-tree", "-r", "-l", "-z", commit)
        modules = False
        for line in tree:
            mode, _, _, size = line.partition("\t")[0].split()
            modules = modules or mode == SUBMODULE
            budget.take(int(size) if size.isdigit() else 0)
        self.git.run("clone", "--quiet", "--no-checkout", "--shared", "--", ".", str(folder))
        clone = Git(folder, settings=SETTINGS)
        clone.run("remote", "set-url", "origin", self.address.location)
        clone.run("checkout", "--quiet", "--force", "--detach", commit)
        if modules and not offline:
            # As git has it: a host's repository does not bring in what lies on this machine.
            here = "always" if is_local(self.address) else "never"
            clone = Git(folder, settings=(*SETTINGS, f"protocol.file.allow={here}"))
            clone.run("submodule", "update", "--quiet", "--init", "--recursive", "--force")
            count(folder, self.address.given)
        refuse_links_out(folder, self.address.given)


def open_repository(address: Address, scratch: Path, *, offline: bool = False) -> Repository:
    """Return a copy of a repository: a mirror that is kept, or the repository that is here.

    Args:
        address: where it is.
        scratch: where the copy goes if nothing can be kept on this machine.
        offline: take the mirror as it is, and ask no host.

    Raises:
        SourceFailed: where it cannot be had.
    """
    if is_local(address) and "://" not in address.location:
        return Repository(address, Git(Path(address.location), settings=SETTINGS))
    mirror = _mirrors(scratch) / f"{hashlib.sha256(address.location.encode()).hexdigest()}.git"
    git = Git(mirror, settings=SETTINGS)
    if offline:
        if not mirror.is_dir():
            raise SourceFailed(f"{address.given} was never asked, and this is offline")
        return Repository(address, git)
    try:
        with _alone(mirror):
            if mirror.is_dir():
                git.run("fetch", "--quiet", "--prune", "--force", "origin", "+refs/*:refs/*")
            else:
                _clone(address.location, mirror)
    except GitFailed as error:
        raise SourceFailed(
            f"{address.given} cannot be had: {error.message}", hint=error.hint
        ) from error
    return Repository(address, git)


def is_local(address: Address) -> bool:
    """Whether a repository is on this machine."""
    place = address.location
    return place.startswith("file:") or ("://" not in place and Path(place).is_dir())


@contextlib.contextmanager
def _alone(mirror: Path) -> Iterator[None]:
    """Let no other process change a mirror meanwhile: git refuses to write a reference twice."""
    mirror.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(mirror.with_suffix(".lock"), os.O_RDWR | os.O_CREAT)
    try:
        while not try_lock(descriptor):
            time.sleep(SECONDS_BETWEEN)
        yield
    finally:
        os.close(descriptor)


def _clone(url: str, mirror: Path) -> None:
    """Clone aside and move into place: two runs at once each have a whole one."""
    mirror.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=mirror.parent, ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "mirror"
        Git(Path(folder), settings=SETTINGS).run(
            "clone", "--quiet", "--mirror", "--", url, str(made)
        )
        with contextlib.suppress(OSError):
            made.rename(mirror)
        if not mirror.is_dir():
            shutil.copytree(made, mirror)


def _mirrors(scratch: Path) -> Path:
    """Return where mirrors are kept: with the user's other caches, or aside."""
    from platformdirs import user_cache_path  # noqa: PLC0415 - only where a host is asked

    place = user_cache_path("blueprint", appauthor=False) / "git"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return scratch / "mirrors"
    return place if os.access(place, os.W_OK) else scratch / "mirrors"
