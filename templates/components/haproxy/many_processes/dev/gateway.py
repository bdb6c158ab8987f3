"""The gateway in development: HAProxy with the configuration of production, on this machine."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from dev.database import ROOT

CONFIGURATION = ROOT / "gateway"
SERVER = "haproxy"
_OTHERWISE = "default_backend nothing"
_PAGES = "use_backend {} if {{ path / /docs }} or {{ path_beg /docs/ }}\n    "
_SILENT = "http-response set-log-level silent\n    "
_LOG_FOR_PEOPLE = "log-format '%[date,ltime(%H:%M:%S)] %HM %[var(txn.path)] %ST'"


class GatewayError(Exception):
    """The gateway's server cannot be had; the message says how to get it."""


def find_server() -> Path:
    """HAProxy on PATH, or where systems keep it for their administrators; raises GatewayError."""
    found = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise GatewayError(
            "no haproxy on PATH: install it (apt install haproxy, brew install haproxy)"
        )
    return Path(found)


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
    status: str | None = None,
    pages: str | None = None,
    for_people: bool = False,
) -> list[str]:
    """Write what depends on this machine into `folder`; the command that runs the gateway.

    `addresses` are host and port of each service; with a `resolver`, host names are looked up
    there again and again. `rate` is how many requests a second a client may send, `connections`
    how many at once. `balancer` is a network whose word is taken for who the client is.
    `cors_origins` are whose pages may read what it answers itself, as CORS_ORIGINS has them;
    `sample_ratio` is the share of traces that are recorded; at the address `status` are its own
    metrics. `pages` is the service that answers `/` and `/docs` in development; a log `for_people`
    is short, and without what services answer and log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    here = {
        "GATEWAY_BIND": f"{host}:{port}",
        **({} if status is None else {"GATEWAY_STATUS_BIND": status}),
        "GATEWAY_DOCUMENT": str(CONFIGURATION / "openapi.json"),
        "GATEWAY_RESOLVER": resolver or "127.0.0.1:53",
        "GATEWAY_RATE": str(rate),
        "GATEWAY_AUTH_RATE": str(rate),
        "GATEWAY_SEARCH_RATE": str(rate),
        "GATEWAY_CONNECTIONS": str(connections),
        "REPLICAS": "1" if resolver is None else "4",
        "GATEWAY_SAMPLED": str(round(sample_ratio * 10_000)),
        "GATEWAY_ORIGINS": cors_origins.replace(",", " ") or "none",
        **({} if balancer is None else {"GATEWAY_BALANCERS": balancer}),
        **{f"{name.upper()}_ADDRESS": address for name, address in addresses.items()},
    }
    lines = [f'    setenv {name} "{value}"' for name, value in here.items()]
    first = folder / "here.cfg"
    first.write_text("\n".join(["global", *lines, ""]), encoding="utf-8")
    text = (CONFIGURATION / "haproxy.cfg").read_text(encoding="utf-8")
    if status is None:
        text = re.sub(r"\nfrontend status\n.*?\n(?=\n)", "", text, flags=re.DOTALL)
    if pages is not None:
        text = text.replace(_OTHERWISE, f"{_PAGES.format(pages)}{_OTHERWISE}")
    if for_people:
        text = text.replace(_OTHERWISE, f"{_SILENT}{_OTHERWISE}")
        text = re.sub(r"log-format '.*'", _LOG_FOR_PEOPLE, text)
    main = folder / "haproxy.cfg"
    main.write_text(text, encoding="utf-8")
    files = (first, main, CONFIGURATION / "document.cfg")
    return [str(find_server()), "-db", *(part for file in files for part in ("-f", str(file)))]
