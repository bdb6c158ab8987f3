"""Archives that strangers made: what is in them stays in the folder, on every Python."""

import io
import tarfile
import zipfile
from http.client import HTTPMessage as Message
from pathlib import Path
from urllib.request import Request

import pytest

from blueprint_cli.errors import SourceFailed, SourceRefused
from blueprint_cli.sources.archive import Encrypted, unpack

Entry = tuple[str, bytes | None, str]  # name, content, what it links to


def archive(folder: Path, *entries: Entry, kind: bytes = tarfile.SYMTYPE) -> Path:
    path = folder / "given.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        for name, content, linked in entries:
            info = tarfile.TarInfo(name)
            info.mode = 0o4777
            if content is None:
                info.type, info.linkname = kind, linked
                made.addfile(info)
            else:
                info.size = len(content)
                made.addfile(info, io.BytesIO(content))
    return path


def test_files_and_links_are_there_with_plain_modes(tmp_path: Path) -> None:
    given = archive(tmp_path, ("l/here", None, "../top/a"), ("./top/a", b"text", ""))
    folder = unpack(str(given), "it", tmp_path / "out")

    assert (folder / "l/here").read_bytes() == b"text"
    assert (folder / "l/here").is_symlink()
    assert (folder / "top/a").stat().st_mode & 0o7777 == 0o755


def test_a_hard_link_is_the_same_file(tmp_path: Path) -> None:
    given = archive(tmp_path, ("a", b"text", ""), ("b", None, "a"), kind=tarfile.LNKTYPE)
    assert (unpack(str(given), "it", tmp_path / "out") / "b").read_bytes() == b"text"


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ([("../out-of-it", b"x", "")], tarfile.SYMTYPE),
        ([("/etc/out-of-it", b"x", "")], tarfile.SYMTYPE),
        ([("out", None, "../..")], tarfile.SYMTYPE),
        ([("out", None, "/etc")], tarfile.SYMTYPE),
        ([("out", None, "../elsewhere"), ("out/link", None, "a")], tarfile.SYMTYPE),
        ([("out", None, "../given.tar.gz")], tarfile.LNKTYPE),
        ([("device", None, "")], tarfile.CHRTYPE),
    ],
)
def test_what_leads_out_is_refused(entries: list[Entry], kind: bytes, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(SourceRefused):
        unpack(str(archive(tmp_path, *entries, kind=kind)), "it", tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert not (tmp_path / "out-of-it").exists()


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    given = archive(tmp_path, ("out", None, "../elsewhere"), ("out/file", b"x", ""))
    with pytest.raises(SourceFailed):
        unpack(str(given), "it", tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def zipped(folder: Path, *entries: tuple[str, bytes], mode: int = 0o100644) -> Path:
    path = folder / "given.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.filename = name  # As it is: what makes archives would repair it.
            info.external_attr = mode << 16
            made.writestr(info, content)
    return path


def test_a_zip_has_files_with_plain_modes(tmp_path: Path) -> None:
    folder = unpack(str(zipped(tmp_path, ("top/a", b"x"), mode=0o104755)), "it", tmp_path / "out")
    assert (folder / "a").stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize(
    "name", ["../out-of-it", "/out-of-it", "a/../../x", "..\\x", "C:/x", "c:x"]
)
def test_a_zip_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="leads out"):
        unpack(str(zipped(tmp_path, (name, b"x"))), "it", tmp_path / "out")
    assert not (tmp_path / "out-of-it").exists()


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    given = zipped(tmp_path, ("a", b"/etc/passwd"), mode=0o120777)
    with pytest.raises(SourceRefused, match="link"):
        unpack(str(given), "it", tmp_path / "out")


def test_repositories_in_archives_are_left_out(tmp_path: Path) -> None:
    bad = "top/.git/config", b"[core]\nfsmonitor = touch ran\n"
    for given in (
        zipped(tmp_path, bad, ("top/a", b"x")),
        archive(tmp_path, (*bad, ""), ("top/a", b"x", "")),
    ):
        folder = unpack(str(given), "it", tmp_path / given.name.replace(".", "-"))
        assert [path.name for path in folder.iterdir()] == ["a"]


def test_bombs_are_refused_before_they_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blueprint_cli.sources.archive.BYTES", 1000)
    monkeypatch.setattr("blueprint_cli.sources.archive.FILES", 1)
    monkeypatch.setattr("blueprint_cli.sources.limits.BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a", bytes(10**6))
    header = tarfile.TarInfo("a")
    header.pax_headers = {"comment": "x" * 10**6}
    with tarfile.open(tmp_path / "header.tar.xz", "w:xz") as made_tar:
        made_tar.addfile(header)
    for given in (
        tmp_path / "bomb.zip",
        tmp_path / "header.tar.xz",
        archive(tmp_path, ("a", bytes(10**6), "")),
    ):
        with pytest.raises(SourceRefused, match="MiB"):
            unpack(str(given), "it", tmp_path / f"out-{given.name}")


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    given = zipped(tmp_path, ("a", b"x" * 1000))
    data = given.read_bytes()
    given.write_bytes(data.replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(SourceFailed):
        unpack(str(given), "it", tmp_path / "out")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar", "a.whl"])
def test_what_is_no_archive_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"no archive at all" * 100)
    with pytest.raises(SourceFailed, match="cannot be read"):
        unpack(str(tmp_path / name), "it", tmp_path / "out")


def test_an_archive_is_downloaded(tmp_path: Path) -> None:
    given = archive(tmp_path, ("top/a", b"x", ""))
    assert (unpack(given.as_uri(), "it", tmp_path / "out") / "a").read_bytes() == b"x"
    with pytest.raises(SourceFailed, match="cannot be downloaded"):
        unpack((tmp_path / "gone.zip").as_uri(), "it", tmp_path / "other")


def test_a_host_does_not_lead_to_one_without_encryption() -> None:
    handler = Encrypted()
    request = Request("https://host.example/a.zip")
    arguments = (request, io.BytesIO(), 302, "Found", Message())
    assert handler.redirect_request(*arguments, "https://other.example/a.zip")
    for url in ("http://host.example/a.zip", "ftp://host.example/a.zip", "file:///etc/passwd"):
        with pytest.raises(SourceRefused, match="not encrypted"):
            handler.redirect_request(*arguments, url)
