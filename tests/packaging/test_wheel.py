"""The wheels: the program in one, every template file in the other, and nothing in both."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution, version
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement

from tests.rendered import render

ROOT = Path(__file__).parents[2]
INSIDE = "blueprint_templates/"
PROGRAM, TEMPLATES = "backend-blueprint-core", "backend-blueprint"
# The folder of each distribution, and what there describes it and is no template.
FOLDERS = {PROGRAM: ROOT, TEMPLATES: ROOT / "templates"}
DESCRIBING = ("LICENSE", "hatch_build.py", "pyproject.toml")
# Runs the program with a folder, its first argument, as the only place to import from.
ALONE = """\
import sys
sys.path.insert(0, sys.argv.pop(1))
from blueprint_cli.__main__ import run
sys.exit(run())
"""


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
        if path and (ROOT / path).is_file() and path.removeprefix("templates/") not in DESCRIBING
    }


def build(folder: Path, kind: str, destination: Path) -> Path:
    """Build a distribution of what a folder holds; `destination` has nothing else."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", destination],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    (built,) = destination.iterdir()
    return built


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        name: build(folder, "wheel", tmp_path_factory.mktemp(name))
        for name, folder in FOLDERS.items()
    }


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def metadata(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return archive.read(name).decode()


def required(wheel: Path) -> list[Requirement]:
    found = re.findall(r"^Requires-Dist: (.+)$", metadata(wheel), re.MULTILINE)
    return [Requirement(each) for each in found]


def test_the_wheel_holds_exactly_the_templates_of_the_checkout(wheels: dict[str, Path]) -> None:
    with zipfile.ZipFile(wheels[TEMPLATES]) as archive:
        packed = {
            name.removeprefix(INSIDE): hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if not name.startswith("backend_blueprint-")
        }
    assert packed == tracked_templates()


def test_the_installation_holds_exactly_the_templates_of_the_checkout() -> None:
    installed = {
        str(PurePosixPath(*file.parts[1:])): hashlib.sha256(
            Path(str(file.locate())).read_bytes()
        ).hexdigest()
        for file in distribution(TEMPLATES).files or []
        if file.parts[0] == "blueprint_templates" and file.suffix != ".pyc"
    }
    assert installed == tracked_templates(), (
        "the wheel is not what the checkout would build: make install"
    )


def test_no_file_is_in_both_wheels_and_the_program_has_no_template(
    wheels: dict[str, Path],
) -> None:
    program, templates = names(wheels[PROGRAM]), names(wheels[TEMPLATES])
    assert set(program) & set(templates) == set()
    assert {name.partition("/")[0] for name in program} == {
        "blueprint_cli",
        f"backend_blueprint_core-{version(PROGRAM)}.dist-info",
    }
    assert "blueprint_cli/py.typed" in program
    for wheel in wheels.values():
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names(wheel))


def test_the_templates_need_the_program_of_their_version_and_what_renders(
    wheels: dict[str, Path],
) -> None:
    program, *engines = required(wheels[TEMPLATES])
    assert str(program) == f"{PROGRAM}=={version(PROGRAM)}"
    only_there = {"cookiecutter", "copier", "ruff"}
    assert {each.name for each in engines} == only_there
    assert not only_there & {each.name for each in required(wheels[PROGRAM])}
    shared = re.compile(r"^(?:Version|License\S*|Requires-Python|Classifier): .+$", re.MULTILINE)
    described = [shared.findall(metadata(wheel)) for wheel in wheels.values()]
    assert described[0] == described[1]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_source_distribution_builds_the_same_wheel(
    name: str, wheels: dict[str, Path], tmp_path: Path
) -> None:
    sdist = build(FOLDERS[name], "sdist", tmp_path / "sdist")
    # What lies around it is not the repository.
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "9"\n')
    subprocess.run(["tar", "-xzf", sdist, "-C", tmp_path], check=True)
    source = tmp_path / sdist.name.removesuffix(".tar.gz")
    again = build(source, "wheel", tmp_path / "again")
    assert again.name == wheels[name].name
    assert names(again) == names(wheels[name])
    assert metadata(again) == metadata(wheels[name])


