"""Each rule catches what it is for, says where, and lets pass what looks like it and is not."""

# ruff: noqa: E501 - a case is one line

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from blueprint_cli.checking.check import check_project
from blueprint_cli.checking.rules import RULES
from blueprint_cli.layout import MANIFEST
from tests.checking.conftest import found
from tests.program import git
from tests.records import archive_of, remake, rendered_as

# Built here, so that nothing takes this file for a leak.
PEM = f"-----{'BEGIN'} PRIVATE KEY-----\nMC4CAQAw\n-----{'END'} PRIVATE KEY-----\n"
SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1"


@dataclass(frozen=True)
class Edit:
    """A file that is edited (`old` → `new`) or written anew (no `old`), and where it is seen."""

    rule: str
    path: str
    new: str
    old: str = ""
    line: int | None = None

    def plant(self, project: Path) -> None:
        file = project / self.path
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        assert self.old in before
        between = "\n" if before and not before.endswith("\n") else ""
        after = before.replace(self.old, self.new, 1) if self.old else before + between + self.new
        file.write_text(after, encoding="utf-8")


def token(prefix: str, length: int) -> str:
    return (
        prefix + "a1B2c3D4e5F6g7H8i9J0" * 8
        if length < 0
        else (prefix + "a1B2c3D4e5" * 20)[: len(prefix) + length]
    )


