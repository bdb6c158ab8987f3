"""A baseline: the findings that a project has accepted for now, so that only new ones count."""

from __future__ import annotations

import collections
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.checking.project import fingerprint
from blueprint_cli.errors import BaselineInvalid
from blueprint_cli.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blueprint_cli.checking.check import ProjectReport
    from blueprint_cli.checking.finding import Finding

FORMAT: Final = 1
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What each project has accepted; projects are named by their way from the file's folder."""

    folder: Path | None = None
    projects: dict[str, Accepted] = field(default_factory=dict)

    def of(self, root: Path) -> Accepted:
        """Return what is accepted in a project."""
        none = Accepted()
        return self.projects.get(_place(root, self.folder), none) if self.folder else none

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read a file that `write_baseline` wrote.

        Raises:
            BaselineInvalid: where it cannot be read or is no such file.
        """
        projects: dict[str, Accepted] = {}
        try:
            document: Any = json.loads(path.read_bytes())
            if document["format"] != FORMAT:
                raise BaselineInvalid(
                    f"{path} has format {document['format']}", hint="A newer blueprint wrote it."
                )
            for entry in document["findings"]:
                accepted = projects.setdefault(entry.get("project", "."), Accepted())
                accepted.keys[entry["id"], entry["path"], entry["fingerprint"]] += 1
        except OSError as error:
            raise BaselineInvalid(
                f"{path} cannot be read: {error.strerror}",
                hint=f"To accept what is there now: blueprint check --write-baseline {path}",
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BaselineInvalid(f"{path} is no baseline: {error}") from error
        return cls(path.parent.resolve(), projects)


@dataclass(frozen=True, slots=True)
class Accepted:
    """How often each finding of a project is accepted, whatever line it stands in."""

    keys: collections.Counter[Key] = field(default_factory=collections.Counter)

    def __len__(self) -> int:
        return self.keys.total()

    def without_known(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], int]:
        """Return the findings that are not accepted, and how many accepted ones are gone."""
        left = self.keys.copy()
        remaining = []
        for finding in findings:
            key = key_of(finding)
            if left[key] > 0:
                left[key] -= 1
            else:
                remaining.append(finding)
        return tuple(remaining), left.total()


def key_of(finding: Finding) -> Key:
    """Return what stays the same when lines move: the rule, the file, and what it is about."""
    found = finding.found
    return finding.rule.id, found.path, fingerprint(finding.rule.id, found.path, found.subject)


def write_baseline(path: Path, projects: Iterable[ProjectReport]) -> int:
    """Accept what was found, but for notes that stop nobody; return how many.

    One line for each finding, in order, so that two branches merge.

    Raises:
        OSError: where it cannot be written.
    """
    folder = path.parent.resolve()
    keys = sorted(
        (_place(project.root, folder), *key_of(finding))
        for project in projects
        for finding in project.findings
        if finding.severity != "note" or project.fails(finding)
    )
    names = ("project", "id", "path", "fingerprint")
    lines = ",\n".join(
        json.dumps(dict(zip(names, key, strict=True)), ensure_ascii=False) for key in keys
    )
    text = f'{{"format": {FORMAT}, "findings": [\n{lines}\n]}}\n'
    write_whole(path, text)
    return len(keys)


def _place(root: Path, folder: Path) -> str:
    """Return the way to a project from a folder, the same on every machine that has both."""
    return Path(os.path.relpath(root, folder)).as_posix()
