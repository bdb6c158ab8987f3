"""What the program writes on request: links, modes, redirected streams stay what they are."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from blueprint_cli.files import write_whole
from tests.rendered import BLUEPRINT, render


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_leads_to_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept/report", tmp_path / "report"
    link.symlink_to("kept/report")
    for text in ("one", "two"):  # It led to nothing at first.
        write_whole(link, text)
        assert (link.is_symlink(), target.read_text()) == (True, text)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["kept", "report", "report"]


def test_a_file_keeps_its_mode_and_owner(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12345, 54321)
    before = path.stat()
    write_whole(path, "new")
    after = path.stat()
    assert (mode_of(path), after.st_uid, after.st_gid) == (0o640, before.st_uid, before.st_gid)
    write_whole(path, "ours alone", mode=0o600)
    assert mode_of(path) == 0o600


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "report").symlink_to("none/report")
    with pytest.raises(OSError, match="No such file") as refused:
        write_whole(tmp_path / "report", "text")
    assert refused.value.filename == str(tmp_path / "report")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("files") / "shop", "--defaults")


@pytest.mark.parametrize("name", ["a link to it", "its own name"])
def test_standard_output_that_is_redirected_gets_all_of_it(
    name: str, shop: Path, tmp_path: Path
) -> None:
    written, output = tmp_path / "its own name", tmp_path / name
    written.write_text("before\n")
    if output != written:  # Not by its own name: a program that fails would replace it.
        output.symlink_to("/dev/stdout")
    inode = written.stat().st_ino
    command = f'"{BLUEPRINT}" check . --format sarif --output "{output}" >> "{written}"'
    subprocess.run(["/bin/sh", "-c", command], cwd=shop, check=True)
    text = written.read_text()
    assert text.startswith("before\n{\n"), text
    assert text.index("\n}\n") < text.index("nothing to report"), text
    assert written.stat().st_ino == inode


@pytest.mark.parametrize("option", ["--output", "--write-baseline"])
def test_what_check_writes_follows_links(option: str, shop: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    done = subprocess.run([BLUEPRINT, "check", ".", option, link], cwd=shop, check=False)
    assert done.returncode == 0
    assert (link.is_symlink(), mode_of(target)) == (True, 0o640)
    assert target.read_text() != "old"


def test_a_closed_output_is_no_reason_to_fail(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from blueprint_cli.files import write_whole\n"
        "sys.stdout.close(); sys.stderr = None; write_whole(Path('report'), 'text')"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    assert (tmp_path / "report").read_text() == "text"