VIOLATIONS = [
    Edit("BP001", "blueprint.yaml", "p95_mss: 10", "p95_ms: 100"),
    Edit("BP001", "blueprint.yaml", "pattern: [", "pattern: "),
    Edit(
        "BP102",
        "src/kit/clock.py",
        "from datetime import UTC, datetime # edited\n",
        "from datetime import UTC, datetime\n",
    ),
    Edit("BP102", ".editorconfig", "x"),
    Edit("BP201", "README.md", "\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n"),
    Edit("BP201", "src/notifications/domain/notification.py", "\n||||||| base\n>>>>>>> template\n"),
    Edit("BP202", "src/notifications/domain/notification.py.rej", "@@ -1 +1 @@\n"),
    Edit("BP301", "deploy/server.key", PEM, line=1),
    Edit("BP301", "src/app/composition.py", f"\nKEY = '''\n{PEM}'''\n"),
    Edit("BP301", "deploy/key.json", '{"kty": "OKP",\n "d": "' + "a" * 43 + '"}', line=2),
    Edit("BP301", "deploy/store.p12", "binary"),
    Edit("BP302", "src/app/composition.py", f"\nTOKEN = '{token('ghp_', 36)}'\n"),
    Edit("BP302", "notes.txt", f"first\n{'AKIA'}ABCDEFGHIJKLMNOP\n", line=2),
    Edit("BP302", "notes.txt", token("glpat-", 20), line=1),
    Edit("BP302", "notes.txt", token("xoxb-", 24), line=1),
    Edit("BP302", "notes.txt", f"https://hooks.slack.com/services/T00/B00/{token('', 24)}", line=1),
    Edit("BP302", "notes.txt", token("sk_live_", 24), line=1),
    Edit("BP302", "notes.txt", token("AIza", 35), line=1),
    Edit("BP302", "notes.txt", token("npm_", 36), line=1),
    Edit("BP302", "notes.txt", token("pypi-AgE", 60), line=1),
    Edit("BP302", "notes.txt", f"AccountKey={token('', 86)}==", line=1),
    Edit("BP302", "notes.txt", f"{token('SG.', 22)}.{token('', 43)}", line=1),
    Edit("BP302", "notes.txt", token("sk-ant-", 40), line=1),
    Edit("BP302", "deploy/prod.yaml", "url: postgresql://app:hunter2hunter2@db/app\n", line=1),
    Edit("BP401", "pyproject.toml", 'id = "other"', 'id = "onion"'),
    Edit("BP401", "pyproject.toml", 'type = "independence"', 'type = "forbidden"'),
    Edit(
        "BP401",
        "pyproject.toml",
        'ignore_imports = ["notifications.domain -> identity.domain", ',
        "ignore_imports = [",
    ),
    Edit(
        "BP401",
        "pyproject.toml",
        'forbidden_modules = ["contracts", "app"]',
        'forbidden_modules = ["kit", "contracts", "app"]',
    ),
    Edit("BP401", "pyproject.toml", '"domain", "application"]', '"application", "domain"]'),
    Edit("BP401", "pyproject.toml", "root_packages = [", 'root_packages = [\n  "app",'),
    Edit("BP401", "pyproject.toml", "[tool.elsewhere]", "[tool.importlinter]"),
    Edit("BP401", "Makefile", "\t# .venv/bin/lint-imports", "\t.venv/bin/lint-imports"),
    Edit("BP401", "Makefile", "\t-.venv/bin/lint-imports", "\t.venv/bin/lint-imports"),
    Edit("BP401", ".importlinter", "[importlinter]\n", line=1),
    Edit("BP402", "ruff.toml", "", '"S", "SIM", '),
    Edit("BP402", "ruff.toml", '  "S",\n  "ANN401",', '  "ANN401",'),
    Edit("BP402", "ruff.toml", '"src/**" = ["ALL"]\n"{conftest', '"{conftest'),
    Edit(
        "BP402",
        "ruff.toml",
        'line-length = 100\nextend-exclude = ["src/notifications/**"]',
        "line-length = 100",
    ),
    Edit("BP402", "pyproject.toml", "strict = false", "strict = true"),
    Edit("BP402", "pyproject.toml", 'files = ["src"]', 'files = ["src", "dev", "tests"]'),
    Edit(
        "BP402",
        "pyproject.toml",
        '[[tool.mypy.overrides]]\nmodule = ["notifications.*"]\nignore_errors = true\n\n[tool.pytest',
        "[tool.pytest",
    ),
    Edit("BP402", "Makefile", "$(PY) -m ruff check . || true", "$(PY) -m ruff check ."),
    Edit("BP402", "Makefile", "", "\t$(PY) -m mypy\n"),
    Edit(
        "BP402",
        ".github/workflows/ci.yml",
        "run: make test PYTHON=python",
        "run: make lint test PYTHON=python",
    ),
    Edit("BP402", "src/notifications/domain/notification.py", "\n# ruff: noqa\n"),
    Edit("BP402", "src/notifications/domain/notification.py", "\n# mypy: ignore-errors\n"),
    Edit("BP402", ".ruff.toml", "", line=1),
    Edit("BP402", "mypy.ini", "[mypy]\n", line=1),
    Edit("BP502", "src/billing/domain/bill.py", "", line=None),
    Edit(
        "BP601",
        "Dockerfile",
        "",
        "HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \\\n",
    ),
    Edit("BP601", "Dockerfile", "HEALTHCHECK NONE\nSTOPSIGNAL", "STOPSIGNAL"),
    Edit("BP601", "jobs/Dockerfile", "FROM debian:13\nUSER 1\n", line=1),
    Edit("BP601", "compose.yaml", "healthcheck: {disable: true}\n    _x:", "healthcheck:"),
    Edit("BP602", "Dockerfile", "", "USER 10001:10001\n"),
    Edit("BP602", "Dockerfile", "USER root\nVOLUME", "VOLUME"),
    Edit("BP602", "Dockerfile", 'USER "0:0"', "USER 10001:10001"),
    Edit("BP602", "compose.yaml", 'user: "0"', "user: postgres"),
    Edit("BP602", "compose.yaml", "", "    user: postgres\n"),
    Edit("BP602", "compose.yaml", "privileged: true\n    image: postgres", "image: postgres"),
    # Compose's own tags, an anchor and a merge key hide nothing.
    Edit(
        "BP602",
        "deploy/tags.compose.yaml",
        "x-base: &base\n  user: root\nservices:\n  a:\n    <<: *base\n    ports: !reset []\n    labels: !override {a: !x b}\n",
        line=4,
    ),
    Edit("BP603", "Dockerfile", "FROM python:latest AS", "FROM python:3.13.15-slim-trixie AS"),
    Edit("BP603", "Dockerfile", "FROM python\n", "FROM python:3.13.15-slim-trixie\n"),
    Edit(
        "BP603",
        "jobs/Dockerfile",
        "ARG V=latest\nFROM --platform=linux/amd64 debian:${V} AS a\nUSER 1\nHEALTHCHECK NONE\n",
        line=2,
    ),
    Edit("BP603", "compose.yaml", "image: nginx", "image: nginx:1.29.8-alpine"),
    Edit(
        "BP603",
        "compose.yaml",
        "image: ${REGISTRY:-example.org/}nginx:${V:-latest}",
        "image: nginx:1.29.8-alpine",
    ),
    Edit("BP603", "deploy/k8s.yaml", "kind: Pod\nspec:\n  containers:\n  - image: shop\n", line=4),
    Edit("BP603", "deploy/values.yaml", "image: 'shop:latest'\n", line=1),
    Edit(
        "BP603",
        ".devcontainer/devcontainer.json",
        '"image": "python"',
        '"image": "mcr.microsoft.com/devcontainers/python:3.13"',
    ),
    Edit(
        "BP603",
        ".github/workflows/ci.yml",
        "container:\n      image: python:latest\n    steps:",
        "steps:",
    ),
    Edit(
        "BP604",
        ".github/workflows/ci.yml",
        "uses: actions/checkout@v7",
        f"uses: actions/checkout@{SHA} # v7.0.1",
    ),
    Edit(
        "BP604", ".github/workflows/more.yaml", "steps: \n  - uses: 'docker://python:3'\n", line=2
    ),
    Edit(
        "BP604",
        "tools/action.yml",
        "runs:\n  steps:\n    - name: x\n      uses: a/b@main\n",
        line=4,
    ),
]


