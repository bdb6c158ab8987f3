"""What is written in several places says the same there: versions, bounds, pinned actions."""

import re
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
PYTHONS = [
    classifier.rpartition(" ")[2]
    for classifier in PROJECT["classifiers"]
    if re.search(r":: 3\.\d+$", classifier)
]
OLDEST = PYTHONS[0]
PYTHON_BOUND = re.compile(r'(?:requires-python = ">=|^python_version = ")(\d\.\d+)', re.MULTILINE)
PINNED = re.compile(r"uses: ([\w./-]+)@([0-9a-f]{40} # v[\d.]+)$", re.MULTILINE)
# The part of docs/update.md that `make updates` writes, with the versions that it ran.
MEASURED = re.compile(r"<!-- what was run begins -->.*?<!-- what was run ends -->", re.DOTALL)


def tracked(*patterns: str) -> list[Path]:
    """Return the files that git holds, or would hold, whose paths match."""
    listing = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        text=True,
    )
    return [ROOT / path for path in sorted({*listing.split("\0")} - {""}) if (ROOT / path).exists()]


def locked(path: Path) -> dict[str, set[str]]:
    """Return the versions that a compiled requirements file gives each package."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, version in re.findall(
        r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        found[canonicalize_name(name)].add(version)
    return found


def test_no_document_and_no_workflow_writes_the_current_version() -> None:
    documents = tracked("*.md", "action.yml", ".github/**", "Makefile", ".ci/*")
    assert ROOT / "docs/update.md" in documents
    ours = [path for path in documents if not path.is_relative_to(ROOT / "templates")]
    named = re.compile(
        rf"backend-blueprint[=@ ]+v?{re.escape(PROJECT['version'])}\b|`blueprint [a-z]+` \d"
    )
    assert [
        path for path in ours if named.search(MEASURED.sub("", path.read_text(encoding="utf-8")))
    ] == []


def test_the_pythons_have_no_gap_and_begin_with_the_oldest_that_is_allowed() -> None:
    assert PROJECT["requires-python"] == f">={OLDEST}"
    minors = [int(python.partition(".")[2]) for python in PYTHONS]
    assert minors == list(range(minors[0], minors[-1] + 1))


def test_every_workflow_runs_the_pythons_of_the_classifiers() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    for name in ("test", "windows"):
        assert jobs[name]["strategy"]["matrix"]["python"] == PYTHONS, name
    (excluded,) = jobs["test"]["strategy"]["matrix"]["exclude"]
    set_up = jobs["complete"]["steps"][1]["with"]["python-version"]
    assert excluded["python"] == set_up, "the job that runs everything stands in for it"


def test_the_makefile_looks_for_the_same_pythons_and_locks_for_the_oldest() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    looked = re.search(r"\$\(foreach version,([\d. ]+),", makefile)
    assert looked is not None
    assert sorted(looked[1].split()) == PYTHONS
    assert set(re.findall(r"--python-version (\S+)", makefile)) == {OLDEST}
    major, minor = OLDEST.split(".")
    assert f"sys.version_info < ({major}, {minor})" in makefile


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "action.yml", "test-templates/action.yml", "Makefile"]
)
def test_the_documents_name_the_oldest_python(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"(\d\.\d+) or newer", text)) == {OLDEST}


def test_generated_projects_allow_the_pythons_that_the_program_does() -> None:
    written = {
        path: set(PYTHON_BOUND.findall(text))
        for path in tracked("templates/**/pyproject.toml*")
        if (text := path.read_text(encoding="utf-8"))
    }
    assert len(written) >= 3
    assert {python for pythons in written.values() for python in pythons} == {OLDEST}
    environment = next((ROOT / "templates").rglob("environment.mk")).read_text(encoding="utf-8")
    assert {*re.findall(r"python(3\.\d+)", environment)} == {*PYTHONS}


def test_the_templates_ask_for_the_copier_that_the_program_asks_for() -> None:
    _, copier, _ = PYPROJECT["dependency-groups"]["rendering"]
    settings = yaml.safe_load((ROOT / "templates/copier.yml").read_text(encoding="utf-8"))
    assert f">={settings['_min_copier_version']}," in copier


def test_what_builds_the_wheel_is_what_the_tests_build_it_with() -> None:
    templates = tomllib.loads((ROOT / "templates/pyproject.toml").read_text(encoding="utf-8"))
    (build,) = PYPROJECT["build-system"]["requires"]
    assert templates["build-system"]["requires"] == [build]
    assert build in PYPROJECT["dependency-groups"]["dev"]


def test_the_lock_satisfies_every_bound() -> None:
    versions = locked(ROOT / "requirements-dev.txt")
    groups = PYPROJECT["dependency-groups"]
    included, *dev = groups["dev"]
    assert included == {"include-group": "rendering"}
    for text in [*PROJECT["dependencies"], *groups["rendering"], *dev]:
        wanted = Requirement(text)
        found = versions[canonicalize_name(wanted.name)]
        assert any(Version(each) in wanted.specifier for each in found), text


def test_the_patterns_are_locked_to_the_same_versions() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for path in tracked("templates/**/requirements*.txt", "templates/**/requirements*.txt.jinja"):
        for name, versions in locked(path).items():
            found[name] |= versions
    assert found
    assert {name: versions for name, versions in found.items() if len(versions) > 1} == {}


def test_an_action_has_one_commit_here_and_in_generated_projects() -> None:
    pins = defaultdict(set)
    for path in [
        *tracked(".github/**", "action.yml"),
        *tracked("templates/**.yml", "templates/**.yml.jinja"),
    ]:
        for name, pin in PINNED.findall(path.read_text(encoding="utf-8")):
            pins[name].add(pin)
    assert {"actions/checkout", "actions/setup-python"} <= pins.keys()
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def test_hooks_run_the_locked_programs_and_share_the_projects_pin() -> None:
    """A linter that has a version of its own in the hooks disagrees with `make lint` some day."""
    hooks = {
        path: yaml.safe_load(path.read_text(encoding="utf-8"))["repos"]
        for path in tracked("*.pre-commit-config.yaml")
    }
    assert len(hooks) >= 2
    pins = {
        (repository["repo"].rpartition("/")[2], repository["rev"])
        for repositories in hooks.values()
        for repository in repositories
        if repository["repo"] != "local"
    }
    assert [name for name, _ in pins] == ["pre-commit-hooks"]
    entries = [
        hook["entry"]
        for repositories in hooks.values()
        for repository in repositories
        if repository["repo"] == "local"
        for hook in repository["hooks"]
    ]
    assert entries
    assert all(entry.startswith(".venv/bin/") for entry in entries)
