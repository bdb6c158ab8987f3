"""The only module that runs git."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from blueprint_cli.errors import GitFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_BRANCH: Final = "main"
# Lines of an error of git's own, beside its reason.
SHOWN: Final = 10
# Variables that would send git to another repository, index or configuration than the project's.
MISLEADING: Final = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_TEMPLATE_DIR",
    "GIT_DEFAULT_HASH",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
# The first commit holds the render's bytes, whatever the user's own settings are.
NEUTRAL: Final = (
    "core.hooksPath=/dev/null",
    "core.excludesFile=/dev/null",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.fsmonitor=false",
    "commit.gpgSign=false",
    "commit.template=",
    "gc.auto=0",
    "maintenance.auto=false",
)

# In the user's own repository line endings and filters are as set there; hooks play no part.
IN_THE_PROJECT: Final = (
    "core.hooksPath=/dev/null",
    "core.safecrlf=false",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
)


@dataclass(frozen=True, slots=True)
class FirstCommit:
    """What became of the repository: a commit, or staged files where git knows no identity."""

    branch: str
    committed: bool


def find_git() -> str | None:
    """Return the path of git; None where there is none, or only a stub that asks to install it."""
    program = shutil.which("git")
    return program if program and _version_of(program) else None


def git_version() -> str | None:
    """Return git's version as it states it, or None where it is not installed."""
    program = find_git()
    return _version_of(program) if program else None


@functools.cache
def _version_of(program: str) -> str:
    """Return what a git says of its version; empty where it does not run."""
    try:
        done = subprocess.run(  # noqa: S603 - git, as the PATH has it
            [program, "version"], capture_output=True, check=False, stdin=subprocess.DEVNULL
        )
    except OSError:
        return ""
    said = _decoded(done.stdout).strip()
    return "" if done.returncode else said.removeprefix("git version ")


def create_repository(project: Path, message: str) -> FirstCommit:
    """Make a repository of a folder, with everything in it as the first commit.

    Hooks, signing, templates and ignore files of the user have no part in it.

    Raises:
        GitFailed: where git refuses.
    """
    _git("init", "--quiet", "--template=", cwd=project)
    # Asked in the new repository: a broken one around it would have no answer.
    configured = _git("config", "--get", "init.defaultBranch", cwd=project, check=False)
    if configured.returncode:
        _git("symbolic-ref", "HEAD", f"refs/heads/{DEFAULT_BRANCH}", cwd=project)
    branch = _git("symbolic-ref", "--short", "HEAD", cwd=project).stdout.strip()
    _git("add", "--all", cwd=project)
    if not _knows_identity(project):
        return FirstCommit(branch, committed=False)
    _git("commit", "--quiet", "--no-verify", "--message", message, cwd=project)
    return FirstCommit(branch, committed=True)


def _knows_identity(project: Path) -> bool:
    """Whether git knows who commits; what it makes up from the host's name does not count."""
    asked = [
        _git("-c", "user.useConfigOnly=true", "var", name, cwd=project, check=False).returncode
        for name in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    ]
    return not any(asked)


def _git(
    *arguments: str, cwd: Path | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    git = Git(cwd, hint="`--no-git` renders the project without a repository.")
    done = git.run(*arguments, check=check)
    return subprocess.CompletedProcess(
        done.args, done.returncode, _decoded(done.stdout), _decoded(done.stderr)
    )


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one folder; neither hooks, signing nor the caller's ``GIT_*`` have a part in it."""

    cwd: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = NEUTRAL
    hint: str = ""

    def run(
        self, *arguments: str, given: bytes | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run one git command; ``given`` is its standard input.

        Raises:
            GitFailed: where git is missing, or fails and ``check`` says that it must not.
        """
        settings = [word for setting in self.settings for word in ("-c", setting)]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program with arguments of our own
                [shutil.which("git") or "git", *settings, *arguments],
                cwd=self.cwd,
                env=_environment() | dict(self.environment),
                input=b"" if given is None else given,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            if find_git():  # It runs; what is wrong is the folder.
                raise
            raise self._missing() from error
        if check and done.returncode:
            raise self.failure(arguments[0], done)
        return done

    def _missing(self) -> GitFailed:
        return GitFailed("git is not installed, or does not run", hint=self.hint)

    def failure(self, command: str, done: subprocess.CompletedProcess[bytes]) -> GitFailed:
        """Return what git says: the reason, and below it all else, such as a path or a remedy."""
        if find_git() is None:  # What ran is a stub, which only asks to install it.
            return self._missing()
        said = _decoded(done.stderr or done.stdout).splitlines()
        # What git indents is a command, to be copied whole.
        lines = ["  " * line[:1].isspace() + line.strip() for line in said if line.strip()]
        fatal = [line for line in lines if line.startswith("fatal: ")]
        reason = [*fatal, *reversed(lines), f"exit {done.returncode}"][0]
        others = [line for line in lines if line != reason][:SHOWN]
        hint = "\n".join([*others, *([self.hint] if self.hint else [])])
        return GitFailed(f"git {command} failed: {reason}", hint=hint)

    def lines(self, *arguments: str, given: bytes | None = None) -> list[str]:
        """Return what a command with ``-z`` lists; a path that is not UTF-8 survives."""
        return [
            os.fsdecode(line)
            for line in self.run(*arguments, given=given).stdout.split(b"\0")
            if line
        ]

    def word(self, *arguments: str) -> str:
        """Return the one line that a command says; empty where it fails."""
        done = self.run(*arguments, check=False)
        return "" if done.returncode else os.fsdecode(done.stdout).rstrip("\n")


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    return environment | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",  # A partial clone would ask its remote for what it lacks.
    }


def _decoded(output: bytes) -> str:
    return output.decode(errors="backslashreplace")


def unignored_files(folder: Path) -> list[str] | None:
    """Return the files below a folder that git tracks or would add, relative to it.

    A repository within the repository is one entry, which ends with ``/`` unless it is tracked.
    None where there is no git, no repository, or git refuses (a folder of another user).
    """
    return _listed(folder, "--cached", "--others", "--exclude-standard")


def submodules(folder: Path) -> list[str]:
    """Return the repositories below a folder that its own repository tracks, relative to it."""
    listed = _listed(folder, "--stage") or []
    return [line.partition("\t")[2] for line in listed if line.startswith("160000 ")]


def _listed(folder: Path, *which: str) -> list[str] | None:
    git = Git(folder, settings=IN_THE_PROJECT)
    try:
        return git.lines("ls-files", "-z", *which)
    except GitFailed:
        return None
