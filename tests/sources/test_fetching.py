"""Sources on this machine: which version is taken, and what is refused with nothing left behind."""

import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from blueprint_cli.errors import SourceFailed, SourceRefused
from blueprint_cli.sources import limits
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.fetching import Fetched, fetch
from tests.engines.written import AUTHOR, commit, git, write


def fetched(source: Path | str, scratch: Path, ref: str = "", *, offline: bool = False) -> Fetched:
    return fetch(read_address(str(source)), ref, scratch, offline=offline)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = commit(write(tmp_path / "repository", {"a": "one"}), "v1.9.0")
    commit(write(folder, {"a": "two"}), "v1.10.0")
    commit(write(folder, {"a": "three"}), "v2.0.0rc1")
    git(folder, "tag", "latest")
    return commit(write(folder, {"a": "four", "in/b": "b"}))


@pytest.mark.parametrize(
    ("ref", "content", "version"),
    [
        ("", "two", "1.10.0"),
        ("v1.9.0", "one", "1.9.0"),
        ("v2.0.0rc1", "three", "2.0.0rc1"),
        ("latest", "three", "2.0.0rc1"),
        ("main", "four", None),
        ("HEAD", "four", None),
    ],
)
def test_a_version_of_a_repository_is_taken(
    ref: str, content: str, version: str | None, repository: Path, tmp_path: Path
) -> None:
    found = fetched(repository, tmp_path, ref)
    assert (found.folder / "a").read_text() == content
    assert found.ref == ("v1.10.0" if not ref else "" if ref == "HEAD" else ref)
    assert found.commit == git(found.folder, "rev-parse", "HEAD")
    assert git(found.folder, "tag").split() == ["latest", "v1.10.0", "v1.9.0", "v2.0.0rc1"]
    assert found.version == version or (version is None and "post" in found.version)


def test_a_commit_is_taken_as_git_describes_it(repository: Path, tmp_path: Path) -> None:
    full = git(repository, "rev-parse", "HEAD")
    for ref in (full, full[:7], f"v2.0.0rc1-1-g{full[:7]}"):
        assert fetched(repository, tmp_path, ref).commit == full


def test_what_is_not_committed_does_not_count(repository: Path, tmp_path: Path) -> None:
    (repository / "a").write_text("changed")
    assert (fetched(repository, tmp_path, "main").folder / "a").read_text() == "four"


@pytest.mark.parametrize(
    "ref",
    [
        "v3.0.0",
        "--upload-pack=x",
        "-x",
        "main~1",
        "main^",
        "main:a",
        ":/two",
        "main@{yesterday}",
        "@{-1}",
        "main..latest",
        "a b",
        "a\nb",
        "\x1b[31m",
        "x" * 300,
        "../../x",
        "*",
    ],
)
def test_a_reference_that_is_no_name_is_refused(ref: str, repository: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(SourceRefused) as refused:
        fetched(repository, scratch, ref)
    assert refused.value.message.isprintable()
    assert not list(scratch.iterdir())


def test_a_folder_in_a_repository_is_taken(repository: Path, tmp_path: Path) -> None:
    found = fetched(f"{repository}#subdirectory=in", tmp_path, "main")
    assert [path.name for path in found.folder.iterdir()] == ["b"]
    assert found.address.name == "in"
    with pytest.raises(SourceRefused, match="no folder"):
        fetched(f"{repository}#subdirectory=out", tmp_path, "main")


def test_a_mirror_serves_offline(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url = f"file://{repository}"
    with pytest.raises(SourceFailed, match="never asked"):
        fetched(url, tmp_path, offline=True)
    assert fetched(url, tmp_path).version == "1.10.0"
    commit(repository, "v3.0.0")
    assert fetched(url, tmp_path, offline=True).version == "1.10.0"
    assert fetched(url, tmp_path).version == "3.0.0"
    repository.rename(tmp_path / "gone")
    assert fetched(url, tmp_path, offline=True).version == "3.0.0"
    with pytest.raises(SourceFailed, match="cannot be had"):
        fetched(url, tmp_path)


def test_a_users_git_may_know_another_place_of_a_host(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team's mirror of a host is found as git finds it; the address stays as it was given."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bare = tmp_path / "hosts" / "acme" / "templates.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), str(bare))
    known = Path(os.environ["HOME"], ".gitconfig")
    url = f"file://{tmp_path}/hosts/"
    known.write_text(f'{known.read_text()}[url "{url}"]\n\tinsteadOf = https://github.com/\n')
    found = fetched("gh:acme/templates", tmp_path)
    assert (found.version, found.address.given) == ("1.10.0", "gh:acme/templates")
    assert git(found.folder, "config", "remote.origin.url") == (
        "https://github.com/acme/templates.git"
    )


def test_submodules_come_along(repository: Path, tmp_path: Path) -> None:
    whole = commit(write(tmp_path / "whole", {"x": "x"}))
    allowed = ("-c", "protocol.file.allow=always")
    git(whole, *allowed, "submodule", "--quiet", "add", str(repository), "part")
    git(whole, *AUTHOR, "commit", "--quiet", "--message", "part")
    assert (fetched(whole, tmp_path).folder / "part" / "a").read_text() == "four"


def links(folder: Path, targets: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, target in targets.items():
        (folder / name).symlink_to(target)
    return folder


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "self", "/"])
@pytest.mark.parametrize("kind", ["folder", "git"])
def test_a_link_that_leads_out_is_refused(target: str, kind: str, tmp_path: Path) -> None:
    folder = links(tmp_path / "source", {"self": target, "fine": "."})
    if kind == "git":
        commit(folder)
    with pytest.raises(SourceRefused, match="leads out of it: self"):
        fetched(folder, tmp_path)


def test_a_folder_is_copied_without_a_repository_and_devices(tmp_path: Path) -> None:
    folder = write(tmp_path / "source", {"a": "a", "__pycache__/a.pyc": "x", "in/.git/x": "x"})
    links(folder, {"b": "a"})
    found = fetched(folder, tmp_path)
    assert (found.ref, found.commit, found.version) == ("", "", "0")
    assert sorted(path.name for path in found.folder.rglob("*")) == ["a", "b", "in"]
    with pytest.raises(SourceRefused, match="no branch or tag v1"):
        fetched(folder, tmp_path, "v1")
    os.mkfifo(folder / "pipe")
    with pytest.raises(SourceRefused, match="device"):
        fetched(folder, tmp_path)


@pytest.mark.parametrize("kind", ["folder", "git", "zip", "tar"])
@pytest.mark.parametrize(("bound", "said"), [("FILES", "more than 3 files"), ("BYTES", "MiB")])
def test_what_is_too_much_is_refused(
    kind: str, bound: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, bound, 3)
    source = write(tmp_path / "source", {f"d/{n}": "12" for n in range(4)})
    if kind == "git":
        commit(source)
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
            for place in sorted(source.rglob("*")):
                packed.write(place, place.relative_to(source))
        source = tmp_path / "x.zip"
    if kind == "tar":
        with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as packed_tar:
            packed_tar.add(source, "x")
        source = tmp_path / "x.tar.gz"
    with pytest.raises(SourceRefused, match=said):
        fetched(source, tmp_path)
