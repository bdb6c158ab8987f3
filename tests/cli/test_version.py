"""The version is that of the installed distribution, however it is found."""

from importlib.metadata import version
from pathlib import Path

import pytest

from blueprint_cli import version as module
from blueprint_cli.version import DISTRIBUTION, PROGRAM, installed_version
from tests.program import Run


def test_it_is_what_the_metadata_says() -> None:
    assert installed_version() == version(PROGRAM)
    assert installed_version(DISTRIBUTION) == version(DISTRIBUTION)


@pytest.mark.parametrize("folders", [[], ["0.0.1", "0.0.2"]])
def test_the_metadata_decides_where_no_single_folder_does(
    folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in folders:
        (tmp_path / f"backend_blueprint_core-{each}.dist-info").mkdir()
    monkeypatch.setattr(module, "__file__", str(tmp_path / "blueprint_cli" / "version.py"))
    assert installed_version() == version(PROGRAM)


def test_the_folder_beside_the_package_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend_blueprint_core-1.2.3rc1.dist-info").mkdir()
    (tmp_path / "backend_blueprint-0.0.9.dist-info").mkdir()
    monkeypatch.setattr(module, "__file__", str(tmp_path / "blueprint_cli" / "version.py"))
    assert installed_version() == "1.2.3rc1"


def test_templates_of_another_version_are_not_rendered(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend_blueprint_core-0.3.0.dist-info").mkdir()
    (tmp_path / "backend_blueprint-0.2.0.dist-info").mkdir()
    monkeypatch.setattr(module, "__file__", str(tmp_path / "blueprint_cli" / "version.py"))
    result = run("templates", "list")
    assert (result.code, result.out) == (3, "")
    assert "backend-blueprint 0.2.0, the program is 0.3.0" in result.err
    assert "pip install backend-blueprint==0.3.0" in result.err
