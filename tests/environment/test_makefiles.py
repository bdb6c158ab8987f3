"""`make` sets an environment up with uv, wherever uv comes from, and without it with pip."""

import re
import shutil

import pytest

from tests.environment.conftest import ROOT, SCRIPT, Environment, Wheels
from tests.environment.index import make_wheel, requirements, serve

SET = {"PIP_USER": "1", "PIP_REQUIRE_HASHES": "1"}


@pytest.fixture
def checkout(environment: Environment) -> Environment:
    """This repository, with less to install; what hatchling builds is one module."""
    folder = environment.folder
    shutil.rmtree(folder / ".venv")
    for path in ("tools", "src", "templates", "tests/checkers", "tests/updating/rivals"):
        (folder / path).mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(SCRIPT, folder / "tools")
    for path in ("pyproject.toml", "README.md"):
        (folder / path).touch()
    built = make_wheel(folder, "project", "1.0")
    build = f"import os, shutil\nos.mkdir('dist')\nshutil.copy({str(built)!r}, 'dist')\n"
    make_wheel(folder, "hatchling", "1.0", module=build)
    return environment


@pytest.mark.parametrize("program", ["uv put in", "uv on PATH", "pip"])
def test_make_install(
    program: str, checkout: Environment, wheels: Wheels, request: pytest.FixtureRequest
) -> None:
    hatchling = checkout.folder / "hatchling-1.0-py3-none-any.whl"
    checkout.require(requirements(wheels.alpha, hatchling))
    (checkout.folder / "requirements-uv.txt").write_text(requirements(wheels.uv))
    if program == "uv on PATH":
        request.getfixturevalue("with_uv")
    offered = [wheels.uv] if program == "uv put in" else []

    with serve(wheels.alpha, hatchling, *offered) as index:
        result = checkout.run("make", "install", PIP_INDEX_URL=index.url, **SET)

    assert result.returncode == 0, result.stdout
    by = "pip" if program == "pip" else "uv"
    expected = dict.fromkeys(("alpha", "hatchling", "project"), by)
    assert checkout.installed().items() >= expected.items()
    assert (checkout.folder / ".venv/installed").exists()


def test_one_uv_makes_every_environment(checkout: Environment, wheels: Wheels) -> None:
    checkout.require(requirements(wheels.alpha))
    (checkout.folder / "requirements-uv.txt").write_text(requirements(wheels.uv))
    for file in ("tests/checkers/requirements.txt", "tests/updating/rivals/requirements.txt"):
        (checkout.folder / file).write_text(requirements(wheels.beta))

    with serve(wheels.alpha, wheels.beta, wheels.uv) as index:
        result = checkout.run(
            *("make", ".venv-checkers/ready", ".venv-updaters/ready"), PIP_INDEX_URL=index.url
        )

    assert (result.returncode, result.stdout) == (0, "")
    assert [path for _, path in index.asked].count(f"/files/{wheels.uv.name}") == 1
    for folder in (".venv-checkers", ".venv-updaters"):
        (installer,) = checkout.folder.glob(f"{folder}/lib/python*/site-packages/*/INSTALLER")
        assert (installer.parent.name, installer.read_text()) == ("beta-1.0.dist-info", "uv")


def test_uv_is_pinned_with_the_hashes_of_all_its_wheels() -> None:
    text = (ROOT / "requirements-uv.txt").read_text()
    pinned = re.sub(r"#.*|\\\n", "", text).split()

    assert [word for word in pinned if not word.startswith("--hash=sha256:")] == [pinned[0]]
    assert re.fullmatch(r"uv==[0-9.]+", pinned[0])
    assert len(pinned) > 15  # a wheel for each system and processor, and the source
