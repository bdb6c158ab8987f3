"""A moment of fuzzing in each run: whatever comes in, a message comes out and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.program import Run, uncounted

FUZZ = Path(__file__).with_name("fuzz.py")
RUNS = 1500


def fuzz(target: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    pytest.importorskip("atheris", reason="atheris has no wheel for this system")
    return subprocess.run(
        [
            *(sys.executable, "-W", "error::UserWarning", FUZZ, target),
            *(f"-runs={RUNS}", "-max_len=600", "-timeout=30", "-seed=1"),
        ],
        cwd=folder,
        env=uncounted(),
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.mark.parametrize("target", ["spec", "standard", "set", "answer"])
def test_no_bytes_lead_to_a_traceback(target: str, tmp_path: Path) -> None:
    done = fuzz(target, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done " in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_fault_is_found(tmp_path: Path) -> None:
    done = fuzz("planted", tmp_path)
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stderr + done.stdout


KEYS = st.sampled_from(
    ["requirements.teams", "requirements", "pattern", "contexts", "slo.p95_ms", "owned", "project"]
)
VALUES = st.sampled_from(
    ["1", "true", "null", "[]", "{}", "a b", "-1", ".inf", "*x", "!!x"]
) | st.text(max_size=8)
SETTINGS = st.tuples(KEYS, VALUES).map("=".join) | st.text(max_size=12)
OPTIONS = st.sampled_from(
    [
        *("--defaults", "--dry-run", "--no-git", "--json", "--debug", "--resume", "--help", "--"),
        *("--set", "--answers", "--pattern", "--output", "--reason", "--explain", "-h", "-"),
    ]
)
WORDS = st.sampled_from(
    [
        *("new", "recommend", "cost", "doctor", "schema", "templates", "list", "show", "shop"),
        *(".", "..", "a.yaml", "monolith", "event-driven", "", "requirements.teams=3"),
    ]
)
LINES = st.lists(WORDS | OPTIONS | SETTINGS | st.text(max_size=6), max_size=6)
NEW = st.lists(OPTIONS | SETTINGS | WORDS, max_size=6).map(lambda words: ["new", "shop", *words])


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(LINES | NEW)
def test_no_command_line_leads_to_a_traceback_or_leaves_anything(
    run: Run, tiny: Path, line: list[str]
) -> None:
    (tiny / "a.yaml").write_text("requirements: {teams: 3}\n")
    before = sorted(tiny.rglob("*"))
    # A dry run does everything but write; --debug is asked for tracebacks.
    words = [word for word in line if word != "--debug"]
    if words[:1] == ["new"]:
        words.insert(1, "--dry-run")
    result = run(*words)
    assert result.code in {0, 2, 3}
    assert "Traceback" not in result.err
    assert "bug in blueprint" not in result.err
    assert result.code == 0 or result.err or "Usage:" in result.out
    assert sorted(tiny.rglob("*")) == before