def place_of(edit: Edit, project: Path) -> int:
    """The line of what was planted."""
    text = (project / edit.path).read_text(encoding="utf-8")
    return text[: text.index(edit.new.strip())].count("\n") + 1


@pytest.mark.parametrize(
    "edit", VIOLATIONS, ids=lambda edit: f"{edit.rule}-{edit.path}-{edit.new[:20]!r}"
)
def test_a_planted_violation_is_caught(edit: Edit, shop: Path) -> None:
    edit.plant(shop)
    caught = [(rule, path, line) for rule, path, line in found(shop) if rule == edit.rule]
    assert caught
    folder = edit.path.rpartition("/")[0].removesuffix("/domain")
    assert {path for _, path, _ in caught} <= {edit.path, folder}
    if edit.line is not None:
        assert caught[0][2] == edit.line
    lines = (shop / edit.path).read_bytes().count(b"\n") + 1
    assert all(line is None or 1 <= line <= lines for _, _, line in caught)


def turn(project: Path, old: bytes, new: bytes) -> None:
    """Change some bytes of the archive."""
    archive = archive_of(project)
    content = archive.read_bytes()
    assert old in content
    archive.write_bytes(content.replace(old, new, 1))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "the archive is another": lambda shop: archive_of(shop).write_bytes(b"x" * 10240),
    "the archive is gone": lambda shop: archive_of(shop).unlink(),
    "the manifest lists another hash": lambda shop: turn(shop, b'"sha256": "', b'"sha256":"0'),
    "a file is managed no more": lambda shop: turn(shop, b'"managed": true', b'"managed":false'),
    "a file was made of another one": lambda shop: turn(shop, b'"from": "', b'"from":"/'),
    "the manifest is gone": lambda shop: remake(shop, {MANIFEST: None}),
    "the manifest manages nothing": lambda shop: remake(
        shop, {MANIFEST: b'{"format": 1, "files": []}'}
    ),
    "the identity names another archive": lambda shop: rendered_as(shop, {"base": "0" * 64}),
    "the identity says another version": lambda shop: Edit(
        "", ".blueprint/template.json", '"version": "9', '"version": "0'
    ).plant(shop),
    "git is told to ignore the record": lambda shop: (shop / ".blueprint/.gitignore").write_text(
        "*\n"
    ),
    "git is told to turn its line endings": lambda shop: (
        shop / ".blueprint/.gitattributes"
    ).write_text("* text eol=crlf\n"),
    "the identity is in conflict": lambda shop: (shop / ".blueprint/template.json").write_text(
        "<<<<<<< ours\n"
    ),
    "the identity is gone": lambda shop: (shop / ".blueprint/template.json").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_or_forged_record_is_caught(damage: str, shop: Path) -> None:
    DAMAGES[damage](shop)
    assert ("BP101", ".blueprint/template.json", 1) in found(shop)
    (finding,) = [each for each in check_project(shop).findings if each.rule.id == "BP101"]
    assert str(shop) not in finding.found.message


