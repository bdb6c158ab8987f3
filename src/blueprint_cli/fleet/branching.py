"""A branch of each repository with the updates of its projects, and nothing else of it touched.

The updates are made in a scratch folder that holds the last commit, so that neither the files that
are checked out nor the index have a part in them. Commits reach a repository when all are made.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from blueprint_cli.errors import BlueprintError, GitFailed, ProjectRefused
from blueprint_cli.fleet.candidate import how_to_ask
from blueprint_cli.fleet.hosts import commands_for
from blueprint_cli.fleet.members import name_of
from blueprint_cli.fleet.outcome import Outcome
from blueprint_cli.git.command import IN_THE_PROJECT, NEUTRAL, Git
from blueprint_cli.git.repository import BYTES_AS_THEY_ARE, open_repository
from blueprint_cli.git.work_tree import find_work_tree
from blueprint_cli.record.journal import refuse_unfinished
from blueprint_cli.updating.update import update_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blueprint_cli.fleet.candidate import Candidate
    from blueprint_cli.fleet.members import Member
    from blueprint_cli.git.repository import ProjectRepository
    from blueprint_cli.updating.changes import Changes
    from blueprint_cli.updating.update import Updated

State = Literal["unchanged", "committed", "conflicts", "by-hand", "skipped", "failed"]
# A name that git makes up of the host's is nobody's.
ASKED: Final = (*IN_THE_PROJECT, "user.useConfigOnly=true")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branched(Outcome):
    """What became of one project; ``commit`` is its own."""

    state: State
    commit: str = ""

    @property
    def fine(self) -> bool:
        """Whether nobody has to look after it."""
        return self.state in {"unchanged", "committed", "skipped"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The commits of one repository, the last of them and all of them packed.

    ``top`` is None where there is no repository, ``commit`` empty where nothing was committed.
    ``commands`` push the branch and open the request.
    """

    projects: tuple[Branched, ...]
    top: Path | None = None
    commit: str = ""
    pack: bytes = b""
    commands: tuple[str, ...] = ()


def refuse_branch_name(branch: str) -> None:
    """Refuse what git takes for no name of a branch.

    Raises:
        ProjectRefused: saying so.
    """
    if Git(None).run("check-ref-format", "--branch", branch, check=False).returncode:
        raise ProjectRefused(f"'{branch}' is no name for a branch")


def by_repository(members: Iterable[Member]) -> list[tuple[Member, ...]]:
    """Put the projects of one repository together: they share a branch, with a commit each."""
    found: dict[str, list[Member]] = {}
    for member in members:
        found.setdefault(str(_top(member) or member.place), []).append(member)
    return [tuple(each) for each in found.values()]


def made_for(candidate: Candidate, branch: str, members: Sequence[Member]) -> Made:
    """Commit the updates of one repository's projects aside, for a branch of this name.

    What cannot be updated without somebody is listed, and has no commit.
    """
    try:
        top = _repository_of(members[0], branch)
        with tempfile.TemporaryDirectory(prefix="branch-") as folder:
            aside = _Aside.begin(top, Path(folder))
            made = tuple(aside.updated(member, candidate) for member in members)
            if aside.head == aside.start:
                return Made(projects=made, top=top)
            title, body = _request(made)
            return Made(
                projects=made,
                top=top,
                commit=aside.head,
                pack=aside.pack(),
                commands=commands_for(top, branch, title, body),
            )
    except BlueprintError as error:
        return Made(projects=tuple(not_branched(member, error) for member in members))


def not_branched(member: Member, problem: BlueprintError) -> Branched:
    """Say why nothing was done."""
    return Branched(
        place=member.place, name=name_of(member), state="failed", path=member.root, problem=problem
    )


def land(made: Made, branch: str) -> Made:
    """Bring the commits into the repository, and make the branch; it must not be there."""
    if made.top is None or not made.commit:
        return made
    git = Git(made.top, settings=IN_THE_PROJECT)
    try:
        git.run("unpack-objects", "-q", given=made.pack)
        nothing = "0" * len(made.commit)
        git.run("update-ref", "-m", "blueprint fleet update", _ref(branch), made.commit, nothing)
    except BlueprintError as error:
        projects = tuple(
            replace(one, state="failed", commit="", problem=error)
            if one.state == "committed"
            else one
            for one in made.projects
        )
        return replace(made, projects=projects, commit="", commands=())
    return replace(made, pack=b"")


def _ref(branch: str) -> str:
    return f"refs/heads/{branch}"


def _top(member: Member) -> Path | None:
    try:
        return find_work_tree(member.root) if member.root else None
    except (GitFailed, OSError):
        return None


def _repository_of(member: Member, branch: str) -> Path:
    """Return the repository that a branch can be made in."""
    if member.problem is not None:
        raise member.problem
    if member.address is not None:
        raise ProjectRefused(
            "it is not on this machine, and a branch needs a place",
            hint=f"Clone it and name its folder: git clone {member.address.location}",
        )
    top = find_work_tree(member.root) if member.root else None
    if top is None:
        raise ProjectRefused("it is in no git repository", hint="A branch needs one.")
    git = Git(top, settings=IN_THE_PROJECT)
    if git.word("rev-parse", "--verify", "--quiet", _ref(branch)):
        raise ProjectRefused(
            f"it has a branch {branch} already",
            hint="Choose another name; or look at the branch, and delete it where nobody needs it.",
        )
    if not git.word("rev-parse", "--verify", "--quiet", "HEAD"):
        raise ProjectRefused("it has no commit yet", hint="Commit, then again.")
    known = [
        Git(top, settings=ASKED).word("var", f"GIT_{role}_IDENT")
        for role in ("AUTHOR", "COMMITTER")
    ]
    if not all(known):
        raise ProjectRefused(
            "git does not know who commits",
            hint="git config --global user.name NAME; git config --global user.email ADDRESS",
        )
    return top


