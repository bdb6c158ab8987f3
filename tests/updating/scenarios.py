"""What happens to edits, case by case: once as our tests, once for the table beside our rivals.

A scenario knows no tool. It has the template's two versions, what the user does between them, and
what is wrong with a result.
"""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Content = str | bytes
Files = Mapping[str, Content]

LONG = "".join(f"line {number}\n" for number in range(1, 21))
MINE = "mine, and dear to me\n"
THEIRS = "new in the template\n"


@dataclass(frozen=True)
class Result:
    """A project after an update, the exit code, and what the tool said."""

    project: Path
    code: int
    said: str

    def text(self, path: str) -> str:
        place = self.project / path
        return place.read_bytes().decode("utf-8", "replace") if place.is_file() else ""

    def conflict(self, path: str) -> bool:
        """Whether a conflict is shown there: by markers, the index, or a file of rejects."""
        unmerged = subprocess.run(
            ["git", "-c", "core.quotePath=false", "ls-files", "--unmerged", "--", path],
            cwd=self.project, capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        rejects = (self.project / f"{path}.rej").exists()
        return "<<<<<<<" in self.text(path) or bool(unmerged) or rejects


def edited(text: str, line: int, new: str) -> str:
    """Return a text with one line replaced."""
    lines = text.splitlines(keepends=True)
    lines[line - 1] = new
    return "".join(lines)


def git(project: Path, *arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=project, text=True)


def commit(project: Path) -> None:
    git(project, "add", "--all")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git(project, *identity, "commit", "--quiet", "--allow-empty", "--message", "edit")


def write(project: Path, path: str, content: Content) -> None:
    place = project / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())


Edit = Callable[[Path], None]
Judge = Callable[[Result], list[str]]


@dataclass(frozen=True)
class Scenario:
    """One case; ``judge`` returns what is wrong with a result, in words."""

    name: str
    before: Files
    after: Files
    edit: Edit
    judge: Judge
    moves: Mapping[str, str] = field(default_factory=dict)
    commits: bool = True


def _holds(result: Result, path: str, *texts: str) -> list[str]:
    """What is missing of some texts in a file."""
    found = result.text(path)
    return [f"`{text.strip()}` is not in {path}" for text in texts if text not in found]


def _gone(result: Result, *paths: str) -> list[str]:
    return [f"{path} is there" for path in paths if os.path.lexists(result.project / path)]


def _lost(result: Result, text: str = MINE) -> list[str]:
    """Whether a text of the user is nowhere any more."""
    for place in result.project.rglob("*"):
        inside = ".git" not in place.relative_to(result.project).parts
        if inside and place.is_file() and text.encode().strip() in place.read_bytes():
            return []
    return ["the edit is lost"]


def _listed(result: Result, path: str) -> list[str]:
    wrong = [] if result.conflict(path) else [f"no conflict is shown in {path}"]
    return wrong if result.code == 1 else [*wrong, f"exit code {result.code}"]


def _well(result: Result) -> list[str]:
    return [] if result.code == 0 else [f"exit code {result.code}"]


def _rename_edited() -> Scenario:
    return Scenario(
        "the template renames a file that the user edited",
        {"a.txt": LONG},
        {"b.txt": LONG},
        lambda project: write(project, "a.txt", edited(LONG, 3, MINE)),
        lambda r: [*_lost(r), *_holds(r, "b.txt", MINE), *_gone(r, "a.txt"), *_well(r)],
    )


def _rename_and_change_edited() -> Scenario:
    return Scenario(
        "the template renames and changes a file that the user edited",
        {"a.txt": LONG},
        {"b.txt": edited(LONG, 18, THEIRS)},
        lambda project: write(project, "a.txt", edited(LONG, 3, MINE)),
        lambda r: [*_lost(r), *_holds(r, "b.txt", MINE, THEIRS), *_gone(r, "a.txt"), *_well(r)],
    )


def _delete_edited() -> Scenario:
    return Scenario(
        "the template deletes a file that the user edited",
        {"a.txt": LONG, "b.txt": "b\n"},
        {"b.txt": "b\n"},
        lambda project: write(project, "a.txt", edited(LONG, 3, MINE)),
        lambda r: [*_lost(r), *_listed(r, "a.txt")],
    )


