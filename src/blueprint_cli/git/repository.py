"""A project's files as git knows them, also where the project has no git of its own."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from blueprint_cli.errors import GitFailed
from blueprint_cli.git.command import IN_THE_PROJECT, NEUTRAL, Git
from blueprint_cli.git.entries import Entries, Entry
from blueprint_cli.git.work_tree import ask_place, ignored_among
from blueprint_cli.layout import FOLDER, IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from blueprint_cli.git.entries import ObjectFormat

# A project without git: every byte is taken and written as it is.
BYTES_AS_THEY_ARE: Final = "* -text -filter -ident -working-tree-encoding\n"
HINT: Final = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class ProjectRepository:
    """Git in a project's folder: its own repository, or a stand-in that lives as long as a command.

    ``prefix`` is the project's path from the top of the work tree, empty or ended by ``/``.
    """

    project: Path
    git: Git
    prefix: str
    index: Path
    objects: Path
    algorithm: ObjectFormat
    stand_in: bool

    def head(self) -> str:
        """Return the commit that is checked out; empty where there is none."""
        return "" if self.stand_in else self.git.word("rev-parse", "--verify", "--quiet", "HEAD")

    def branch(self) -> str:
        """Return the branch that is checked out, in full; empty where none is."""
        return "" if self.stand_in else self.git.word("symbolic-ref", "--quiet", "HEAD")

    def files(self, scratch: Path, store: Path, rendered: Iterable[str]) -> Entries:
        """Return the user's files as a commit of all of them would hold them, without the record.

        Of what git does not track, only those that are ``rendered``: the user has deleted none that
        is there, whether an ignore file covers it or not. The index stays as it is; new objects go
        to the folder ``store``.
        """
        index = scratch / "user-index"
        if self.index.exists():
            shutil.copyfile(self.index, index)
        git = self._with(
            GIT_INDEX_FILE=str(index),
            GIT_OBJECT_DIRECTORY=str(store),
            GIT_ALTERNATE_OBJECT_DIRECTORIES=str(self.objects),
        )
        git.run("add", "--all" if self.stand_in else "--update", "--", ".")
        found = self._listed(git)
        loose = [
            path
            for path in rendered
            if path not in found and _is_plain(self.project, path) and not _within(path, found)
        ]
        if not loose:
            return found
        given = os.fsencode("".join(f"{path}\0" for path in loose))
        git.run("update-index", "--add", "-z", "--stdin", given=given)
        return self._listed(git)

    def _listed(self, git: Git) -> Entries:
        found: Entries = {}
        for line in git.lines("ls-files", "--stage", "-z", "--", "."):
            described, _, path = line.partition("\t")
            mode, oid, _ = described.split(" ")
            if not path.startswith(f"{FOLDER}/"):
                found[path] = Entry(mode, oid)
        return found

    def uncommitted(self) -> list[str]:
        """Return what differs from the last commit, untracked files aside; none without git."""
        if self.stand_in:
            return []
        if not self.git.lines("ls-files", "-z", "--", IDENTITY):
            return [f"{FOLDER}/"]
        return self.changed()

    def changed(self) -> list[str]:
        """Return what differs from the last commit, of a folder that may have no record yet."""
        if self.stand_in:
            return []
        listed = self.git.lines(
            "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=no",
            "--ignore-submodules=all", "--", ".",
        )  # fmt: skip
        return [line[3:].removeprefix(self.prefix) for line in listed]

    def contains(self, commit: str) -> bool:
        """Return whether a commit is the one that is checked out or leads to it."""
        if commit in {"", self.head()}:
            return commit == self.head()
        asked = self.git.run("merge-base", "--is-ancestor", commit, "HEAD", check=False)
        return asked.returncode == 0

    def untracked(self, paths: Iterable[str]) -> list[str]:
        """Return which of some files git does not know."""
        known = {*self.git.lines("ls-files", "-z", "--", ".")}
        return [path for path in paths if path not in known]

    def ignored(self, paths: Iterable[str]) -> list[str]:
        """Return which of some files git ignores and does not track; they need not be there."""
        if self.stand_in:
            return []
        return ignored_among(
            self.git, [path for path in paths if not _behind_link(self.project, path)]
        )

    def overlooked(self) -> list[str]:
        """Return the files marked assume-unchanged or skip-worktree: no edit of them shows.

        Those that a sparse checkout leaves out are among them.
        """
        if self.stand_in:
            return []
        listed = self.git.lines("ls-files", "-v", "-z", "--", ".")
        return [line[2:] for line in listed if line[0].islower() or line[0] == "S"]

    def staged(self) -> set[str]:
        """Return the paths that the index holds otherwise than the last commit, or in conflict."""
        listed = self.git.lines(
            "diff", "--cached", "--name-only", "--relative", "-z", "--no-renames",
            "--no-ext-diff", "--ignore-submodules=all", "--", ".",
        )  # fmt: skip
        return set(listed)

    def unmerged(self) -> list[str]:
        """Return the paths whose conflict nobody has resolved in the index."""
        if self.stand_in:
            return []
        listed = self.git.lines("ls-files", "--unmerged", "-z", "--", ".")
        return sorted({line.partition("\t")[2] for line in listed})

    def check_out(
        self, entries: Mapping[str, Entry], folder: Path, scratch: Path, store: Path
    ) -> None:
        """Write files into a folder as this repository's own settings want them on disk."""
        git = self._with(
            GIT_INDEX_FILE=str(scratch / "out-index"),
            GIT_ALTERNATE_OBJECT_DIRECTORIES=str(store),
        )
        lines = (
            f"{entry.mode} {entry.oid} 0\t{self.prefix}{path}\0" for path, entry in entries.items()
        )
        git.run("update-index", "-z", "--index-info", given=os.fsencode("".join(lines)))
        git.run("checkout-index", "--all", "--force", f"--prefix={folder}/")

    def mark_unmerged(self, stages: Mapping[str, Mapping[int, Entry]], store: Path) -> None:
        """Put a conflict's sides into the index, as a merge of git's own does."""
        if self.stand_in or not stages:
            return
        oids = {entry.oid for sides in stages.values() for entry in sides.values()}
        with_store = self._with(GIT_ALTERNATE_OBJECT_DIRECTORIES=str(store))
        pack = with_store.run(
            "pack-objects", "--stdout", "-q", given="".join(f"{oid}\n" for oid in oids).encode()
        )
        self.git.run("unpack-objects", "-q", given=pack.stdout)
        nothing = "0" * len(next(iter(oids)))
        lines = []
        for path, sides in stages.items():
            lines.append(f"0 {nothing}\t{self.prefix}{path}\0")
            lines += [
                f"{entry.mode} {entry.oid} {stage}\t{self.prefix}{path}\0"
                for stage, entry in sorted(sides.items())
            ]
        self.git.run("update-index", "-z", "--index-info", given=os.fsencode("".join(lines)))

    def _with(self, **environment: str) -> Git:
        return Git(self.git.cwd, {**self.git.environment, **environment}, self.git.settings, HINT)


