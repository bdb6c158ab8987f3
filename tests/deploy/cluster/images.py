"""Images of projects, built of their own Dockerfiles by a Docker engine that the tests start.

What a Dockerfile begins with cannot be fetched here: an image of that name is made of Debian's
packages instead, and those of PostgreSQL and nginx of wheels.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock

from tests.deploy.cluster.programs import cache
from tests.projects.event_driven import real_kafka

FOLDER = Path(__file__).with_name("images")
PROGRAMS = ("dockerd", "containerd", "runc", "mmdebstrap")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PYTHON_3_13 = "trixie"
_SECONDS = 60.0
_AT_ONCE = 2  # what they wait for is a core, now and then a network
# What manifests name beside the project's own image: each has a folder in images/.
_KINDS = {"postgres": "postgres", "nginx": "nginx", "apache/kafka": "kafka"}
_LEAVE_OUT = ("doc", "info", "locale", "man")


def single(archive: Path, name: str, program: Path) -> None:
    """An image with one static program and nothing else, as `docker load` takes it."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as files:
        files.add(program, arcname=program.name, filter=_as_root)
    content = layer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": [f"/{program.name}"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(archive, mode="w") as image:
        for path, data in (
            ("layer.tar", content),
            ("config.json", config),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            image.addfile(entry, io.BytesIO(data))


def _as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755
    return entry


@dataclass(frozen=True)
class Engine:
    """A Docker engine of our own, with nothing of the machine's."""

    folder: Path

    @property
    def _socket(self) -> str:
        return f"unix://{self.folder / 'docker.sock'}"

    def services(self, project: Path, contexts: Sequence[str]) -> list[str]:
        """Build the image of each service, and give their names."""
        self._base()
        names = [f"{project.name}-{context}:local" for context in contexts]
        files = [f"services/{context}/Dockerfile" for context in contexts]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(partial(self.project, project), names, files))
        return names

    def stand_ins(self, names: Sequence[str]) -> None:
        """Make images of those names, which are of other projects."""
        self._base()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(
                pool.map(self._stand_in, names, [_KINDS[name.partition(":")[0]] for name in names])
            )

    def project(self, project: Path, name: str, dockerfile: str = "Dockerfile") -> None:
        """Build a project's image, with what its Dockerfile begins with."""
        text = (project / dockerfile).read_text()
        for base in sorted(set(re.findall(r"^FROM (\S+:\S+)", text, re.MULTILINE))):
            self.docker("tag", self._base(), base)
        with tempfile.TemporaryDirectory(dir=self.folder) as beside:
            file = Path(beside) / "Dockerfile"
            file.write_text(text)
            file.with_name("Dockerfile.dockerignore").write_text(_spelled_out(project))
            self.build(project, name, "--file", str(file))

    def build(self, context: Path, name: str, *options: str) -> None:
        """As `docker build`, which reaches what this machine reaches."""
        self.docker("build", "--network=host", "--quiet", "--tag", name, *options, str(context))

    def save(self, archive: Path, *names: str) -> Path:
        """Write images as one archive."""
        self.docker("save", "--output", str(archive), *names)
        return archive

    def docker(self, *arguments: str) -> str:
        """Run its client; fails with what it says."""
        done = subprocess.run(
            [_client(), *arguments],
            env={**os.environ, "DOCKER_HOST": self._socket, "DOCKER_BUILDKIT": "1"},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    def _stand_in(self, name: str, kind: str) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as context:
            folder = Path(context)
            shutil.copytree(FOLDER / kind, folder, dirs_exist_ok=True)
            if kind == "python":
                shutil.copyfile(_CERTIFICATES, folder / _CERTIFICATES.name)
                os.link(_debian(self.folder), folder / "python.tar")
                self.build(folder, name)
                return
            if kind == "kafka":
                shutil.copytree(real_kafka.jars(), folder / "jars")
                _copy_java(folder / "java")
            self.build(folder, name, "--build-arg", f"BASE={self._base()}")

    def _base(self) -> str:
        name = "python:stand-in"
        if not self.docker("images", "--quiet", name).strip():
            self._stand_in(name, "python")
        return name


def _copy_java(folder: Path) -> None:
    """The machine's, of which Debian keeps parts elsewhere, without what only compiles."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("java is not installed: no Apache Kafka")
    unused = shutil.ignore_patterns("docs", "include", "jmods", "legal", "man", "src.zip")
    home = Path(java).resolve().parents[1]
    shutil.copytree(home, folder, ignore=unused, ignore_dangling_symlinks=True)


def _spelled_out(project: Path) -> str:
    """What .dockerignore says, without patterns of what to keep: Debian's engine is older than
    those that look for it below what is ignored."""
    lines = []
    for line in (project / ".dockerignore").read_text().splitlines():
        kept = sorted(project.glob(line[1:])) if line.startswith("!") else []
        lines += [f"!{path.relative_to(project)}" for path in kept] or [line]
    return "\n".join(lines) + "\n"


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """The engine, until the block is left. It makes no bridge and no rule of a firewall."""
    folder.mkdir()
    started = Engine(folder)
    command: Sequence[str] = (
        "dockerd",
        *("--data-root", str(folder / "root"), "--exec-root", str(folder / "exec")),
        *("--pidfile", str(folder / "docker.pid"), "--host", started._socket),  # noqa: SLF001 - its own
        "--bridge=none",
        *("--iptables=false", "--ip-forward=false", "--ip-masq=false"),
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + _SECONDS
        while not _answers(started):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the engine does not answer"
            time.sleep(0.1)
        yield started
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(started: Engine) -> bool:
    try:
        started.docker("version")
    except AssertionError:
        return False
    return True


def _client() -> str:
    """Debian's, which builds by the engine's BuildKit; newer ones want a plugin for that."""
    return shutil.which("docker", path="/usr/bin") or "docker"


def _debian(beside: Path) -> Path:
    """Debian with Python, as an archive; made once per machine, in half a minute."""
    kept = cache() / f"debian-{_PYTHON_3_13}-python.tar"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            partial = kept.with_name(f"{kept.stem}.partial.tar")
            subprocess.run(
                [
                    *("mmdebstrap", "--quiet", "--variant=minbase"),
                    "--include=python3,python3-venv",
                    "--aptopt=APT::Install-Recommends false",
                    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEAVE_OUT),
                    *(_PYTHON_3_13, str(partial), *_mirror()),
                ],
                check=True,
                capture_output=True,
            )
            partial.rename(kept)
    copy = beside / "debian.tar"  # on the engine's file system, where builds link to it
    if not copy.exists():
        shutil.copyfile(kept, copy)
    return copy


def _mirror() -> list[str]:
    """Where this machine has Debian's packages from."""
    targets = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian")
    found = subprocess.run(targets, check=False, capture_output=True, text=True).stdout.split()
    return [uri for uri in found if uri.rstrip("/").endswith("/debian")][:1]
