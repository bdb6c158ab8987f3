"""What counts as a later version of a source, of each kind."""

import importlib.util
import subprocess
import zipfile
from pathlib import Path

import pytest

from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.newest import Newer, newer_version
from blueprint_cli.standards.lag import lag_of
from blueprint_cli.standards.opening import open_standard
from tests.program import git

LEAST = "standard: 1\nname: acme\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "0")
    return folder


def commit(folder: Path, text: str, tag: str = "") -> str:
    (folder / "standard.yaml").write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", text[:20])
    if tag:
        git(folder, "tag", tag)
    return git(folder, "rev-parse", "HEAD")


def newer(folder: Path, ref: str, commit: str, scratch: Path) -> Newer | None:
    address = read_address(str(folder))
    return newer_version(address, ref, commit, scratch, file="standard.yaml")


def test_every_later_tag_counts_and_no_other(repository: Path, tmp_path: Path) -> None:
    taken = commit(repository, "1", "v1.0")
    commit(repository, "2", "v1.1")
    commit(repository, "3", "v2.0")
    commit(repository, "4", "v3.0rc1")
    commit(repository, "5", "not-a-version")
    assert newer(repository, "v1.0", taken, tmp_path) == Newer("v2.0", (b"3", b"2"))
    assert newer(repository, "v2.0", taken, tmp_path) is None
    assert newer(repository, "v3.0rc1", taken, tmp_path) is None


def test_a_commit_is_of_the_version_that_is_nearest_before_it(
    repository: Path, tmp_path: Path
) -> None:
    commit(repository, "1", "v1.0")
    between = commit(repository, "2")
    assert newer(repository, between, between, tmp_path) is None
    commit(repository, "3", "v1.1")
    assert newer(repository, between, between, tmp_path) == Newer("v1.1", (b"3",))
    assert newer(repository, "v0.9-gone", "0" * 40, tmp_path) == Newer("v1.1", (b"3", b"1"))


def test_a_branch_is_followed(repository: Path, tmp_path: Path) -> None:
    for ref in ("main", ""):
        taken = git(repository, "rev-parse", "HEAD")
        assert newer(repository, ref, taken, tmp_path) is None
        later = commit(repository, f"later on {ref}")
        found = newer(repository, ref, taken, tmp_path)
        assert found is not None
        assert found.ref == f"{ref or 'its default branch'} at {later[:12]}"
        assert found.contents == (f"later on {ref}".encode(),)


def test_a_folder_is_compared_with_what_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "standard.yaml").write_text(LEAST)
    kept = open_standard(str(folder))
    assert lag_of(kept) is None
    (folder / "standard.yaml").write_text(f"{LEAST}version: '2'\ncurrent_from: 2026-12-01\n")
    lag = lag_of(kept)
    assert lag is not None
    assert (lag.newest, str(lag.current_from)) == ("2", "2026-12-01")


def test_a_later_version_that_cannot_be_read_sets_no_day(repository: Path) -> None:
    commit(repository, LEAST, "v1.0")
    kept = open_standard(str(repository))
    commit(repository, "standard: 2\ncurrent_from: [soon]\n", "v2.0")
    commit(repository, "{", "v3.0")
    commit(repository, f"{LEAST}current_from: 2026-13-01\n", "v4.0")
    lag = lag_of(kept)
    assert lag is not None
    assert (lag.newest, lag.current_from) == ("v4.0", None)


def test_a_package_is_as_new_as_the_index_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "acme_standard-3.2-py3-none-any.whl", "w") as wheel:
            wheel.writestr("acme_standard/standard.yaml", "x")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr("blueprint_cli.sources.package.subprocess.run", download)
    address = read_address("python:acme-standard")
    for number, (ref, found) in enumerate([("3.1", Newer("3.2", (b"x",))), ("3.2", None)]):
        scratch = tmp_path / str(number)
        assert newer_version(address, ref, "", scratch, file="standard.yaml") == found
