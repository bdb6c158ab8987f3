"""Where a running project is: this machine, or another one that nobody named."""

from __future__ import annotations

import pytest

from blueprint_cli.benching.address import address_of
from blueprint_cli.errors import BenchRefused, Failed


@pytest.mark.parametrize(
    ("url", "here", "host"),
    [
        ("http://127.0.0.1:8000", True, "127.0.0.1:8000"),
        ("http://127.8.9.1:80/", True, "127.8.9.1"),
        ("http://[::1]:8000", True, "[::1]:8000"),
        ("https://127.0.0.1", True, "127.0.0.1"),
        ("http://192.0.2.1:8000", False, "192.0.2.1:8000"),
        ("http://0.0.0.0:8000", False, "0.0.0.0:8000"),
        ("http://[2001:db8::1]:8000", False, "[2001:db8::1]:8000"),
    ],
)
def test_only_loopback_is_this_machine(url: str, host: str, *, here: bool) -> None:
    address = address_of(url)
    assert (address.is_here, address.host) == (here, host)


def test_a_name_is_looked_up_and_every_address_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*ips: str) -> None:
        answers = [(0, 0, 0, "", (ip, 80)) for ip in ips]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answers)

    found("127.0.0.1", "::1")
    assert address_of("http://localhost").is_here
    found("127.0.0.1", "192.0.2.1")
    assert not address_of("http://localhost").is_here


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1",
        "http://127.0.0.1/v1",
        "http://",
        "http://x:99999999",
        "ftp://127.0.0.1:8000",
        "http://127.0.0.1:0",
        "http://127.0.0.1#v1",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BenchRefused, match="--url"):
        address_of(url)


@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".com"])
def test_what_can_be_no_name_has_no_address(host: str) -> None:
    with pytest.raises(Failed, match="has no address"):
        address_of(f"http://{host}:8000")


def test_a_password_in_it_is_refused_and_not_shown() -> None:
    with pytest.raises(BenchRefused) as refused:
        address_of("http://somebody:unusual-words@127.0.0.1:8000")
    assert "unusual-words" not in f"{refused.value} {refused.value.hint}"


def test_a_port_that_nothing_listens_at_is_said() -> None:
    with pytest.raises(Failed, match=r"127\.0\.0\.1:1 does not answer"):
        address_of("http://127.0.0.1:1").answering()