def open_repository(project: Path, scratch: Path) -> ProjectRepository:
    """Return the repository that holds a project; without one, or ignored by it, a stand-in.

    Raises:
        GitFailed: where git is missing or refuses.
    """
    git = Git(project, settings=IN_THE_PROJECT, hint=HINT)
    place = ask_place(
        git, "--show-toplevel", "--show-prefix", "--git-path", "objects", "--git-path", "index",
        "--show-object-format",
    )  # fmt: skip
    if place and not _ignored(git):
        _, prefix, objects, index, algorithm, *_ = place
        return ProjectRepository(
            project=project,
            git=git,
            prefix=prefix,
            index=project / index,
            objects=(project / objects).resolve(),
            algorithm=cast("ObjectFormat", algorithm),
            stand_in=False,
        )
    if place is None and os.path.lexists(project / ".git"):
        raise GitFailed(
            f"{project / '.git'} is there, and git finds no repository by it",
            hint=f"Repair it (git worktree repair) or remove it, then again. {HINT}",
        )
    folder = scratch / "stand-in"
    Git(scratch, hint=HINT).run(
        "init", "--quiet", "--template=", "--bare", "--object-format=sha1", str(folder)
    )
    (folder / "info").mkdir(exist_ok=True)
    (folder / "info" / "attributes").write_text(BYTES_AS_THEY_ARE, encoding="utf-8")
    environment = {"GIT_DIR": str(folder), "GIT_WORK_TREE": str(project)}
    return ProjectRepository(
        project=project,
        git=Git(project, environment, (*NEUTRAL, "core.bare=false"), HINT),
        prefix="",
        index=folder / "index",
        objects=folder / "objects",
        algorithm="sha1",
        stand_in=True,
    )


def _is_plain(project: Path, path: str) -> bool:
    """Whether a file or a link is there, and no link leads to it."""
    place = project / path
    return (place.is_symlink() or place.is_file()) and not _behind_link(project, path)


def _behind_link(project: Path, path: str) -> bool:
    parts = path.split("/")[:-1]
    return any((project / "/".join(parts[: n + 1])).is_symlink() for n in range(len(parts)))


def _within(path: str, entries: Entries) -> bool:
    """Whether a path is inside of a submodule."""
    modules = (place for place, entry in entries.items() if entry.kind == "160")
    return any(path.startswith(f"{module}/") for module in modules)


def _ignored(git: Git) -> bool:
    """Whether the repository around the project does not want it: its record is ignored there."""
    tracked = git.run("ls-files", "-z", "--", IDENTITY).stdout
    if tracked:
        return False
    return git.run("check-ignore", "--quiet", "--no-index", ".", check=False).returncode == 0