def test_an_environment_file_that_git_tracks_is_caught(shop: Path) -> None:
    Edit("", "deploy/.env.production", "A=1\n").plant(shop)
    assert found(shop) == []  # .gitignore keeps it out
    git(shop, "init", "--quiet")
    git(shop, "add", "--force", "deploy/.env.production")
    assert found(shop) == [("BP303", "deploy/.env.production", None)]


def test_a_missing_managed_file_is_caught(shop: Path) -> None:
    (shop / "src/kit/clock.py").unlink()
    assert found(shop) == [("BP103", "src/kit/clock.py", None)]


def test_what_the_repository_around_ignores_is_caught_and_added_by_what_is_said(
    shop: Path,
) -> None:
    around = shop.parent
    git(around, "init", "--quiet")
    (around / ".gitignore").write_text("kit/\nMakefile\n.*\n!.gitignore\n")
    findings = [each for each in check_project(shop).findings if each.rule.id == "BP105"]
    paths = [each.found.path for each in findings]
    assert {".blueprint/template.json", ".dockerignore", "Makefile"} <= {*paths}
    assert "src/kit/clock.py" in paths
    assert not {".gitignore", "README.md"} & {*paths}
    assert {each.rule.severity for each in findings} == {"warning"}
    for each in findings:
        command = each.found.message.partition("`")[2].removesuffix("`")
        subprocess.run(command, shell=True, check=True)  # noqa: S602 - what it says
    assert found(shop) == []
    git(shop, "add", "--all")
    git(shop, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "all")
    git(around, "clone", "--quiet", ".", "clone")
    assert found(around / "clone/the shop") == []


def test_what_was_never_committed_is_not_gone(shop: Path) -> None:
    around = shop.parent
    git(around, "init", "--quiet")
    (around / ".gitignore").write_text("clock.py\n.blueprint/\n")
    (shop / "src/kit/clock.py").unlink()
    (shop / ".blueprint/template.json").rename(shop / "aside.json")
    (damage,) = [each.found for each in check_project(shop).findings]
    assert damage.message.endswith("Where it is whole: git add --force -- .blueprint")
    (shop / "aside.json").rename(shop / ".blueprint/template.json")
    messages = {each.rule.id: each.found.message for each in check_project(shop).findings}
    assert "is not here, and git ignores it" in messages["BP103"]


def test_a_managed_file_that_became_a_link_is_caught(shop: Path) -> None:
    (shop / "src/kit/clock.py").rename(shop / "elsewhere.py")
    (shop / "src/kit/clock.py").symlink_to("../../elsewhere.py")
    assert found(shop) == [("BP102", "src/kit/clock.py", 1)]