def _user_moved() -> Scenario:
    def edit(project: Path) -> None:
        (project / "mine").mkdir()
        (project / "a.txt").rename(project / "mine/a.txt")

    return Scenario(
        "the user moved a file that the template changes",
        {"a.txt": LONG},
        {"a.txt": edited(LONG, 10, THEIRS)},
        edit,
        lambda r: [*_holds(r, "mine/a.txt", THEIRS), *_gone(r, "a.txt"), *_well(r)],
    )


def _different_lines() -> Scenario:
    return Scenario(
        "both edit different lines",
        {"a.txt": LONG},
        {"a.txt": edited(LONG, 18, THEIRS)},
        lambda project: write(project, "a.txt", edited(LONG, 3, MINE)),
        lambda r: [*_holds(r, "a.txt", MINE, THEIRS), *_well(r)],
    )


def _same_line() -> Scenario:
    return Scenario(
        "both edit the same line",
        {"a.txt": LONG},
        {"a.txt": edited(LONG, 3, THEIRS)},
        lambda project: write(project, "a.txt", edited(LONG, 3, MINE)),
        lambda r: [*_lost(r), *_listed(r, "a.txt")],
    )


def _user_deleted() -> Scenario:
    return Scenario(
        "the user deleted a file that the template changes",
        {"a.txt": LONG, "b.txt": "b\n"},
        {"a.txt": edited(LONG, 3, THEIRS), "b.txt": "b\n"},
        lambda project: (project / "a.txt").unlink(),
        lambda r: [
            *_gone(r, "a.txt", "a.txt.rej"),
            *_well(r),
            *([] if "a.txt" in r.said else ["it is not listed"]),
        ],
    )


def _both_add() -> Scenario:
    return Scenario(
        "both add one file",
        {"a.txt": LONG},
        {"a.txt": LONG, "new.txt": f"{THEIRS}same\n"},
        lambda project: write(project, "new.txt", f"{MINE}same\n"),
        lambda r: [*_lost(r), *_listed(r, "new.txt")],
    )


def _both_add_the_same() -> Scenario:
    return Scenario(
        "both add one file with the same content",
        {"a.txt": LONG},
        {"a.txt": LONG, "new.txt": "same\n"},
        lambda project: write(project, "new.txt", "same\n"),
        lambda r: [*_holds(r, "new.txt", "same\n"), *_well(r)],
    )


def _look_alikes(name: str, moves: Mapping[str, str], judge: Judge) -> Scenario:
    return Scenario(
        name,
        {"orders/rules.txt": LONG, "catalog/rules.txt": LONG},
        {"services/a/rules.txt": LONG, "services/b/rules.txt": LONG},
        lambda project: write(project, "orders/rules.txt", edited(LONG, 3, MINE)),
        judge,
        moves=moves,
    )


def _look_alikes_known() -> Scenario:
    return _look_alikes(
        "two files with the same content, one edited, both renamed; the template says where to",
        {"files/orders": "files/services/b", "files/catalog": "files/services/a"},
        lambda r: [
            *_lost(r),
            *_holds(r, "services/b/rules.txt", MINE),
            *(["the edit is in the wrong file"] if MINE in r.text("services/a/rules.txt") else []),
            *_gone(r, "orders/rules.txt"),
            *_well(r),
        ],
    )


def _look_alikes_unknown() -> Scenario:
    return _look_alikes(
        "two files with the same content, one edited, both renamed; nobody says where to",
        {},
        lambda r: [
            *_lost(r),
            *(
                "the edit was put into one of them by chance"
                for path in ("services/a/rules.txt", "services/b/rules.txt")
                if MINE in r.text(path)
            ),
            *_listed(r, "orders/rules.txt"),
        ],
    )


def _in_the_way(name: str, edit: Edit) -> Scenario:
    return Scenario(
        name,
        {"a.txt": LONG, ".gitignore": "*.local\n"},
        {"a.txt": LONG, ".gitignore": "*.local\n", "new.local": THEIRS, "new.txt": THEIRS},
        edit,
        lambda r: [
            *_lost(r),
            *(["nothing is said about it"] if r.code == 0 and "new." not in r.said else []),
        ],
        commits=False,
    )


