"""`blueprint doctor` on machines made up of scripts."""

import json
import os
import socket
from pathlib import Path

import pytest

from blueprint_cli import machine
from blueprint_cli.spec.document import parse_document
from blueprint_cli.spec.reading import validate
from tests.program import Run

ANSWERS = {
    "git": "echo git version 2.30.2",
    "make": "echo GNU Make 4.3",
    "uv": "echo uv 0.9.1",
    "docker": '[ "$1" = compose ] && echo 2.40.3 || echo Docker version 28.0.1, build x',
    "java": "echo 'openjdk version \"21.0.1\"' >&2",
    "nginx": "echo nginx version: nginx/1.24.0 >&2",
    "haproxy": "exit 1",
    "postgres": "echo no digits",
}

PUBLIC = """\
contexts:
  identity: {}
  things: {entities: {Thing: {fields: {name: text}, access: {read: anyone}}}}
"""
MYSQL = """\
contexts: {identity: {}, things: {store: mysql, entities: {Thing: {fields: {name: text}}}}}
"""


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder the whole PATH; programs are added to it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    # What lies outside PATH belongs to the real machine.
    monkeypatch.setattr(machine, "TOOLS", tuple(without_folders(tool) for tool in machine.TOOLS))
    return folder


def without_folders(tool: machine.Tool) -> machine.Tool:
    from dataclasses import replace  # noqa: PLC0415 - for this alone

    return replace(tool, also_in=tuple(name for name in tool.also_in if not name.startswith("/")))


