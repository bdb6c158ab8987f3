"""`make` sets an environment up with uv, wherever uv comes from, and without it with pip."""

import fcntl
import re
import shutil
from pathlib import Path

import pytest

from tests.environment.conftest import ROOT, SCRIPT, Environment, Wheels
from tests.environment.index import make_wheel, requirements, serve

SET = {"PIP_USER": "1", "PIP_REQUIRE_HASHES": "1"}
BACKEND = """
import shutil
def build_editable(folder, config_settings=None, metadata_directory=None):
    return shutil.copy("project-1.0-py3-none-any.whl", folder).rpartition("/")[2]
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def checkout(environment: Environment) -> Environment:
    """This repository, with less to install; what hatchling builds is one module."""
    folder = environment.folder
    shutil.rmtree(folder / ".venv")
    script = folder / SCRIPT.relative_to(ROOT)
    for path in (script.parent, "src", "tests/checkers", "tests/updating/rivals"):
        (folder / path).mkdir(parents=True)
    shutil.copy(SCRIPT, script)
    shutil.copy(ROOT / "Makefile", folder)
    for path in ("pyproject.toml", "README.md"):
        (folder / path).touch()
    built = make_wheel(folder, "project", "1.0")
    build = f"import os, shutil\nos.mkdir('dist')\nshutil.copy({str(built)!r}, 'dist')\n"
    make_wheel(folder, "hatchling", "1.0", module=build)
    return environment


@pytest.fixture
def project(environment: Environment) -> Environment:
    """A generated project, of which the environment's part is there."""
    folder = environment.folder
    shutil.rmtree(folder / ".venv")
    (folder / "dev").mkdir()
    shutil.copy(SCRIPT, folder / "dev")
    for name in ("environment.mk", "exclusive.py"):
        shutil.copy(SCRIPT.with_name(name), folder / "dev")
    (folder / "Makefile").write_text(".SILENT:\ninclude dev/environment.mk\n")
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    make_wheel(folder, "project", "1.0")
    make_wheel(folder, "hatchling", "1.0")
    return environment


def offer(environment: Environment, wheels: Wheels) -> list[Path]:
    """Write what is to be installed; gives the wheels of it."""
    needed = [wheels.alpha, environment.folder / "hatchling-1.0-py3-none-any.whl"]
    environment.require(requirements(*needed))
    (environment.folder / "requirements-uv.txt").write_text(requirements(wheels.uv))
    return needed


@pytest.mark.parametrize("program", ["uv put in", "uv on PATH", "pip"])
def test_a_project_sets_itself_up(
    program: str, project: Environment, wheels: Wheels, request: pytest.FixtureRequest
) -> None:
    needed = offer(project, wheels)
    if program == "uv on PATH":
        request.getfixturevalue("with_uv")
    uv = [wheels.uv] if program == "uv put in" else []

    with serve(*needed, *uv) as index:
        result = project.run("make", ".venv/ready", PIP_INDEX_URL=index.url, **SET)

    assert result.returncode == 0, result.stdout
    assert ("uv cannot" in result.stdout) == (program == "pip")
    by = "pip" if program == "pip" else "uv"
    expected = dict.fromkeys(("alpha", "hatchling", "project"), by)
    assert project.installed().items() >= expected.items()
    ready = project.folder / ".venv/ready"
    assert ready.read_text().strip() == str(project.folder)

    # Behind a symbolic link it is the same environment, and under a server it stays.
    link = project.folder.with_name("a $link 'to' it")
    link.symlink_to(project.folder)
    linked = project.run("make", "--question", ".venv/ready", "-C", str(link), **SET)
    assert linked.returncode == 0, linked.stdout
    with ready.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        for target, changed in (("clean", False), (".venv/ready", True)):
            if changed:
                (project.folder / "pyproject.toml").touch()
            refused = project.run("make", target, **SET)
            assert refused.returncode != 0
            assert "`make dev` runs in .venv" in refused.stdout
    assert ready.exists()


@pytest.mark.parametrize("program", ["uv put in", "uv on PATH"])
def test_one_uv_makes_every_environment_of_this_repository(
    program: str, checkout: Environment, wheels: Wheels, request: pytest.FixtureRequest
) -> None:
    needed = offer(checkout, wheels)
    for file in ("tests/checkers/requirements.txt", "tests/updating/rivals/requirements.txt"):
        (checkout.folder / file).write_text(requirements(wheels.beta))
    if program == "uv on PATH":
        request.getfixturevalue("with_uv")

    with serve(*needed, wheels.beta, wheels.uv) as index:
        targets = ("install", ".venv-checkers/ready", ".venv-updaters/ready")
        result = checkout.run("make", *targets, PIP_INDEX_URL=index.url, **SET)

    said = result.stdout.splitlines()
    assert result.returncode == 0, said
    assert all(re.match(r"Install(ing \d+ packages? into|ed in \d)", line) for line in said), said
    assert checkout.installed().items() >= {"alpha": "uv", "project": "uv"}.items()
    gets = [path for _, path in index.asked].count(f"/files/{wheels.uv.name}")
    assert gets == (1 if program == "uv put in" else 0)
    for folder in (".venv-checkers", ".venv-updaters"):
        (installer,) = checkout.folder.glob(f"{folder}/lib/python*/site-packages/*/INSTALLER")
        assert (installer.parent.name, installer.read_text()) == ("beta-1.0.dist-info", "uv")


def pinned(file: Path) -> list[str]:
    """What the file says, without comments and ends of lines."""
    return re.sub(r"#.*|\\\n", "", file.read_text()).split()


def test_uv_is_pinned_with_the_hashes_of_all_its_wheels() -> None:
    ours = pinned(ROOT / "requirements-uv.txt")
    (theirs,) = (ROOT / "templates").rglob("requirements-uv.txt")

    assert [word for word in ours if not word.startswith("--hash=sha256:")] == [ours[0]]
    assert re.fullmatch(r"uv==[0-9.]+", ours[0])
    assert len(ours) > 15  # a wheel for each system and processor, and the source
    assert pinned(theirs) == ours