def _ignored_in_the_way() -> Scenario:
    return _in_the_way(
        "an ignored file where the template adds one",
        lambda project: write(project, "new.local", MINE),
    )


def _untracked_in_the_way() -> Scenario:
    return _in_the_way(
        "an untracked file where the template adds one",
        lambda project: write(project, "new.txt", MINE),
    )


def _folder_follows() -> Scenario:
    return Scenario(
        "the template renames a folder in which the user added a file",
        {"old/a.txt": LONG, "old/b.txt": f"b\n{LONG}"},
        {"new/a.txt": LONG, "new/b.txt": f"b\n{LONG}"},
        lambda project: write(project, "old/mine.txt", MINE),
        lambda r: [*_lost(r), *_holds(r, "new/mine.txt", MINE), *_gone(r, "old"), *_well(r)],
    )


def _line_endings() -> Scenario:
    def edit(project: Path) -> None:
        write(project, "a.txt", edited(LONG, 3, MINE).replace("\n", "\r\n"))

    return Scenario(
        "the user's file has CRLF",
        {"a.txt": LONG},
        {"a.txt": edited(LONG, 18, THEIRS)},
        edit,
        lambda r: [
            *_lost(r),
            *_holds(r, "a.txt", MINE.strip(), THEIRS.strip()),
            *(["there is a conflict"] if r.conflict("a.txt") else []),
            *([] if r.text("a.txt").count("\r\n") == 20 else ["the line endings changed"]),
            *_well(r),
        ],
    )


def _executable() -> Scenario:
    return Scenario(
        "the user made a file executable that the template changes",
        {"run.sh": LONG},
        {"run.sh": edited(LONG, 3, THEIRS)},
        lambda project: (project / "run.sh").chmod(0o755),
        lambda r: [
            *_holds(r, "run.sh", THEIRS),
            *(
                []
                if (r.project / "run.sh").stat().st_mode & stat.S_IXUSR
                else ["it is not executable any more"]
            ),
            *_well(r),
        ],
    )


def _symlink() -> Scenario:
    def edit(project: Path) -> None:
        (project / "a.txt").rename(project / "real.txt")
        (project / "a.txt").symlink_to("real.txt")

    return Scenario(
        "the user put a symlink in the place of a file that the template changes",
        {"a.txt": LONG},
        {"a.txt": edited(LONG, 3, THEIRS)},
        edit,
        lambda r: [
            *([] if (r.project / "a.txt").is_symlink() else ["the link is gone"]),
            *_holds(r, "real.txt", "line 1\n"),
        ],
    )


def _binary() -> Scenario:
    return Scenario(
        "both change a binary file",
        {"a.bin": b"\0\1base"},
        {"a.bin": b"\0\1template"},
        lambda project: write(project, "a.bin", b"\0\1" + MINE.encode()),
        lambda r: [*_lost(r), *_listed(r, "a.bin")],
    )


def _binary_untouched() -> Scenario:
    return Scenario(
        "the template changes a binary file",
        {"a.bin": b"\0\1base", "b.txt": LONG},
        {"a.bin": b"\0\1template", "b.txt": LONG},
        lambda project: write(project, "b.txt", edited(LONG, 3, MINE)),
        lambda r: [
            *(
                []
                if (r.project / "a.bin").read_bytes() == b"\0\1template"
                else ["it is not changed"]
            ),
            *_well(r),
        ],
    )


def _names() -> Scenario:
    def edit(project: Path) -> None:
        write(project, "häuser und straßen/ναί.txt", edited(LONG, 3, MINE))
        write(project, "日本.txt", edited(LONG, 3, MINE) + "1\n")

    return Scenario(
        "names with letters beyond ASCII and spaces",
        {"häuser und straßen/ναί.txt": LONG, "日本.txt": LONG + "1\n"},
        {"häuser und straßen/ναί.txt": edited(LONG, 18, THEIRS), "neu/日本.txt": LONG + "1\n"},
        edit,
        lambda r: [
            *_holds(r, "häuser und straßen/ναί.txt", MINE, THEIRS),
            *_holds(r, "neu/日本.txt", MINE),
            *_well(r),
        ],
    )


