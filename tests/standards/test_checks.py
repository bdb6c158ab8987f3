"""What each kind of a team's own check finds, and that none of them takes long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint_cli.spec.model import StandardChoice
from blueprint_cli.standards.checks import Broken, Sample, broken_by
from blueprint_cli.standards.expressions import Budget
from blueprint_cli.standards.reading import parse_standard
from blueprint_cli.standards.standard import Standard
from blueprint_cli.standards.testing import run

HEAD = "standard: 1\nname: acme\nchecks:\n  - {id: ACME-001, title: t, why: w, fix: f, "


def found(kind: str, files: dict[str, str], budget: Budget | None = None) -> list[Broken]:
    (check,) = parse_standard(f"{HEAD}{kind}}}\n", "standard.yaml").checks
    return broken_by(check, Sample(files), budget or Budget())


def places(kind: str, files: dict[str, str]) -> list[tuple[str, int | None]]:
    return [(one.path, one.line) for one in found(kind, files)]


def test_files_that_must_exist() -> None:
    kind = "must_exist: [README.md, 'docs/*.md', '**/*.sql']"
    assert places(kind, {"README.md": "", "docs/a.md": "", "x/y/a.sql": ""}) == []
    broken = found(kind, {"docs/deep/a.md": "", ".blueprint/a.sql": ""})
    assert [(one.path, one.message) for one in broken] == [
        ("README.md", "is not here"),
        ("docs", "no file matches docs/*.md"),
        ("blueprint.yaml", "no file matches **/*.sql"),
    ]


def test_files_that_must_not_exist() -> None:
    kind = "must_not_exist: [setup.py, '**/*.pem']"
    assert places(kind, {"a/setup.py": "", "setup.py": "", "keys/a.pem": ""}) == [
        ("keys/a.pem", None),
        ("setup.py", None),
    ]


def test_what_files_must_contain() -> None:
    kind = "must_contain: {files: ['*.md'], but: [LICENSE.md], expression: '^# .+'}"
    files = {"a.md": "text\n# Title\n", "b.md": "text # Title\n", "LICENSE.md": "", "c.txt": ""}
    assert places(kind, files) == [("b.md", 1)]


def test_what_files_must_not_contain() -> None:
    kind = r"must_not_contain: {files: ['src/**'], expression: '\bprint\('}"
    assert places(
        kind, {"src/a/b.py": "x\nprint(1)\nprinting(\n  print(2)\n", "c.py": "print("}
    ) == [
        ("src/a/b.py", 2),
        ("src/a/b.py", 4),
    ]


@pytest.mark.parametrize(
    ("said", "text", "message"),
    [
        ("path: tool.mypy.strict, equals: true", "[tool.mypy]\nstrict = true\n", ""),
        (
            "path: tool.mypy.strict, equals: true",
            "[tool.mypy]\nstrict = 1\n",
            "strict is 1; it must",
        ),
        ("path: tool.mypy.strict, equals: 1", "[tool.mypy]\nstrict = true\n", "is true; it must"),
        ("path: tool.mypy.strict", "[tool.mypy]\n", "has no tool.mypy.strict"),
        ("path: tool.mypy.strict, equals: null", "a = 1\n", "it must be null"),
        ("path: tool.mypy, absent: true", "[tool.mypy]\n", "which must not be there"),
        ("path: a, one_of: [1, 2]", "a = 3\n", "a is 3; it must be one of 1, 2"),
        ("path: a, one_of: [1, 2]", "a = 2\n", ""),
        ("path: a.1.b, equals: x", "a = [1, {b = 'x'}]\n", ""),
        ("path: [a.b, c]", "'a.b' = {c = 1}\n", ""),
        ("path: a", "a = \n", "cannot be read: not TOML"),
    ],
)
def test_keys_in_toml(said: str, text: str, message: str) -> None:
    broken = found(f"key: {{files: ['*.toml'], {said}}}", {"pyproject.toml": text})
    assert [one.message for one in broken][:1] == ([] if not message else [broken[0].message])
    assert not message or message in broken[0].message


def test_keys_in_yaml_and_json_with_their_lines() -> None:
    kind = "key: {files: ['*.yml', '*.json'], path: jobs.test.timeout, one_of: [5, 10]}"
    files = {
        "a.yml": "on: push\njobs:\n  test:\n    timeout: 60\n",
        "b.json": '{"jobs": {\n "test": {\n  "timeout": 60}}}',
        "c.yml": "jobs: {test: {}}\n",
        "d.json": "{",
        "e.yml": "a: !secret b\n",
        "f.json": "[]",
    }
    assert places(kind, files) == [
        *(("a.yml", 4), ("b.json", 3), ("c.yml", 1), ("d.json", 1), ("e.yml", 1), ("f.json", 1)),
    ]


HEADER = (
    "header: {files: ['**/*'], but: ['*.txt'], "
    'text: "Copyright {year} Acme\\n\\nAll rights reserved."}'
)


@pytest.mark.parametrize(
    "text",
    [
        "# Copyright 2026 Acme\n#\n# All rights reserved.\nimport os\n",
        "#!/usr/bin/env python\n# Copyright 2020-2026 Acme\n#\n# All rights reserved.\n",
        "/*\n * Copyright 2026 Acme\n *\n * All rights reserved.\n */\n",
        "<!-- Copyright 2026 Acme\n\nAll rights reserved. -->\n",
        "-- Copyright 2026 Acme\n--\n-- All rights reserved.\n",
        "\ufeff// Copyright 2026 Acme\n//\n// All rights reserved.\n",
        "",
    ],
)
def test_a_header_in_the_comments_of_any_language(text: str) -> None:
    assert places(HEADER, {"a.x": text, "b.txt": "none"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        f"{' ' * 1_000_000}x\n",
        "# Copyright Acme\n#\n# All rights reserved.\n",
        "# Copyright 2026 Acme\n",
        "import os\n# Copyright 2026 Acme\n#\n# All rights reserved.\n",
    ],
)
def test_a_header_that_is_missing(text: str) -> None:
    assert places(HEADER, {"a.py": text}) == [("a.py", 1)]


def test_dependencies() -> None:
    kind = "dependencies: {forbidden: {PyTZ: zoneinfo}, at_least: {httpx: '0.27', my_pkg: '2'}}"
    files = {
        "pyproject.toml": (
            '[project]\ndependencies = [\n  "httpx>=0.26",\n  "pytz",\n  "my.pkg~=2.1"]\n'
            '[dependency-groups]\ndev = ["httpx==0.28.1", {include-group = "x"}, "my-pkg<3"]\n'
        ),
        "services/a/requirements.txt": (
            "# pytz\n-r other.txt\nhttpx==0.27.0 \\\n    --hash=sha256:00\npytz==1 # old\n"
            "httpx\nnot a requirement at all!\n"
        ),
        "other.txt": "pytz\n",
    }
    assert [(one.path, one.line, one.message) for one in found(kind, files)] == [
        ("pyproject.toml", 3, "allows httpx>=0.26; httpx must be at least 0.27"),
        ("pyproject.toml", 4, "depends on pytz; instead: zoneinfo"),
        ("pyproject.toml", 7, "allows my-pkg<3; my-pkg must be at least 2"),
        ("services/a/requirements.txt", 5, "depends on pytz; instead: zoneinfo"),
        ("services/a/requirements.txt", 6, "allows httpx; httpx must be at least 0.27"),
    ]


SLOW = [
    (r"(a+)+$", "a" * 3000 + "!"),
    (r"^(.*?,){20}P", "," * 5000),
    (r"(x+x+)+y", "x" * 5000),
    (r"(.{1,500}){1,9}z", "y" * 200_000),
    (r"[^b]{300}x\\b[^b]{300}\\bq", "éx " * 100_000),
]


@pytest.mark.parametrize(("expression", "line"), SLOW)
def test_no_expression_takes_longer_than_the_budget(expression: str, line: str) -> None:
    kind = f"must_not_contain: {{files: ['*'], expression: '{expression}'}}"
    begun = time.monotonic()
    broken = found(kind, {f"{n}.txt": f"{line}\n" * 50 for n in range(20)}, Budget(0.5))
    assert time.monotonic() - begun < 20  # A machine may be busy; unbound they take hours.
    assert all("was stopped" in one.message for one in broken)


def test_a_glob_of_many_stars_is_no_trap() -> None:
    kind = f"must_not_exist: ['{'*a' * 30}b', '{'**/' * 20}*c']"
    begun = time.monotonic()
    assert found(kind, {"a" * 250: "", "/".join(["a" * 50] * 60): ""}) == []
    assert time.monotonic() - begun < 20


TEXTS = st.text(max_size=60) | st.sampled_from(["[a", '"', "a: {", "{\x00}", "==", "a==1;;"])
NAMES = st.sampled_from(["a.toml", "a.yaml", "a.json", "pyproject.toml", "requirements.txt", "b"])
KINDS = st.sampled_from(
    [
        "key: {files: ['**/*.toml', '*.yaml', '*.json'], path: a.b, equals: 1}",
        "dependencies: {at_least: {a: '1'}, forbidden: {b: c}}",
        "header: {files: ['**'], text: 'x {year} y'}",
        "must_not_contain: {files: ['**'], expression: 'a|=|\\d'}",
        "must_exist: ['*', '?', '**/x']",
    ]
)


@given(KINDS, st.dictionaries(NAMES, TEXTS, max_size=4))
def test_any_text_is_looked_at(kind: str, files: dict[str, str]) -> None:
    for one in found(kind, files):
        assert one.message


def test_a_standard_tests_its_own_checks() -> None:
    text = (
        "standard: 1\nname: acme\nchecks:\n"
        "  - {id: ACME-001, title: t, why: w, fix: f, must_exist: [README.md],\n"
        "     tests: {passes: [{README.md: x}, {a: b}], fails: [{a: b}, {README.md: x}]}}\n"
        "  - {id: ACME-002, title: t, why: w, fix: f, must_exist: [README.md]}\n"
    )
    says = parse_standard(text, "standard.yaml")
    results = run(Standard(says, StandardChoice(source="x"), {}))
    assert [(one.name, one.ok, one.problem) for one in results] == [
        ("ACME-001 passes[0]", True, ""),
        ("ACME-001 passes[1]", False, "it finds: README.md is not here"),
        ("ACME-001 fails[0]", True, ""),
        ("ACME-001 fails[1]", False, "it finds nothing"),
        ("ACME-002 passes", False, "tests.passes has no sample"),
        ("ACME-002 fails", False, "tests.fails has no sample"),
    ]
