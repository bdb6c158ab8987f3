"""What two projects have byte for byte is tested in one of them, and not once for each pattern."""

from pathlib import Path

from tests.rendered import files_of

# What every other package rests on.
FOUNDATION = ("kit", "contracts")


def without_what_runs_in(other: Path, project: Path) -> dict[str, str]:
    """The variable that has a project's `make test` leave out what runs in the other one.

    A test is left out where the other project has it with the same helpers beside it, and has every
    module of the package and of what packages rest on: here there may be more, not less.
    """
    left_out: list[str] = []
    theirs, ours = _packages(other), _packages(project)
    if all(_within(theirs[name], ours[name]) for name in FOUNDATION):
        for name in sorted(theirs.keys() & ours.keys()):
            if _within(theirs[name], ours[name]):
                there, here = _tests(theirs[name]), _tests(ours[name])
                left_out += _same_tests(there, here, project)
    return {"PYTEST_ADDOPTS": " ".join(f"--ignore={path}" for path in left_out)}


def _same_tests(there: Path, here: Path, project: Path) -> list[str]:
    theirs, ours = files_of(there), files_of(here)
    helpers = {path for path in ours if not Path(path).name.startswith("test_")}
    if any(theirs.get(path) != ours[path] for path in helpers):
        return []
    folder = here.relative_to(project)
    return [
        (folder / path).as_posix()
        for path in ours
        if path not in helpers and theirs.get(path) == ours[path]
    ]


def _packages(project: Path) -> dict[str, Path]:
    sources = ("src/*/", "libs/*/src/*/", "services/*/src/*/")
    return {path.name: path for source in sources for path in project.glob(source)}


def _tests(package: Path) -> Path:
    return package.parents[1] / "tests" / package.name


def _within(theirs: Path, ours: Path) -> bool:
    here = _modules(ours)
    return all(here.get(path) == content for path, content in _modules(theirs).items())


def _modules(package: Path) -> dict[str, tuple[int, bytes]]:
    return {path: held for path, held in files_of(package).items() if path.endswith(".py")}
