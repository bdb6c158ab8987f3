"""An environment to install into, without what this machine is configured with."""

import os
import runpy
import shutil
import ssl
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.environment.index import Index, make_wheel, serve

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "templates/components/dev/package/install.py"
OPENSSL = shutil.which("openssl")


@dataclass
class Wheels:
    """`alpha` 1.0 and 2.0, `beta` 1.0, uv and the program in it."""

    alpha: Path
    alpha_2: Path
    beta: Path
    uv: Path
    program: Path


@pytest.fixture(scope="session")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pip that comes with Python, unpacked and compiled once for all tests."""
    folder = tmp_path_factory.mktemp("pip")
    with zipfile.ZipFile(runpy.run_path(str(SCRIPT))["bundled_pip"]()) as wheel:
        wheel.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """uv's is made of the program that installed the environment of these tests."""
    program = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("uv is nowhere: make install says why")
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    folder = tmp_path_factory.mktemp("wheels")
    return Wheels(
        make_wheel(folder, "alpha", "1.0"),
        make_wheel(folder, "alpha", "2.0"),
        make_wheel(folder, "beta", "1.0"),
        make_wheel(folder, "uv", said.stdout.split()[1], program=Path(program).read_bytes()),
        Path(program),
    )


@dataclass
class Environment:
    """A project's folder with an environment in `.venv`, and the variables of its user's shell."""

    folder: Path
    variables: dict[str, str]
    elsewhere: Index
    """What every other host would be asked through."""

    @property
    def home(self) -> Path:
        return Path(self.variables["HOME"])

    def configure(self, text: str, file: str = ".config/pip/pip.conf") -> None:
        """Writes a file that configures pip, below the home folder."""
        self.variables.pop("PIP_CONFIG_FILE", None)
        path = self.home / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """What it says on both streams is in `stdout`."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables | variables,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def install(self, *arguments: str | Path, **variables: str) -> str:
        """Has the script install; gives what it says."""
        result = self.run(".venv/bin/python", "-I", SCRIPT, *arguments, **variables)
        assert result.returncode == 0, result.stdout
        return result.stdout

    def require(self, text: str) -> tuple[str, ...]:
        """Writes requirements-dev.txt; gives the arguments that install it."""
        (self.folder / "requirements-dev.txt").write_text(text)
        return ("--require-hashes", "--requirement", "requirements-dev.txt")

    @property
    def packages(self) -> Path:
        (folder,) = self.folder.glob(".venv/lib/python*/site-packages")
        return folder

    def remove_pip(self) -> None:
        """As `venv --without-pip` leaves it."""
        for link in self.packages.glob("pip*"):
            link.unlink()

    def installed(self) -> dict[str, str]:
        """Which program installed what."""
        files = self.packages.glob("*.dist-info/INSTALLER")
        return {file.parent.name.split("-")[0]: file.read_text().strip() for file in files}


@pytest.fixture
def environment(pip: Path, tmp_path: Path) -> Iterator[Environment]:
    """Without uv on PATH."""
    folder = tmp_path / "a project"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    for name in ("home", "bin"):
        (tmp_path / name).mkdir()
    for program in ("cat", "find", "make", "rm", "sh", "touch"):
        (tmp_path / "bin" / program).symlink_to(str(shutil.which(program)))
    (tmp_path / "bin/python3").symlink_to(Path(sys.executable).resolve())
    with serve() as elsewhere:
        proxy = elsewhere.url.removesuffix("/simple")
        variables = {
            "PATH": str(tmp_path / "bin"),
            "HOME": str(tmp_path / "home"),
            "UV_HTTP_RETRIES": "0",  # what cannot be had is not had a second later
            "PIP_RETRIES": "0",
            "PIP_CONFIG_FILE": os.devnull,  # no file is read
            "NO_PROXY": "127.0.0.1",
            **dict.fromkeys(("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"), proxy),
        }
        made = Environment(folder, variables, elsewhere)
        for part in pip.iterdir():
            (made.packages / part.name).symlink_to(part)
        yield made
        assert elsewhere.asked == []


@pytest.fixture
def with_uv(environment: Environment, wheels: Wheels, tmp_path: Path) -> Environment:
    """With uv on PATH, which writes the arguments that it is given into a file."""
    program = tmp_path / "bin/uv"
    program.write_text(
        f'#!/bin/sh\necho "$@" >>"{tmp_path}/arguments"\nexec "{wheels.program}" "$@"\n'
    )
    program.chmod(0o755)
    return environment


@dataclass
class Certificates:
    """Of an authority that nobody knows, of a server on 127.0.0.1, and of a client."""

    authority: Path
    server: Path
    client: Path

    def context(self, *, ask_client: bool = False) -> ssl.SSLContext:
        """The server's side; a client without a certificate can be turned away."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        if ask_client:
            context.load_verify_locations(self.authority)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The server's file and the client's hold a key and its certificate."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        command = [str(OPENSSL), *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "rsa:2048", "-nodes", "-batch")
    openssl("req", "-x509", *key, "-subj", "/CN=A", "-keyout", "a.key", "-out", "authority.pem")
    for name in ("server", "client"):
        (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "request")
        by = ("-CA", "authority.pem", "-CAkey", "a.key", "-CAcreateserial", "-extfile", "ext")
        openssl("x509", "-req", "-in", "request", *by, "-out", f"{name}.crt")
        both = "".join((folder / f"{name}.{part}").read_text() for part in ("key", "crt"))
        (folder / f"{name}.pem").write_text(both)
    return Certificates(*(folder / f"{name}.pem" for name in ("authority", "server", "client")))
