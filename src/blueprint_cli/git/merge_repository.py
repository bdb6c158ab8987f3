"""A temporary repository that borrows the project's objects; git merges there and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import GitFailed
from blueprint_cli.git.command import NEUTRAL, Git
from blueprint_cli.git.entries import Entry, blob_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blueprint_cli.git.entries import Entries, ObjectFormat

SETTINGS: Final = (
    *NEUTRAL,
    "core.eol=lf",
    "core.fileMode=true",
    "core.ignoreCase=false",
    "core.protectHFS=false",
    "core.protectNTFS=false",
    "core.symlinks=true",
    "merge.conflictStyle=merge",
    "merge.directoryRenames=true",  # a file that somebody added follows its folder
    "merge.renormalize=true",  # CRLF on one side is no difference
    "merge.renameLimit=32767",
    "diff.renameLimit=32767",
)
# Contents are checked out byte for byte, and lines are compared without their endings.
ATTRIBUTES: Final = "* text=auto !eol !filter !ident !working-tree-encoding\n"
NOBODY: Final = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "blueprint"), ("EMAIL", "blueprint"), ("DATE", "@0 +0000"))
}
COMMITTER: Final = b"blueprint <blueprint> 0 +0000"
CLEAN, CONFLICT = 0, 1
Stages = dict[str, dict[int, Entry]]


@dataclass(frozen=True, slots=True)
class Merged:
    """What git made of three trees: whole files, and both sides of what conflicts."""

    entries: Entries
    stages: Stages


@dataclass(frozen=True, slots=True)
class MergeRepository:
    """The temporary repository. ``objects`` is where what it stores is."""

    folder: Path
    git: Git
    objects: Path
    algorithm: ObjectFormat

    @classmethod
    def make(cls, folder: Path, borrowed: Path, algorithm: ObjectFormat) -> MergeRepository:
        """Make one that reads the objects of another repository, and writes none there."""
        folder.mkdir()
        # Nothing that the user set for git reaches the merge.
        environment = {
            **NOBODY,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "0",
            "GIT_ATTR_NOSYSTEM": "1",
        }
        git = Git(folder, environment, SETTINGS, "Nothing was changed.")
        git.run("init", "--quiet", "--template=", f"--object-format={algorithm}")
        objects = folder / ".git" / "objects"
        (folder / ".git" / "info").mkdir(exist_ok=True)
        (folder / ".git" / "info" / "attributes").write_text(ATTRIBUTES, encoding="utf-8")
        (objects / "info" / "alternates").write_bytes(os.fsencode(borrowed) + b"\n")
        return cls(folder=folder, git=git, objects=objects, algorithm=algorithm)

    def store_blobs(self, contents: Iterable[bytes], mode: str = "100644") -> list[Entry]:
        """Store contents and return what a tree calls them."""
        stream, stored = [], []
        for content in contents:
            stream.append(b"blob\ndata %d\n%b\n" % (len(content), content))
            stored.append(Entry(mode, blob_name(content, self.algorithm)))
        if stream:
            self._import(b"".join(stream))
        return stored

    def read_blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of blobs."""
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        output = self.git.run(
            "cat-file", "--batch", given="".join(f"{oid}\n" for oid in wanted).encode()
        ).stdout
        found, at = {}, 0
        for oid in wanted:
            end = output.index(b"\n", at)
            size = int(output[at:end].rpartition(b" ")[2])
            found[oid] = output[end + 1 : end + 1 + size]
            at = end + size + 2
        return found

    def missing_blobs(self, oids: Iterable[str]) -> set[str]:
        """Return those of some blobs that are not here: a partial clone leaves them at its remote.

        Asked here, where git knows of no remote.
        """
        (borrowed,) = (self.objects / "info" / "alternates").read_bytes().splitlines()
        if not any((Path(os.fsdecode(borrowed)) / "pack").glob("*.promisor")):
            return set()
        given = "".join(f"{oid}\n" for oid in oids).encode()
        output = self.git.run("cat-file", "--batch-check", given=given).stdout.decode()
        return {line.split()[0] for line in output.splitlines() if line.endswith(" missing")}

    def commit(self, trees: Mapping[str, Entries]) -> None:
        """Make a branch for each tree; the first is the parent of the others."""
        stream: list[bytes] = []
        parent = b""
        for name, entries in trees.items():
            stream.append(
                b"commit refs/heads/%b\ncommitter %b\ndata 0\n%bdeleteall\n"
                % (name.encode(), COMMITTER, parent)
            )
            stream += [
                b"M %b %b %b\n" % (entry.mode.encode(), entry.oid.encode(), _quoted(path))
                for path, entry in entries.items()
            ]
            stream.append(b"\n")
            parent = parent or b"from refs/heads/%b\n" % name.encode()
        self._import(b"".join(stream))

    def merge(self, ours: str, theirs: str) -> Merged:
        """Merge two branches.

        Raises:
            GitFailed: where git does anything but merge, well or with conflicts.
        """
        self.git.run("checkout", "--quiet", "--force", ours)
        done = self.git.run("merge", "--no-commit", "--no-ff", "--quiet", theirs, check=False)
        if done.returncode not in {CLEAN, CONFLICT}:
            message = os.fsdecode(done.stderr or done.stdout).strip()
            raise GitFailed(f"git merge failed: {message}", hint="Nothing was changed.")
        entries: Entries = {}
        stages: Stages = {}
        for line in self.git.lines("ls-files", "--stage", "-z"):
            described, _, path = line.partition("\t")
            mode, oid, stage = described.split(" ")
            if stage == "0":
                entries[path] = Entry(mode, oid)
            else:
                stages.setdefault(path, {})[int(stage)] = Entry(mode, oid)
        return Merged(entries, stages)

    def store_conflicted(self, paths: Iterable[str]) -> dict[str, Entry]:
        """Return and store what git left at conflicting paths, markers included."""
        found: dict[str, Entry] = {}
        for path in paths:
            place = self.folder / path
            if place.is_symlink():
                content, mode = os.fsencode(place.readlink()), "120000"
            elif place.is_file():
                content = place.read_bytes()
                mode = "100755" if place.stat().st_mode & 0o100 else "100644"
            else:
                continue
            found[path] = self.store_blobs([content], mode)[0]
        return found

    def untracked(self) -> list[str]:
        """Return the files that git wrote beside a conflict, such as ``name~HEAD``."""
        return self.git.lines("ls-files", "--others", "-z")

    def renames(self, before: str, after: str) -> dict[str, str]:
        """Return what was renamed between two branches, as git sees it by likeness."""
        output = self.git.lines(
            "diff-tree", "-r", "-z", "--find-renames", "--diff-filter=R", "--name-status",
            before, after,
        )  # fmt: skip
        return {output[n + 1]: output[n + 2] for n in range(0, len(output), 3)}

    def patch(self, before: str, after: str) -> bytes:
        """Return what changes between two branches, as a patch."""
        return self.git.run(
            "diff", "--no-ext-diff", "--find-renames", "--binary", before, after
        ).stdout

    def _import(self, stream: bytes) -> None:
        self.git.run("fast-import", "--quiet", "--force", "--depth=0", given=stream)


def _quoted(path: str) -> bytes:
    raw = os.fsencode(path)
    if raw.startswith(b'"') or b"\n" in raw:
        escaped = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
        return b'"%b"' % escaped
    return raw
