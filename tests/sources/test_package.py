"""Python packages as sources: read where they are installed, or as wheels; never imported."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from blueprint_cli.errors import SourceFailed, SourceRefused
from blueprint_cli.sources.address import read_address
from blueprint_cli.sources.fetching import fetch
from tests.engines.written import write

NAME = "acme_standard"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose import would leave a file."""
    folder = write(
        tmp_path / "site",
        {
            f"{NAME}/__init__.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n",
            f"{NAME}/standard.yaml": "standard: 1\n",
            f"{NAME}-1.2.dist-info/METADATA": f"Name: {NAME}\nVersion: 1.2\n",
            f"{NAME}-1.2.dist-info/RECORD": f"{NAME}/__init__.py,,\n{NAME}/standard.yaml,,\n"
            f"{NAME}-1.2.dist-info/METADATA,,\n../../bin/acme,,\n/etc/hostname,,\n",
        },
    )
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.mark.usefixtures("installed")
def test_an_installed_package_is_read_and_not_imported(tmp_path: Path) -> None:
    address = read_address(f"python:{NAME}#subdirectory={NAME}")
    found = fetch(address, "", tmp_path / "scratch", offline=True)
    assert (found.folder / "standard.yaml").read_text() == "standard: 1\n"
    assert (found.ref, found.version) == ("1.2", "1.2")
    assert not (tmp_path / "ran").exists()
    assert NAME not in sys.modules


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("ref", ["../x", "1.0 --index-url x", "-r x", "x"])
def test_what_is_no_version_is_refused(ref: str, tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="no version"):
        fetch(read_address(f"python:{NAME}"), ref, tmp_path)


def test_two_versions_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="another"):
        fetch(read_address(f"python:{NAME}==1.0"), "1.1", tmp_path)


def test_offline_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="offline"):
        fetch(read_address("python:acme-not-there"), "", tmp_path, offline=True)
    with pytest.raises(SourceFailed, match="offline"):
        fetch(read_address("https://host.example/x.zip"), "", tmp_path, offline=True)


def test_a_wheel_is_downloaded_by_pip_and_read(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.extend(command)
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / f"{NAME}-2.0-py3-none-any.whl", "w") as wheel:
            for place in sorted((installed / NAME).iterdir()):
                wheel.write(place, f"{NAME}/{place.name}")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr("blueprint_cli.sources.package.subprocess.run", download)
    found = fetch(read_address(f"python:{NAME}==2.0"), "", tmp_path / "scratch")
    assert (found.folder / NAME / "standard.yaml").is_file()
    assert found.version == "2.0"
    assert asked[-1] == f"{NAME}==2.0"
    assert "--only-binary=:all:" in asked
    assert not (tmp_path / "ran").exists()
