"""Nothing stands twice in the templates: no file, and no run of lines."""

import hashlib
from collections import defaultdict
from pathlib import Path

from blueprint_cli.templates.builtin import builtin_root

# Locks, documents that the projects' own commands write, and a list that is data.
GENERATED = ("requirements", "openapi.json", "asyncapi.json", "common_passwords.txt")
SKIPPED = {".pyc", ".json"}
FEWEST = 150
"""Bytes; an empty file, or a package's one line, may be like another one."""
LONGEST = 20
"""Lines that two files may have in common."""


def texts(root: Path) -> dict[str, list[str]]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8").splitlines()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix not in SKIPPED and not path.name.startswith(GENERATED)
    }


def same_files(root: Path) -> list[list[str]]:
    found = defaultdict(list)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix not in SKIPPED and path.stat().st_size >= FEWEST:
            found[path.read_bytes()].append(path.relative_to(root).as_posix())
    return [paths for paths in found.values() if len(paths) > 1]


def common_runs(root: Path, longest: int) -> set[tuple[str, str]]:
    """The pairs of files that share more than so many lines in a row, blank ones left out."""
    seen: dict[bytes, str] = {}
    pairs = set()
    for path, lines in texts(root).items():
        full = [line.strip() for line in lines if line.strip()]
        for start in range(len(full) - longest):
            run = "\n".join(full[start : start + longest + 1])
            first = seen.setdefault(hashlib.sha256(run.encode()).digest(), path)
            if first != path:
                pairs.add((first, path))
    return pairs


def test_no_file_stands_twice() -> None:
    assert same_files(builtin_root()) == []


def test_no_run_of_lines_stands_twice() -> None:
    assert common_runs(builtin_root(), LONGEST) == set()


def test_what_stands_twice_is_found(tmp_path: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(LONGEST + 2))
    for name, changed in (("a.py", text), ("b.py", text), ("c.py", f"first\n{text}last\n")):
        (tmp_path / name).write_text(changed)
    assert same_files(tmp_path) == [["a.py", "b.py"]]
    assert common_runs(tmp_path, LONGEST) == {("a.py", "b.py"), ("a.py", "c.py")}
    assert common_runs(tmp_path, LONGEST + 2) == set()
