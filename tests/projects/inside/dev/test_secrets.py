"""What Compose needs of `.env` is added to it, and nothing that is there changes."""

import re
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "dev" / "secrets.sh"
MODE = 0o777


def add(folder: Path, *names: str) -> str:
    """What it says."""
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT), *names], cwd=folder, capture_output=True, text=True, check=True
    )
    assert not done.stderr
    return done.stdout


def test_a_first_start_makes_a_file_that_is_private(tmp_path: Path) -> None:
    said = add(tmp_path, "ONE", "OTHER")
    file = tmp_path / ".env"
    found = re.findall(r"^(\w+)=([0-9a-f]{48})$", file.read_text("utf-8"), re.MULTILINE)
    assert [name for name, _ in found] == ["ONE", "OTHER"]
    assert len({secret for _, secret in found}) == 2
    assert "ONE was missing" in said
    assert found[0][1] not in said
    assert file.stat().st_mode & MODE == 0o600
    assert add(tmp_path, "ONE", "OTHER") == ""


@pytest.mark.parametrize(
    "there",
    [
        "NAME=x",
        "NAME=x\r\n",
        "export NAME='x'\n",
        '\ufeffNAME = "x" # a comment\n',
        "  NAME: x",
        "NAME=\nNAME=x\n",
    ],
)
def test_what_is_there_stays_byte_for_byte(tmp_path: Path, there: str) -> None:
    file = tmp_path / ".env"
    file.write_bytes(there.encode())
    assert add(tmp_path, "NAME") == ""
    assert file.read_bytes() == there.encode()


@pytest.mark.parametrize(
    "there",
    [
        "LAST=setting",
        "LAST=setting\r\nNAME=\r\n",
        "# NAME=x\n",
        "MY_NAME=x\nNAMES=x\n",
        "export NAME='' # to come\n",
        'NAME=x\nNAME=""',
    ],
)
def test_what_is_missing_is_added_on_a_line_of_its_own(tmp_path: Path, there: str) -> None:
    real = tmp_path / "elsewhere"
    real.write_bytes(there.encode())
    real.chmod(0o640)
    (tmp_path / ".env").symlink_to(real)
    assert add(tmp_path, "NAME") == "NAME was missing in .env and has been added\n"
    after = real.read_bytes()
    assert after.startswith(there.encode())
    assert re.fullmatch(rb"\n?NAME=[0-9a-f]{48}\n", after[len(there.encode()) :])
    assert after[len(there.encode()) - 1 :].count(b"\n") == 2
    assert (tmp_path / ".env").is_symlink()
    assert real.stat().st_mode & MODE == 0o640