def test_the_first_changed_line_and_what_was_there_are_shown(shop: Path) -> None:
    clock = shop / "src/kit/clock.py"
    lines = clock.read_text().splitlines(keepends=True)
    clock.write_text("".join([*lines[:4], "changed\n", *lines[5:]]))
    (finding,) = check_project(shop).findings
    assert finding.found.line == 5
    shown = lines[4].strip()
    assert finding.found.message.endswith(f"`{shown}`" if shown else "an empty line")
    clock.write_text("".join([*lines, "more\n"]))
    (finding,) = check_project(shop).findings
    assert (finding.found.line, finding.found.message[-7:]) == (len(lines) + 1, "nothing")
    clock.write_text("")
    assert found(shop) == [("BP102", "src/kit/clock.py", 1)]


def test_a_context_without_its_folder_is_caught(shop: Path) -> None:
    (shop / "src/notifications").rename(shop / "src/buying")
    line = (shop / "blueprint.yaml").read_text().splitlines().index("  notifications: {}") + 1
    assert found(shop) == [("BP501", "blueprint.yaml", line), ("BP502", "src/buying", None)]


def test_a_context_that_the_spec_lost_is_caught(shop: Path) -> None:
    Edit("", "blueprint.yaml", "", "  notifications: {}\n").plant(shop)
    assert ("BP502", "src/notifications", None) in found(shop)
    assert messages(shop, "BP502")[0].endswith(": add `notifications: {}`")


def messages(shop: Path, rule: str) -> list[str]:
    return [one.found.message for one in check_project(shop).findings if one.rule.id == rule]


NO_FOLDER = "which you write: docs/add-a-context.md says what belongs into it"


def test_a_context_by_hand_is_asked_for_until_it_is_there(shop: Path) -> None:
    (shop / "src/billing/domain").mkdir(parents=True)
    (shop / "src/billing/domain/bill.py").write_text('"""A bill."""\n')
    line = "add `billing: {by: hand}`, then `blueprint update`"
    (message,) = messages(shop, "BP502")
    assert message.endswith(f"contexts.billing: {line}")
    assert check_project(shop).ok  # no file that has to be edited makes it fail

    Edit(
        "",
        "blueprint.yaml",
        "  billing: {by: hand}\n  notifications: {}\n",
        "  notifications: {}\n",
    ).plant(shop)
    assert found(shop) == []

    (shop / "src/billing").rename(shop / "src/email")
    (missing,) = messages(shop, "BP501")
    assert missing == f"contexts.billing has no folder src/billing, {NO_FOLDER}"
    (refused,) = messages(shop, "BP502")
    assert "a module of Python's standard library is called that; rename it" in refused


@pytest.mark.parametrize(
    ("version", "said"), [("0.0.9", "is installed"), ("999.1.0", "upgrade it")]
)
def test_another_version_is_a_note(version: str, said: str, shop: Path) -> None:
    rendered_as(shop, {"version": version})
    report = check_project(shop)
    (finding,) = report.findings
    assert (finding.rule.id, finding.rule.severity) == ("BP104", "note")
    assert said in finding.found.message
    assert report.ok


def test_a_version_of_another_template_says_nothing(shop: Path) -> None:
    change = {"version": "0.0.1", "source": "https://git.example/templates"}
    rendered_as(shop, change)
    assert found(shop) == []


def test_every_rule_has_a_violation_here() -> None:
    # BP203 is where projects move to another pattern: tests/updating/evolving/test_decision.py
    elsewhere = {"BP101", "BP103", "BP104", "BP105", "BP203", "BP303", "BP501"}
    # What knows a description: test_described.py
    elsewhere |= {"BP503", "BP504", "BP505", "BP506", "BP507", "BP508"}
    # What a standard asks for: tests/standards/test_projects.py
    elsewhere |= {"BP701", "BP702", "BP703", "BP704", "BP705", "BP706"}
    assert {edit.rule for edit in VIOLATIONS} | elsewhere == {rule.id for rule in RULES}


