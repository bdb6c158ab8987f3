"""What a project needs on this machine, what of it is there, and how to get the rest."""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.git.command import git_version
from blueprint_cli.layout import SPEC_FILE
from blueprint_cli.patterns import PATTERNS, patterns_with
from blueprint_cli.project import project_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.patterns import Pattern
    from blueprint_cli.spec.model import Spec

PORT: Final = 8000
OLDEST_PYTHON: Final = (3, 11)
BEHIND_A_GATEWAY: Final = patterns_with(lambda one: one.gateway_in_front)
WITH_A_BROKER: Final = patterns_with(lambda one: one.broker)
TIMEOUT_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Tool:
    """A program: what it is for, in which patterns, and in which a project cannot do without it.

    ``only`` are conditions on a spec, as a template's layers have them.
    """

    name: str
    purpose: str
    patterns: tuple[Pattern, ...]
    command: tuple[str, ...]
    packages: Mapping[str, str]
    needed: tuple[Pattern, ...] = ()
    otherwise: str = ""
    also_in: tuple[str, ...] = ()
    only: Mapping[str, str | list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MachineFinding:
    """One line of the diagnosis."""

    name: str
    purpose: str
    patterns: tuple[Pattern, ...]
    needed: bool
    found: bool
    detail: str
    get: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found, for one project or for all patterns."""

    project: Path | None
    pattern: Pattern | None
    findings: tuple[MachineFinding, ...] = field(default_factory=tuple)

    @property
    def missing(self) -> tuple[MachineFinding, ...]:
        """What the project needs and this machine does not have."""
        return tuple(finding for finding in self.findings if finding.needed and not finding.found)


def _same(name: str) -> dict[str, str]:
    return dict.fromkeys(("apt-get", "dnf", "pacman", "zypper", "apk", "brew"), name)


TOOLS: Final = (
    Tool(
        "make",
        "starts every command of a project: make dev, make test",
        PATTERNS,
        ("make", "--version"),
        _same("make"),
        needed=PATTERNS,
    ),
    Tool(
        "uv",
        "installs a project's packages in seconds",
        PATTERNS,
        ("uv", "--version"),
        {"brew": "uv", "pacman": "uv"},
        otherwise="python3 -m pip install uv (without it, venv and pip do the same)",
    ),
    Tool(
        "Docker",
        "builds the images and runs make up",
        PATTERNS,
        ("docker", "--version"),
        {**_same("docker"), "apt-get": "docker.io", "brew": "--cask docker"},
    ),
    Tool(
        "Docker's engine",
        "has to run for make up",
        PATTERNS,
        ("docker", "version", "--format", "{{.Server.Version}}"),
        {},
        otherwise="start it: sudo systemctl start docker, or open Docker Desktop",
    ),
    Tool(
        "Docker Compose",
        "make up starts the whole project with it",
        PATTERNS,
        ("docker", "compose", "version"),
        {
            **dict.fromkeys(("dnf", "pacman", "zypper", "brew"), "docker-compose"),
            "apk": "docker-cli-compose",
        },
        otherwise="docker-compose-v2 on Ubuntu, else docs.docker.com/compose/install "
        "(a docker-compose below version 2 is another program)",
    ),
    Tool(
        "PostgreSQL",
        "the database; make dev brings its own where this one is missing",
        PATTERNS,
        ("postgres", "--version"),
        {**_same("postgresql"), "dnf": "postgresql-server", "brew": "postgresql@17"},
        also_in=("/usr/lib/postgresql/*/bin/postgres", "/usr/pgsql-*/bin/postgres"),
    ),
    Tool(
        "NGINX",
        "the gateway in front of the services; make dev brings its own",
        BEHIND_A_GATEWAY,
        ("nginx", "-v"),
        _same("nginx"),
        also_in=("/usr/sbin/nginx",),
        only={"platform.gateway": "nginx"},
    ),
    Tool(
        "HAProxy",
        "the gateway in front of the services, without Docker",
        BEHIND_A_GATEWAY,
        ("haproxy", "-v"),
        _same("haproxy"),
        also_in=("/usr/sbin/haproxy",),
        only={"platform.gateway": "haproxy"},
    ),
    Tool(
        "Java",
        "runs Apache Kafka without Docker; make dev brings a broker for development",
        WITH_A_BROKER,
        ("java", "-version"),
        {
            "apt-get": "default-jre-headless",
            "dnf": "java-latest-openjdk-headless",
            "pacman": "jre-openjdk-headless",
            "zypper": "java-21-openjdk-headless",
            "apk": "openjdk21-jre-headless",
            "brew": "openjdk",
        },
    ),
)

IN_A_CLUSTER: Final = {"platform.deploy": ["kubernetes", "helm"]}
HELM: Final = {"platform.deploy": "helm"}
AWS: Final = {"platform.deploy": "aws-lambda"}
GOOGLE: Final = {"platform.deploy": "google-functions"}
AZURE: Final = {"platform.deploy": "azure-functions"}
# What a target or a server of `platform` wants: looked for where a project names it. Who develops
# can do without.
OF_THE_PLATFORM: Final = (
    Tool(
        "kubectl",
        "applies manifests and secrets to a cluster; it has Kustomize in it",
        PATTERNS,
        ("kubectl", "version", "--client"),
        {"brew": "kubectl", "apk": "kubectl", "pacman": "kubectl"},
        otherwise="kubernetes.io/docs/tasks/tools",
        only=IN_A_CLUSTER,
    ),
    Tool(
        "Helm",
        "installs deploy/helm in a cluster",
        PATTERNS,
        ("helm", "version", "--short"),
        {"brew": "helm", "apk": "helm", "pacman": "helm"},
        otherwise="helm.sh/docs/intro/install",
        only=HELM,
    ),
    Tool(
        "AWS SAM",
        "builds and deploys deploy/aws-lambda",
        PATTERNS,
        ("sam", "--version"),
        {"brew": "aws-sam-cli"},
        otherwise="python3 -m pip install aws-sam-cli",
        only=AWS,
    ),
    Tool(
        "gcloud",
        "deploys deploy/google-functions",
        PATTERNS,
        ("gcloud", "--version"),
        {"brew": "--cask google-cloud-sdk"},
        otherwise="cloud.google.com/sdk/docs/install",
        only=GOOGLE,
    ),
    Tool(
        "Azure CLI",
        "deploys deploy/azure-functions, and compiles its Bicep",
        PATTERNS,
        ("az", "--version"),
        {"brew": "azure-cli"},
        otherwise="python3 -m pip install azure-cli",
        only=AZURE,
    ),
    Tool(
        "Core Tools",
        "runs and publishes deploy/azure-functions",
        PATTERNS,
        ("func", "--version"),
        {},
        otherwise="npm install --global azure-functions-core-tools@4",
        only=AZURE,
    ),
    Tool(
        "Patroni",
        "the database's cluster, without Docker",
        PATTERNS,
        ("patroni", "--version"),
        {"apt-get": "patroni", "dnf": "patroni", "zypper": "patroni"},
        otherwise="python3 -m pip install 'patroni[etcd3,psycopg3]'",
        only={"platform.database.cluster": "patroni"},
    ),
    Tool(
        "etcd",
        "by whose majority Patroni says who is the primary, without Docker",
        PATTERNS,
        ("etcd", "--version"),
        {"apt-get": "etcd-server", "dnf": "etcd", "zypper": "etcd", "brew": "etcd"},
        otherwise="etcd.io/docs/latest/install",
        only={"platform.database.cluster": "patroni"},
    ),
    Tool(
        "PgBouncer",
        "the pooler in front of the database, without Docker",
        PATTERNS,
        ("pgbouncer", "--version"),
        _same("pgbouncer"),
        also_in=("/usr/sbin/pgbouncer",),
        only={"platform.database.pooler": "pgbouncer"},
    ),
    Tool(
        "MariaDB",
        "the database of contexts that say `store: mysql`; make dev and make test start it",
        PATTERNS,
        ("mariadbd", "--version"),
        {**_same("mariadb-server"), "pacman": "mariadb", "apk": "mariadb", "brew": "mariadb"},
        also_in=("/usr/sbin/mariadbd",),
        only={"contexts.store": "mysql"},
    ),
    Tool(
        "Varnish",
        "the edge, without Docker",
        PATTERNS,
        ("varnishd", "-V"),
        _same("varnish"),
        also_in=("/usr/sbin/varnishd",),
        only={"platform.cdn": "varnish"},
    ),
)


def examine(project: Path | None = None) -> Diagnosis:
    """Look for everything that a project needs; with a project, for what that one needs.

    Raises:
        NotAProject: where the path holds no project.
        SpecInvalid: where its ``blueprint.yaml`` cannot be read.
    """
    spec = _spec_of(project) if project is not None else None
    return examine_for(spec, project)


def examine_for(spec: Spec | None, project: Path | None = None) -> Diagnosis:
    """Look for everything that a project of this spec needs; without one, that any project does."""
    installer = _installer()
    tools = [tool for tool in TOOLS if spec is None or _concerns(tool, spec)]
    tools += [tool for tool in OF_THE_PLATFORM if spec is not None and _concerns(tool, spec)]
    with ThreadPoolExecutor(len(tools) + 1) as pool:
        looked_up = pool.map(lambda tool: _examine_tool(tool, spec, installer), tools)
        findings = [_python(), _git(installer), *looked_up, _port()]
    return Diagnosis(
        project=project.resolve() if project else None,
        pattern=spec.pattern if spec else None,
        findings=tuple(findings),
    )


def _spec_of(project: Path) -> Spec:
    from blueprint_cli.spec.reading import read_spec  # noqa: PLC0415 - slow, and not always needed

    return read_spec(project_root(project, damaged=True) / SPEC_FILE)


def _concerns(tool: Tool, spec: Spec) -> bool:
    from blueprint_cli.templates.conditions import holds  # noqa: PLC0415 - slow, as above

    said = {
        **spec.model_dump(include={"platform"}),
        "contexts": {"store": [one.store for one in spec.contexts.values()]},
    }
    return spec.pattern in tool.patterns and holds(tool.only, said)


def _python() -> MachineFinding:
    wanted = ".".join(str(part) for part in OLDEST_PYTHON)
    return MachineFinding(
        "Python",
        f"runs blueprint and the project; {wanted} or newer",
        PATTERNS,
        needed=True,
        found=sys.version_info >= OLDEST_PYTHON,
        detail=f"{platform.python_version()} ({sys.executable})",
        get="",
    )


def _git(installer: str | None) -> MachineFinding:
    version = git_version()
    return MachineFinding(
        "git",
        "the project's repository and first commit",
        PATTERNS,
        needed=False,
        found=version is not None,
        detail=version or "",
        get="" if version else _get(_same("git"), installer),
    )


def _examine_tool(tool: Tool, spec: Spec | None, installer: str | None) -> MachineFinding:
    detail = _version(tool)
    return MachineFinding(
        tool.name,
        tool.purpose,
        tool.patterns,
        needed=spec is not None and spec.pattern in tool.needed,
        found=detail is not None,
        detail=detail or "",
        get="" if detail is not None else _get(tool.packages, installer, tool.otherwise),
    )


def _version(tool: Tool) -> str | None:
    """Return the version that the program reports, or None where it does not run."""
    name, *arguments = tool.command
    candidates = [(shutil.which(name), arguments)]
    for other in tool.also_in:
        if "*" in other:
            below = Path("/").glob(other.lstrip("/"))
            candidates += [(str(path), ["--version"]) for path in sorted(below, reverse=True)]
        else:
            candidates.append((shutil.which(other), arguments[-1:]))
    for program, options in candidates:
        if program is not None and (version := _version_from(program, options)) is not None:
            return version
    return None


def _version_from(program: str, options: list[str]) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - programs of the table above
            [program, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    version = re.search(r"\d+(\.\d+)+", lines[0]) if lines else None
    return f"{version[0] if version else 'found'} ({program})"


def _port() -> MachineFinding:
    free = _is_free(PORT)
    return MachineFinding(
        f"port {PORT}",
        "make dev serves the API there",
        PATTERNS,
        needed=False,
        found=free,
        detail="free" if free else "taken",
        get="" if free else "make dev PORT=8001",
    )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name != "nt")
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _installer() -> str | None:
    known = ("apt-get", "dnf", "pacman", "zypper", "apk", "brew")
    return next((name for name in known if shutil.which(name)), None)


def _get(packages: Mapping[str, str], installer: str | None, otherwise: str = "") -> str:
    if installer is None or installer not in packages:
        if otherwise:
            return otherwise
        return f"your system's package {packages.get('apt-get') or next(iter(packages.values()))}"
    package = packages[installer]
    return {
        "apt-get": f"sudo apt-get install {package}",
        "dnf": f"sudo dnf install {package}",
        "pacman": f"sudo pacman -S {package}",
        "zypper": f"sudo zypper install {package}",
        "apk": f"sudo apk add {package}",
        "brew": f"brew install {package}",
    }[installer]
