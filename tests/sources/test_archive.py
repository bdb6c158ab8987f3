"""Archives that strangers made: what is in them stays in the folder, on every Python."""

import io
import tarfile
from pathlib import Path

import pytest

from blueprint_cli.errors import SourceFailed, SourceRefused
from blueprint_cli.sources.archive import unpack

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
