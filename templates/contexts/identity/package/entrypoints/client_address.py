"""Which client a request comes from."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

Network = IPv4Network | IPv6Network

_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+))(?::[0-9]{1,5})?", re.ASCII)


class ClientAddress:
    """The socket's address, or what trusted proxies wrote into X-Forwarded-For.

    Every proxy appends the address that it saw, so the header is read from its end, and the first
    entry that is no trusted proxy's is the client's. What stands before it anybody can invent.
    """

    def __init__(self, trusted_proxies: Sequence[Network] = ()) -> None:
        self._trusted = tuple(trusted_proxies)

    def __call__(self, request: Request) -> str:
        """The client's IP address, or "unknown" on a socket that has none."""
        seen = request.client.host if request.client else "unknown"
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        for claimed in reversed([part.strip() for part in forwarded.split(",")]):
            address = _parsed(claimed)
            if address is None or not self._is_trusted(seen):
                break
            seen = str(address)
        return seen

    def _is_trusted(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Some proxies append the port, which is another one for each connection."""
    host = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(text if host is None else host["v6"] or host["v4"])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
