"""The version is that of the installed distribution, however it is found."""

from importlib.metadata import version
from pathlib import Path

import pytest

from blueprint_cli import version as module
from blueprint_cli.version import DISTRIBUTION, installed_version


def test_it_is_what_the_metadata_says() -> None:
    assert installed_version() == version(DISTRIBUTION)


@pytest.mark.parametrize("folders", [[], ["0.0.1", "0.0.2"]])
def test_the_metadata_decides_where_no_single_folder_does(
    folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in folders:
        (tmp_path / f"backend_blueprint-{each}.dist-info").mkdir()
    monkeypatch.setattr(module, "__file__", str(tmp_path / "blueprint_cli" / "version.py"))
    assert installed_version() == version(DISTRIBUTION)


def test_the_folder_beside_the_package_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend_blueprint-1.2.3rc1.dist-info").mkdir()
    monkeypatch.setattr(module, "__file__", str(tmp_path / "blueprint_cli" / "version.py"))
    assert installed_version() == "1.2.3rc1"
