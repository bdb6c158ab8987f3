"""Which paths a glob of a template matches."""

import pytest

from blueprint_cli.globs import select

PATHS = [
    ".editorconfig",
    "dev/run.py",
    "dev/deep/er.py",
    "devices/x.py",
    "services/orders/dev/run.py",
    "services/orders/src/kit/bus.py",
    "a+b.txt",
]


@pytest.mark.parametrize(
    ("glob", "matched"),
    [
        (".editorconfig", [".editorconfig"]),
        ("dev/**", ["dev/run.py", "dev/deep/er.py"]),
        ("dev/*", ["dev/run.py"]),
        ("dev", []),
        ("DEV/**", []),
        ("services/*/src/kit/**", ["services/orders/src/kit/bus.py"]),
        ("**/dev/**", ["dev/run.py", "dev/deep/er.py", "services/orders/dev/run.py"]),
        ("**/run.py", ["dev/run.py", "services/orders/dev/run.py"]),
        ("dev/r?n.py", ["dev/run.py"]),
        ("a+b.txt", ["a+b.txt"]),
        ("**", PATHS),
        ("*", [".editorconfig", "a+b.txt"]),
    ],
)
def test_a_glob_matches(glob: str, matched: list[str]) -> None:
    assert select(PATHS, [glob]) == set(matched)


def test_several_globs_match_together_and_none_match_nothing() -> None:
    assert select(PATHS, ["dev/run.py", "a*"]) == {"dev/run.py", "a+b.txt"}
    assert select(PATHS, []) == set()
