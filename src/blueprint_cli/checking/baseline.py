"""A baseline: the findings that a project has accepted for now, so that only new ones count."""

from __future__ import annotations

import collections
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.checking.project import fingerprint
from blueprint_cli.errors import BaselineInvalid
from blueprint_cli.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from blueprint_cli.checking.finding import Finding

FORMAT: Final = 1
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often each finding is accepted, whatever line it stands in."""

    accepted: collections.Counter[Key] = field(default_factory=collections.Counter)

    def __len__(self) -> int:
        return self.accepted.total()

    def without_known(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], int]:
        """Return the findings that are not accepted, and how many accepted ones are gone."""
        left = self.accepted.copy()
        remaining = []
        for finding in findings:
            key = key_of(finding)
            if left[key] > 0:
                left[key] -= 1
            else:
                remaining.append(finding)
        return tuple(remaining), left.total()

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read a file that `write_baseline` wrote.

        Raises:
            BaselineInvalid: where it cannot be read or is no such file.
        """
        try:
            document: Any = json.loads(path.read_bytes())
            if document["format"] != FORMAT:
                raise BaselineInvalid(
                    f"{path} has format {document['format']}", hint="A newer blueprint wrote it."
                )
            keys = [(e["id"], e["path"], e["fingerprint"]) for e in document["findings"]]
        except OSError as error:
            raise BaselineInvalid(
                f"{path} cannot be read: {error.strerror}",
                hint=f"To accept what is there now: blueprint check --write-baseline {path}",
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise BaselineInvalid(f"{path} is no baseline: {error}") from error
        return cls(collections.Counter(keys))


def key_of(finding: Finding) -> Key:
    """Return what stays the same when lines move: the rule, the file, and what it is about."""
    found = finding.found
    return finding.rule.id, found.path, fingerprint(finding.rule.id, found.path, found.subject)


def write_baseline(path: Path, findings: Iterable[Finding]) -> int:
    """Accept what was found, but for notes, which stop nobody; return how many.

    One line for each finding, in order, so that two branches merge.

    Raises:
        OSError: where it cannot be written.
    """
    keys = sorted(key_of(finding) for finding in findings if finding.rule.severity != "note")
    lines = ",\n".join(
        json.dumps({"id": rule, "path": file, "fingerprint": digits}, ensure_ascii=False)
        for rule, file, digits in keys
    )
    text = f'{{"format": {FORMAT}, "findings": [\n{lines}\n]}}\n'
    write_whole(path, text)
    return len(keys)