HARMLESS = [
    Edit("", "ruff.toml", '  "PLR0915", # one long function\n  "ANN401",', '  "ANN401",'),
    Edit("", "ruff.toml", '"src/notifications/**" = ["S101"]\n"{conftest', '"{conftest'),
    Edit("", "ruff.toml", 'select = ["ALL"]\n_x = [', "select = ["),
    Edit(
        "",
        "ruff.toml",
        'line-length = 100\nextend-exclude = ["generated"]',
        "line-length = 100",
    ),
    Edit("", "pyproject.toml", '  "billing",\n  "app",', '  "app",'),
    Edit("", "Makefile", "more:\n\ttrue\n"),
    Edit(
        "", "Makefile", "lint: .venv/ready\n\t$(PY) -m ruff check --fix .", "$(PY) -m ruff check ."
    ),
    Edit(
        "",
        "src/notifications/domain/notification.py",
        "\nx = 1  # noqa: F841\n# ruff: noqa: E501\n",
    ),
    Edit("", "src/helpers/text.py", "\n"),
    Edit("", "src/helpers/__init__.py", "\n"),
    Edit(
        "",
        "docs/howto.md",
        f"Title\n=======\n\n`postgresql://a:hunter2hunter2@h/d`\n{'AKIA'}IOSFODNN7EXAMPLE\n",
    ),
    Edit("", "tests/app/test_more.py", 'URL = "postgresql://a:hunter2hunter2@h/d"\n'),
    Edit(
        "",
        "deploy/prod.yaml",
        "a: postgresql://app:${DB_PASSWORD}@db/app\nb: postgresql://app:change-me@db/app\nc: http://[::1]:80/@x\n",
    ),
    Edit(
        "",
        "deploy/public.pem",
        f"-----{'BEGIN'} PUBLIC KEY-----\nMC4CAQAw\n-----{'END'} PUBLIC KEY-----\n",
    ),
    Edit("", "deploy/.env.example", "A=\n"),
    Edit(
        "",
        "jobs/Dockerfile",
        "FROM debian:13 AS base\nUSER 1\nHEALTHCHECK NONE\nFROM base\nRUN <<EOF\nUSER root\nEOF\nRUN a \\\n # comment\n b\n",
    ),
    Edit("", "jobs/Containerfile", "FROM scratch\nUSER app\nHEALTHCHECK CMD true\n"),
    Edit(
        "",
        "docker-compose.dev.yaml",
        "services:\n  mail: {image: 'axllent/mailpit:v1.27', restart: 'no'}\n  x: {image: '${IMAGE}', build: ./jobs}\n",
    ),
    Edit("", "deploy/values.yaml", "image:\n  repository: shop\n---\nimage: shop\n"),
    Edit(
        "",
        "deploy/k8s.yaml",
        f"kind: Pod\nspec:\n  containers:\n  - image: shop@sha256:{'0' * 64}\n  - image: shop:$(TAG)\n",
    ),
    Edit(
        "",
        ".github/workflows/more.yml",
        f"jobs:\n  a:\n    uses: ./.github/workflows/ci.yml\n  b:\n    steps:\n    - uses: docker://x@sha256:{'0' * 64}\n    - uses: a/b/c@{SHA}\n    # uses: a/b@v1\n",
    ),
    Edit("", "compose.broken.yaml", "services: ["),
    Edit("", "compose.other.yaml", "services: 1\n"),
    Edit("", "compose.control.yaml", "services: {a: \x01}\n"),
    Edit("", "compose.deep.yaml", "[" * 1_000_000),
    Edit("", "compose.deeper.yaml", "- " * 400_000),
    Edit("", "var/secrets.txt", PEM),
    Edit("", ".env", "POSTGRES_PASSWORD=x\n"),
    Edit("", "big.txt", "x" * 3_000_000 + PEM),
]


