from ipaddress import ip_network

import pytest
from starlette.requests import Request

from identity.entrypoints.http import ClientAddress

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def request(socket: str | None, *forwarded: str) -> Request:
    return Request(
        {
            "type": "http",
            "client": None if socket is None else (socket, 1234),
            "headers": [(b"x-forwarded-for", value.encode()) for value in forwarded],
        }
    )


@pytest.mark.parametrize(
    ("socket", "forwarded", "client"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("198.51.100.1",), "192.0.2.1"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.9, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.9", "198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1, nonsense, 10.0.0.2",), "10.0.0.2"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("fd00::1", ("2001:db8::1",), "2001:db8::1"),
        (None, ("198.51.100.1",), "unknown"),
        # With the port of its connection a client is the same client.
        ("10.0.0.1", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1:4711, 10.0.0.2:80",), "198.51.100.1"),
        ("10.0.0.1", ("[2001:db8::1]:4711",), "2001:db8::1"),
        ("10.0.0.1", ("[2001:db8::1]",), "2001:db8::1"),
        ("10.0.0.1", ("[2001:DB8:0::1]:1, [fd00::2]:2",), "2001:db8::1"),
        ("10.0.0.1", ("198.51.100.1:x",), "10.0.0.1"),
        ("10.0.0.1", ("[nonsense]:1",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(
    socket: str | None, forwarded: tuple[str, ...], client: str
) -> None:
    assert ClientAddress(TRUSTED)(request(socket, *forwarded)) == client


def test_nobody_is_trusted_unless_said() -> None:
    assert ClientAddress()(request("10.0.0.1", "198.51.100.1")) == "10.0.0.1"
