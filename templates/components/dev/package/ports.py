"""Ports on this machine, and whether a server behind one answers."""

import errno
import os
import socket

import httpx


class PortTakenError(Exception):
    """Another program listens on the port that was asked for."""


def number_of(variable: str, default: int) -> int:
    """The port that an environment variable names."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004 - TCP's own limit
        raise SystemExit(f"error: {variable} is {text!r}; a port is a number from 1 to 65535")
    return int(text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_free_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise PortTakenError(
                f"port {port} is for root only; choose another one: make dev PORT=8000"
            ) from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror}") from None
            raise PortTakenError(
                f"port {port} is taken by another program; choose another one: "
                f"make dev PORT={port + 1}"
            ) from None


async def answers(url: str) -> bool:
    """Whether GET `url` gives 200 within two seconds."""
    # Plain HTTP: to load certificates for it would take more processor time than the rest.
    async with httpx.AsyncClient(timeout=2, trust_env=False, verify=False) as client:  # noqa: S501
        try:
            response = await client.get(url)
        except httpx.HTTPError:
            return False
    return response.status_code == httpx.codes.OK