@pytest.mark.parametrize("edit", HARMLESS, ids=lambda edit: f"{edit.path}-{edit.new[:20]!r}")
def test_what_only_looks_like_a_violation_is_let_pass(edit: Edit, shop: Path) -> None:
    edit.plant(shop)
    assert found(shop) == []


def test_a_service_may_watch_what_its_image_does_not(shop: Path) -> None:
    Edit("", "jobs/Dockerfile", "FROM debian:13\nUSER 1\n").plant(shop)
    assert [rule for rule, *_ in found(shop)] == ["BP601"]
    service = "services:\n  job:\n    build: ./jobs\n    healthcheck: {test: [CMD, 'true']}\n"
    Edit("", "compose.jobs.yaml", service).plant(shop)
    assert found(shop) == []
    Edit("", "compose.jobs.yaml", "  other: {build: {context: jobs}}\n").plant(shop)
    assert [rule for rule, *_ in found(shop)] == ["BP601"]


OWNED = "owned: [{path: src/kit/, reason: ours}, {path: pyproject.toml, reason: ours}, {path: src/billing, reason: ours}]"


def test_what_the_project_took_over_is_not_reported(shop: Path) -> None:
    for edit in VIOLATIONS:
        if edit.path in {"src/kit/clock.py", "src/billing/domain/bill.py"}:
            edit.plant(shop)
    (shop / "src/kit/bus.py").unlink()
    Edit("", "pyproject.toml", "strict = false", "strict = true").plant(shop)
    assert {rule for rule, *_ in found(shop)} == {"BP102", "BP103", "BP402", "BP502"}
    Edit("", "blueprint.yaml", OWNED, "owned: []").plant(shop)
    assert found(shop) == []


def test_a_secret_in_what_the_project_took_over_is_reported(shop: Path) -> None:
    Edit("", "blueprint.yaml", OWNED, "owned: []").plant(shop)
    Edit("", "src/kit/key.py", PEM).plant(shop)
    Edit("", "src/kit/bus.py", "\n<<<<<<< ours\n").plant(shop)
    assert {rule for rule, *_ in found(shop)} == {"BP201", "BP301"}


def test_no_message_tells_the_secret(shop: Path) -> None:
    for edit in VIOLATIONS:
        if edit.rule == "BP302":
            edit.plant(shop)
    findings = [each for each in check_project(shop).findings if each.rule.id == "BP302"]
    assert len(findings) > 10
    for finding in findings:
        assert "a1B2c3D4" not in repr(finding)
        assert "hunter2" not in repr(finding)


def test_line_endings_of_another_system_are_no_change(shop: Path) -> None:
    for path in ("src/kit/clock.py", "pyproject.toml", "Makefile"):
        file = shop / path
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert found(shop) == []


def test_only_a_lost_executable_bit_counts(shop: Path) -> None:
    os.chmod(shop / "src/kit/clock.py", 0o755)  # noqa: PTH101, S103 - a file system without modes
    assert found(shop) == []


def test_a_pyproject_that_cannot_be_read_or_is_gone_holds_no_contract(shop: Path) -> None:
    Edit("", "pyproject.toml", "[[[").plant(shop)
    assert [rule for rule, *_ in found(shop)] == ["BP401", "BP402"]
    (shop / "pyproject.toml").unlink()
    assert [rule for rule, *_ in found(shop)] == ["BP401", "BP402"]


def test_a_spec_that_is_gone_is_said_once(shop: Path) -> None:
    (shop / "blueprint.yaml").unlink()
    assert found(shop) == [("BP001", "blueprint.yaml", None)]


def test_without_a_record_the_rest_is_still_checked(shop: Path) -> None:
    DAMAGES["the archive is gone"](shop)
    Edit("", "notes.txt", PEM).plant(shop)
    assert {rule for rule, *_ in found(shop)} == {"BP101", "BP301"}