def add(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\n{ANSWERS.get(name, 'exit 0')}\n")
        (folder / name).chmod(0o755)


def found(run: Run, *arguments: str | Path) -> dict[str, dict[str, object]]:
    document = json.loads(run("doctor", "--json", *arguments).out)
    return {finding["name"]: finding for finding in document["findings"]}


def test_what_is_there_is_shown_with_its_version(computer: Path, run: Run) -> None:
    add(computer, *ANSWERS)
    findings = found(run)
    assert {name: finding["found"] for name, finding in findings.items() if "port" not in name} == {
        "Python": True,
        "git": True,
        "make": True,
        "uv": True,
        "Docker": True,
        "Docker's engine": True,
        "Docker Compose": True,
        "PostgreSQL": True,
        "NGINX": True,
        "HAProxy": False,
        "Java": True,
    }
    assert findings["make"]["detail"] == f"4.3 ({computer}/make)"
    assert findings["Docker Compose"]["detail"] == f"2.40.3 ({computer}/docker)"
    assert findings["Java"]["detail"] == f"21.0.1 ({computer}/java)"
    assert findings["PostgreSQL"]["detail"] == f"found ({computer}/postgres)"
    assert sorted(findings["git"]) == [
        "detail",
        "found",
        "get",
        "name",
        "needed",
        "patterns",
        "purpose",
    ]


@pytest.mark.parametrize(
    ("installer", "command"),
    [
        ("apt-get", "sudo apt-get install docker.io"),
        ("dnf", "sudo dnf install docker"),
        ("pacman", "sudo pacman -S docker"),
        ("zypper", "sudo zypper install docker"),
        ("apk", "sudo apk add docker"),
        ("brew", "brew install --cask docker"),
        ("nothing", "your system's package docker.io"),
    ],
)
def test_what_is_missing_is_shown_with_the_command_of_this_system(
    installer: str, command: str, computer: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(computer, installer)
    monkeypatch.setenv("COLUMNS", "80")
    result = run("doctor")
    assert result.code == 0
    assert f"Get it: {command}\n" in result.out
    assert max(map(len, result.out.splitlines())) <= 80 + len(str(computer))


def test_an_engine_that_does_not_run_and_an_old_compose_are_seen(computer: Path, run: Run) -> None:
    (computer / "docker").write_text(
        '#!/bin/sh\ncase "$1" in --version) echo Docker version 28.0.1 ;; *) exit 1 ;; esac\n'
    )
    (computer / "docker").chmod(0o755)
    add(computer, "docker-compose")
    findings = found(run)
    assert findings["Docker"]["found"]
    assert not findings["Docker's engine"]["found"]
    assert "systemctl start docker" in str(findings["Docker's engine"]["get"])
    assert not findings["Docker Compose"]["found"]
    assert "below version 2 is another program" in str(findings["Docker Compose"]["get"])


def test_only_what_the_given_project_needs_and_lacks_is_a_failure(
    computer: Path, tiny: Path, run: Run
) -> None:
    assert run("new", "shop", "--defaults", "--no-git").code == 0
    missing = run("doctor", "shop")
    assert missing.code == 3
    assert missing.out.endswith("Missing, and needed by this project: make\n")
    assert "make            MISSING" in missing.out
    assert "NGINX" not in missing.out
    document = json.loads(run("doctor", "shop", "--json").out)
    assert (document["ok"], document["pattern"]) == (False, "monolith")
    assert document["project"] == str(tiny / "shop")

    add(computer, "make")
    assert run("doctor", "shop").code == 0
    assert run("doctor").code == 0

    spec = tiny / "shop/blueprint.yaml"
    spec.write_text(spec.read_text().replace("pattern: monolith", "pattern: event-driven"))
    assert {"NGINX", "Java"} <= set(found(run, "shop"))
    assert "HAProxy" not in found(run, "shop")


@pytest.mark.parametrize(
    ("platform", "more", "wanted"),
    [
        ("{deploy: [kubernetes]}", "", {"kubectl"}),
        ("{deploy: [helm, aws-lambda]}", "", {"Helm", "kubectl", "AWS SAM"}),
        ("{deploy: [google-functions]}", "", {"gcloud"}),
        ("{deploy: [azure-functions]}", "", {"Azure CLI", "Core Tools"}),
        ("{database: {cluster: patroni, pooler: pgbouncer}}", "", {"Patroni", "PgBouncer", "etcd"}),
        ("{cdn: varnish}", PUBLIC, {"Varnish"}),
        (
            "{}",
            MYSQL,
            {"MariaDB"},
        ),
    ],
)
def test_a_target_brings_its_programs_and_nobody_needs_them_to_develop(
    computer: Path, run: Run, platform: str, more: str, wanted: set[str]
) -> None:
    add(computer, "make")
    every = {tool.name for tool in machine.OF_THE_PLATFORM}
    assert not every & set(found(run))
    spec = f"blueprint: 1\nproject: {{name: shop}}\npattern: monolith\nplatform: {platform}\n{more}"
    document = parse_document(spec, "blueprint.yaml")
    diagnosis = machine.examine_for(validate(document.data, document))
    assert every & {one.name for one in diagnosis.findings} == wanted
    assert not diagnosis.missing


def test_what_is_no_project_is_refused(tmp_path: Path, run: Run) -> None:
    result = run("doctor", tmp_path)
    assert (result.code, "it has no blueprint.yaml" in result.err) == (2, True)
    (tmp_path / "blueprint.yaml").write_text("blueprint: 1\n")
    assert run("doctor", tmp_path).code == 2


def test_a_taken_port_is_said(computer: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert computer.is_dir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(machine, "PORT", taken.getsockname()[1])
        finding = found(run)[f"port {machine.PORT}"]
    assert (finding["found"], finding["detail"]) == (False, "taken")
    assert found(run)[f"port {machine.PORT}"]["found"]


def test_a_program_that_hangs_counts_as_missing(
    computer: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (computer / "java").write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    (computer / "java").chmod(0o755)
    monkeypatch.setattr(machine, "TIMEOUT_SECONDS", 0.2)
    assert not found(run)["Java"]["found"]


def test_a_program_outside_path_is_found(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "postgresql" / "17" / "bin"
    folder.mkdir(parents=True)
    (folder / "postgres").write_text("#!/bin/sh\necho postgres 17.2\n")
    (folder / "postgres").chmod(0o755)
    (tool,) = (tool for tool in machine.TOOLS if tool.name == "PostgreSQL")
    from dataclasses import replace  # noqa: PLC0415 - for this alone

    pattern = f"{tmp_path}/postgresql/*/bin/postgres"
    monkeypatch.setattr(machine, "TOOLS", (replace(tool, also_in=(pattern,)),))
    monkeypatch.setenv("PATH", os.devnull)
    assert found(run)["PostgreSQL"]["detail"] == f"17.2 ({folder}/postgres)"
