"""What every render must be: parsed by its tools, free of delimiters, the same for all."""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rendered import BLUEPRINT, files_of, parse, render

SNAPSHOTS = Path(__file__).with_name("snapshots")
DELIMITERS = (b"[=", b"=]", b"[%", b"%]", b"[#", b"#]")

PATTERNS = [
    template["pattern"]
    for template in json.loads(subprocess.check_output([BLUEPRINT, "templates", "list", "--json"]))[
        "templates"
    ]
]
PLAIN = {"description": "A small shop.", "owner": "team-shop"}
AWKWARD = {
    "description": """Käse & "quotes" 'single' \\ back: {{ x }} ${{ y }} %s # <b> | `tick`""",
    "owner": "équipe «shop»",
}


@pytest.mark.parametrize(
    ("pattern", "ci", "project"),
    [
        *itertools.product(PATTERNS, ["github", "none"], [{}, PLAIN, AWKWARD]),
        *itertools.product(PATTERNS, ["gitlab"], [AWKWARD]),
    ],
)
def test_every_combination_of_answers_renders(
    pattern: str, ci: str, project: dict[str, str], tmp_path: Path
) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        json.dumps(
            {
                "blueprint": 1,
                "project": project,
                "pattern": pattern,
                "platform": {"gateway": "nginx", "ci": ci},
                "slo": {"p95_ms": 250, "throughput_rps": 20, "error_rate_percent": 1},
            },
            ensure_ascii=False,
        ),
        encoding="utf-8",
    )

    files = files_of(render(tmp_path / "shop", "--example", "shop", "--answers", str(answers)))

    for host in ("github", "gitlab"):
        assert any(path.startswith(f".{host}") for path in files) == (ci == host)
    for path, (_, content) in files.items():
        if path.startswith(".blueprint/base-") and path.endswith(".tar"):
            continue
        assert not path.endswith(".jinja"), path
        assert not [mark for mark in DELIMITERS if mark in content], path
        assert b"[=" not in path.encode()
        parse(path, content)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("what", ["skeleton", "shop"])
def test_the_projects_files_are_these(what: str, pattern: str, tmp_path: Path) -> None:
    contexts = ("--defaults",) if what == "skeleton" else ("--example", what)
    files = files_of(render(tmp_path / "shop", *contexts, "--pattern", pattern))
    listing = "".join(f"{path}\n" for path in files if not path.startswith(".blueprint/base-"))
    snapshot = SNAPSHOTS / what / f"{pattern}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.parent.mkdir(parents=True, exist_ok=True)
        snapshot.write_text(listing)
    assert listing == snapshot.read_text(), (
        "the project's list of files changed; if it should: UPDATE_SNAPSHOTS=1 make test"
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, bytes]]:
    destination = tmp_path_factory.mktemp("reference") / "shop"
    subprocess.run(
        [BLUEPRINT, "new", "shop", "--defaults", "--no-git", "--output", destination],
        check=True,
        capture_output=True,
        umask=0o022,
    )
    return files_of(destination)


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Pacific/Kiritimati"},
        {"LC_ALL": "C"},
        {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr"},
        {"PYTHONHASHSEED": "1"},
        {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.autocrlf",
            "GIT_CONFIG_VALUE_0": "true",
        },
    ],
    ids=lambda environment: next(iter(environment)),
)
def test_the_environment_changes_nothing(
    environment: dict[str, str],
    reference: dict[str, tuple[int, bytes]],
    tmp_path: Path,
) -> None:
    assert files_of(render(tmp_path / "shop", "--defaults", **environment)) == reference


def test_a_users_copier_settings_change_nothing(
    reference: dict[str, tuple[int, bytes]], tmp_path: Path
) -> None:
    settings = tmp_path / "home" / ".config" / "copier" / "settings.yml"
    settings.parent.mkdir(parents=True)
    settings.write_text("defaults: {layer: nowhere, project: {name: other}, package: other}\n")
    home = {"HOME": str(tmp_path / "home"), "COPIER_SETTINGS_PATH": str(settings)}
    assert files_of(render(tmp_path / "shop", "--defaults", **home)) == reference


@pytest.mark.parametrize("umask", [0o000, 0o027, 0o077])
def test_the_umask_changes_nothing(
    umask: int, reference: dict[str, tuple[int, bytes]], tmp_path: Path
) -> None:
    subprocess.run(
        [BLUEPRINT, "new", "shop", "--defaults", "--no-git"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        umask=umask,
    )
    assert files_of(tmp_path / "shop") == reference


def test_another_day_changes_nothing(
    reference: dict[str, tuple[int, bytes]], tmp_path: Path
) -> None:
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime is not installed: apt-get install faketime, brew install libfaketime")
    subprocess.run(
        [faketime, "2031-02-28 23:59:58", BLUEPRINT, "new", "shop", "--defaults", "--no-git"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert files_of(tmp_path / "shop") == reference


def test_another_user_changes_nothing(
    reference: dict[str, tuple[int, bytes]], tmp_path: Path
) -> None:
    setpriv = shutil.which("setpriv")
    if setpriv is None or os.geteuid() != 0:
        pytest.skip("only root, with setpriv, can render as another user")
    nobody = 65534
    os.chown(tmp_path, nobody, nobody)
    subprocess.run(
        [
            setpriv,
            f"--reuid={nobody}",
            f"--regid={nobody}",
            "--clear-groups",
            # Only to reach the interpreter, wherever its owner keeps it.
            "--inh-caps=+dac_read_search",
            "--ambient-caps=+dac_read_search",
            BLUEPRINT,
            "new",
            "shop",
            "--defaults",
            "--no-git",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert files_of(tmp_path / "shop") == reference