@dataclass(slots=True)
class _Aside:
    """A scratch folder with the last commit of a repository, whose objects it borrows."""

    repository: ProjectRepository
    folder: Path
    start: str
    head: str
    git: Git = field(init=False)

    def __post_init__(self) -> None:
        self.git = Git(self.folder, settings=NEUTRAL, hint="Nothing was changed.")

    @classmethod
    def begin(cls, top: Path, scratch: Path) -> _Aside:
        repository = open_repository(top, scratch)
        folder = scratch / "tree"
        folder.mkdir()
        aside = cls(repository, folder, repository.head(), repository.head())
        git = aside.git
        git.run("init", "--quiet", "--template=", f"--object-format={repository.algorithm}")
        own = folder / ".git"
        (own / "info").mkdir(exist_ok=True)
        (own / "info" / "attributes").write_text(BYTES_AS_THEY_ARE, encoding="utf-8")
        borrowed = os.fsencode(repository.objects) + b"\n"
        (own / "objects" / "info" / "alternates").write_bytes(borrowed)
        shallow = Path(repository.git.word("rev-parse", "--git-path", "shallow"))
        if (top / shallow).is_file():
            (own / "shallow").write_bytes((top / shallow).read_bytes())
        git.run("update-ref", "--no-deref", "HEAD", aside.head)
        git.run("read-tree", aside.head)
        return aside

    def updated(self, member: Member, candidate: Candidate) -> Branched:
        """Update one project, and commit it where that needs nobody."""
        root = member.root or self.repository.project
        below = root.relative_to(self.repository.project).as_posix()
        try:
            if not candidate.concerns(member):
                return Branched(
                    place=member.place, name=name_of(member), state="skipped", path=root
                )
            refuse_unfinished(root)
            self._check_out(below)
            done = update_project(
                self.folder / below,
                target=candidate.target_for(member),
                templates=candidate.templates,
            )
        except BlueprintError as error:
            here = str((self.folder / below).resolve())
            error.message = error.message.replace(here, str(root))
            error.hint = error.hint.replace(here, str(root))
            return not_branched(member, how_to_ask(error))
        branched = Branched(
            place=member.place,
            name=name_of(member),
            state=_state(done),
            path=root,
            before=done.before,
            after=done.after,
            changes=done.changes,
            look=done.look,
        )
        if branched.state != "committed":
            self.git.run("read-tree", self.head)
            return branched
        return replace(branched, commit=self._commit(below, _message(branched)))

    def _check_out(self, below: str) -> None:
        """Write the project's files; those of the rest of the repository are not needed."""
        listed = self.git.run("ls-files", "-z", "--", below).stdout
        self.git.run("checkout-index", "--force", "--index", "-z", "--stdin", given=listed)

    def _commit(self, below: str, message: str) -> str:
        """Commit what is below a folder, as the repository's own settings name who does it."""
        self.git.run("add", "--all", "--", below)
        tree = self.git.word("write-tree")
        environment = {
            "GIT_OBJECT_DIRECTORY": str(self.folder / ".git" / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self.repository.objects),
        }
        git = Git(self.repository.project, environment, ASKED, "Nothing was changed.")
        made = git.run("commit-tree", tree, "-p", self.head, "-F", "-", given=message.encode())
        self.head = made.stdout.decode().strip()
        self.git.run("update-ref", "--no-deref", "HEAD", self.head)
        return self.head

    def pack(self) -> bytes:
        """Return what the repository does not have yet."""
        given = f"{self.head}\n^{self.start}\n".encode()
        return self.git.run("pack-objects", "--revs", "--stdout", "-q", given=given).stdout


def _state(done: Updated) -> State:
    if done.conflicts:
        return "conflicts"
    if done.look.finds:
        return "by-hand"
    return "unchanged" if done.state == "unchanged" else "committed"


def _message(branched: Branched) -> str:
    """Return what the commit says: from what to what, and how much."""
    return f"{_title(branched)}\n\n{_counts(branched.changes)}\n"


def _title(branched: Branched) -> str:
    before, after = branched.before, branched.after
    if before is None or after is None or before == after:
        again = f" with {after.pattern} {after.version}" if after else ""
        return f"Render {branched.name} again{again}"
    return (
        f"Update {branched.name} from {before.pattern} {before.version} "
        f"to {after.pattern} {after.version}"
    )


def _counts(changes: Changes | None) -> str:
    """Say how many files change; a version alone may, too."""
    if not changes:
        return "No file changes but the record of what was rendered."
    kinds: dict[str, Sequence[Any]] = {
        "changed": changes.changed,
        "moved": changes.moved,
        "added": changes.added,
        "removed": changes.removed,
    }
    counted = ", ".join(f"{len(paths)} {kind}" for kind, paths in kinds.items() if paths)
    edited = sum(one.edited for one in changes.changed)
    edited += sum(one.edited for one in changes.moved)
    merged = f" {edited} merged with edits of this project." if edited else ""
    return f"Files: {counted}.{merged}"


def _request(made: Sequence[Branched]) -> tuple[str, str]:
    """Return title and text of the request for a branch."""
    committed = [one for one in made if one.state == "committed"]
    if len(committed) == 1:
        return _title(committed[0]), _counts(committed[0].changes)
    names = ", ".join(one.name for one in committed)
    return f"Update {names}", "\n".join(
        f"{_title(one)}. {_counts(one.changes)}" for one in committed
    )
