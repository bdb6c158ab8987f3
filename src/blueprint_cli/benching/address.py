"""Where a project answers that is up already, and whether that is this machine."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from blueprint_cli.errors import BenchRefused, Failed

PORTS: Final = {"http": 80, "https": 443}
CONNECT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL in its parts; ``ips`` is what its host resolves to, in the system's order."""

    name: str
    port: int
    tls: bool
    ips: tuple[str, ...]

    @property
    def host(self) -> str:
        """What a request says of it: the name and, unless it is the scheme's own, the port."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        usual = self.port == PORTS["https" if self.tls else "http"]
        return name if usual else f"{name}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, whatever its name resolves to."""
        return all(ipaddress.ip_address(one).is_loopback for one in self.ips)

    def context(self) -> ssl.SSLContext | None:
        """Return how the other side's certificate is verified; None without TLS."""
        return ssl.create_default_context() if self.tls else None

    def answering(self) -> str:
        """Return the first of its addresses that takes a connection.

        Raises:
            Failed: where none does.
        """
        refused: OSError | None = None
        for ip in self.ips:
            try:
                socket.create_connection((ip, self.port), CONNECT_SECONDS).close()
            except OSError as error:
                refused = error
            else:
                return ip
        raise Failed(
            f"{self.host} does not answer: {refused}", hint="Start it, or give another --url."
        ) from refused


def address_of(url: str) -> Address:
    """Read a base URL and look its host up; nothing is sent to it.

    Raises:
        BenchRefused: where it is none.
        Failed: where its host has no address.
    """
    wanted = "http://127.0.0.1:8000"
    try:
        parts = urlsplit(url)
        port = PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
    except ValueError:
        raise BenchRefused("--url is no URL", hint=f"Give one such as {wanted}.") from None
    if parts.username is not None or parts.password is not None:
        raise BenchRefused(
            "--url holds a name or a password, which everybody on this machine sees",
            hint="Give accounts by --accounts FILE or by the environment.",
        )
    beyond = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in PORTS or not port or not parts.hostname or beyond:
        raise BenchRefused(
            "--url is not the address of a project: a scheme, http or https, and a host alone",
            hint=f"Give one such as {wanted}.",
        )
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter of what can be no name
        raise Failed(
            f"{parts.hostname} has no address: {getattr(error, 'strerror', None) or error}",
            hint="Look at --url, and at the name service.",
        ) from error
    ips = tuple(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))
    return Address(parts.hostname, port, parts.scheme == "https", ips)