def _squashed() -> Scenario:
    def edit(project: Path) -> None:
        write(project, "a.txt", edited(LONG, 3, MINE))
        commit(project)
        git(project, "checkout", "--quiet", "--orphan", "squashed")
        git(project, "commit", "--quiet", "--message", "all of it")
        git(project, "branch", "-D", "main")
        git(project, "reflog", "expire", "--expire=now", "--all")
        git(project, "gc", "--quiet", "--prune=now")

    return Scenario(
        "squashed history",
        {"a.txt": LONG},
        {"b.txt": edited(LONG, 18, THEIRS)},
        edit,
        lambda r: [*_lost(r), *_holds(r, "b.txt", MINE, THEIRS), *_well(r)],
    )


def _shallow() -> Scenario:
    def edit(project: Path) -> None:
        write(project, "a.txt", edited(LONG, 3, MINE))
        commit(project)
        origin = project.with_name("origin")
        project.rename(origin)
        git(origin.parent, "clone", "--quiet", "--depth=1", origin.as_uri(), str(project))

    return Scenario(
        "a shallow clone",
        {"a.txt": LONG},
        {"b.txt": edited(LONG, 18, THEIRS)},
        edit,
        lambda r: [*_lost(r), *_holds(r, "b.txt", MINE, THEIRS), *_well(r)],
    )


def _without_git() -> Scenario:
    def edit(project: Path) -> None:
        write(project, "a.txt", edited(LONG, 3, MINE))
        shutil.rmtree(project / ".git")

    return Scenario(
        "no git at all",
        {"a.txt": LONG},
        {"b.txt": edited(LONG, 18, THEIRS)},
        edit,
        lambda r: [*_lost(r), *_holds(r, "b.txt", MINE, THEIRS), *_well(r)],
        commits=False,
    )


def _dirty() -> Scenario:
    return Scenario(
        "a dirty tree",
        {"a.txt": LONG},
        {"a.txt": edited(LONG, 18, THEIRS)},
        lambda project: write(project, "a.txt", edited(LONG, 3, MINE)),
        lambda r: [
            *_lost(r),
            *([] if r.code else ["it is not refused"]),
            *(["the tree was changed"] if THEIRS in r.text("a.txt") else []),
            *([] if "commit" in r.said else ["it does not say what to do"]),
        ],
        commits=False,
    )


def _hooks() -> Scenario:
    def edit(project: Path) -> None:
        write(project, "a.txt", edited(LONG, 3, MINE))
        commit(project)
        hooks = project / ".git/hooks"
        hooks.mkdir(exist_ok=True)
        for name in (
            "pre-commit",
            "post-checkout",
            "post-merge",
            "post-index-change",
            "commit-msg",
        ):
            (hooks / name).write_text("#!/bin/sh\ntouch hook-ran\nexit 1\n")
            (hooks / name).chmod(0o755)
        git(project, "config", "commit.gpgSign", "true")
        git(project, "config", "user.signingKey", "nobody")
        git(project, "config", "user.useConfigOnly", "true")
        for key in ("user.name", "user.email"):
            subprocess.run(["git", "config", "--global", "--unset", key], check=False)

    return Scenario(
        "failing hooks, signing, and no identity",
        {"a.txt": LONG},
        {"b.txt": edited(LONG, 18, THEIRS)},
        edit,
        lambda r: [
            *_lost(r),
            *_holds(r, "b.txt", MINE, THEIRS),
            *_gone(r, "hook-ran"),
            *_well(r),
        ],
        commits=False,
    )


SCENARIOS = tuple(
    make()
    for make in (
        _different_lines, _same_line, _rename_edited, _rename_and_change_edited, _delete_edited,
        _user_moved, _user_deleted, _both_add, _both_add_the_same, _look_alikes_known,
        _look_alikes_unknown, _folder_follows, _ignored_in_the_way, _untracked_in_the_way,
        _line_endings, _executable, _symlink, _binary, _binary_untouched, _names, _squashed,
        _shallow, _without_git, _dirty, _hooks,
    )
)  # fmt: skip
