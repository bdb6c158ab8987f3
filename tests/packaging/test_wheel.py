"""The wheel carries every template file, and pip's installation neither loses nor adds one."""

import hashlib
import subprocess
import sys
import zipfile
from importlib.metadata import distribution, version
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
INSIDE = "blueprint_cli/_templates/"


def tracked_templates() -> dict[str, str]:
    """Path below templates/ → sha256, of what git holds or would hold."""
    listing = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "templates"],
        cwd=ROOT,
        text=True,
    )
    return {
        path.removeprefix("templates/"): hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        for path in listing.split("\0")
        if path and (ROOT / path).is_file()
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_exactly_the_templates_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix(INSIDE): hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name.startswith(INSIDE)
        }
    assert packed == tracked_templates()


def test_the_installation_holds_exactly_the_templates_of_the_checkout() -> None:
    installed = {
        str(PurePosixPath(*file.parts[2:])): hashlib.sha256(
            Path(str(file.locate())).read_bytes()
        ).hexdigest()
        for file in distribution("backend-blueprint").files or []
        if file.parts[:2] == ("blueprint_cli", "_templates") and file.suffix != ".pyc"
    }
    assert installed == tracked_templates(), (
        "the wheel is not what the checkout would build: make install"
    )


def test_a_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (sdist,) = tmp_path.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", sdist, "-C", tmp_path], check=True)
    (source,) = (path for path in tmp_path.iterdir() if path.is_dir())
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again"],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (again,) = (tmp_path / "again").glob("*.whl")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as two:
        assert sorted(one.namelist()) == sorted(two.namelist())


def test_no_template_is_a_symlink_and_none_is_executable() -> None:
    for path in sorted((ROOT / "templates").rglob("*")):
        assert not path.is_symlink(), path
        if path.is_file():
            assert not path.stat().st_mode & 0o111, path


def test_the_tests_run_against_the_installed_wheel() -> None:
    import blueprint_cli  # noqa: PLC0415 - imported here to look at where it came from

    assert "site-packages" in Path(blueprint_cli.__file__).parts


def test_the_version_stands_in_pyproject_alone() -> None:
    current = version("backend-blueprint")
    assert f'version = "{current}"' in (ROOT / "pyproject.toml").read_text()
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "templates").rglob("*.yaml")]
    assert not [path for path in sources if current in path.read_text()]