def with_all_they_need(requirements: list[Requirement]) -> set[str]:
    """Return the names of what is installed here for the requirements, and for those in turn."""
    found: set[str] = set()
    while requirements:
        wanted = requirements.pop()
        if wanted.name.lower() in found or (wanted.marker and not wanted.marker.evaluate()):
            continue
        found.add(wanted.name.lower())
        requirements += [Requirement(each) for each in distribution(wanted.name).requires or []]
    return found


@pytest.fixture(scope="module")
def alone(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    """The program's wheel with what it says that it needs, and nothing else that is here."""
    folder = tmp_path_factory.mktemp("alone")
    with zipfile.ZipFile(wheels[PROGRAM]) as archive:
        archive.extractall(folder)
    for name in with_all_they_need(required(wheels[PROGRAM])):
        needed = distribution(name)
        tops = {file.parts[0] for file in needed.files or [] if file.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            (folder / top).symlink_to(str(needed.locate_file(top)))
    return [sys.executable, "-I", "-S", "-c", ALONE, folder]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with something to find in it."""
    project = render(tmp_path_factory.mktemp("project") / "shop", "--example", "shop")
    with (project / "src/kit/clock.py").open("a") as clock:
        clock.write("# edited\n")
    (project / "server.pem").write_text("-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n")
    return project


def test_the_program_alone_finds_what_the_whole_finds(
    alone: list[str | Path], project: Path
) -> None:
    def check(*program: str | Path) -> tuple[int, str, str]:
        done = subprocess.run(
            [*program, "check", project, "--json"], check=False, capture_output=True, text=True
        )
        return done.returncode, done.stdout, done.stderr

    whole = check(sys.executable, "-m", "blueprint_cli")
    assert whole[0] == 1
    assert '"BP102"' in whole[1]
    assert check(*alone) == whole


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["schema"], 0),
        (["doctor", "PROJECT"], 0),
        (["recommend", "PROJECT", "--html", "report.html"], 0),
        (["cost", "PROJECT"], 0),
        (["new", "bakery", "--defaults"], 3),
        (["diff", "PROJECT"], 3),
        (["update", "PROJECT"], 3),
        (["evolve", "PROJECT", "--to", "microservices"], 3),
        (["templates", "list"], 3),
    ],
)
def test_a_command_that_renders_says_what_to_install_and_others_run(
    arguments: list[str], code: int, alone: list[str | Path], project: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [*alone, *(str(project) if each == "PROJECT" else each for each in arguments)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    if code:
        assert "this is backend-blueprint-core alone" in done.stderr
        assert f"pip install backend-blueprint=={version(PROGRAM)}" in done.stderr
        assert list(tmp_path.iterdir()) == []


def test_no_template_is_a_symlink_and_none_is_executable() -> None:
    for path in sorted((ROOT / "templates").rglob("*")):
        assert not path.is_symlink(), path
        if path.is_file():
            assert not path.stat().st_mode & 0o111, path


def test_both_distributions_have_the_same_license_and_the_same_command() -> None:
    assert (ROOT / "templates/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    commands = [
        [(each.name, each.value) for each in distribution(name).entry_points] for name in FOLDERS
    ]
    assert commands[0] == commands[1] == [("blueprint", "blueprint_cli.__main__:run")]


def test_the_tests_run_against_the_installed_wheel() -> None:
    import blueprint_cli  # noqa: PLC0415 - imported here to look at where it came from

    assert "site-packages" in Path(blueprint_cli.__file__).parts


def test_the_version_stands_in_pyproject_alone() -> None:
    current = version(PROGRAM)
    assert version(TEMPLATES) == current
    assert f'version = "{current}"' in (ROOT / "pyproject.toml").read_text()
    places = ((ROOT / "src", "*.py"), (ROOT / "templates", "*.yaml"), (ROOT / "templates", "*.py"))
    sources = [path for folder, glob in places for path in folder.rglob(glob)]
    sources.append(ROOT / "templates/pyproject.toml")
    assert not [path for path in sources if current in path.read_text()]
