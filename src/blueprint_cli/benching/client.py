"""A few requests before and after the load: accounts, rows, what is cleaned away."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any, Final

from blueprint_cli.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blueprint_cli.benching.address import Address

TIMEOUT_SECONDS: Final = 30.0
# A connection that was idle for longer may be gone on the other side.
IDLE_SECONDS: Final = 1.0


def keys_in(body: bytes) -> dict[str, Any]:
    """Return the keys of a JSON object; none of anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, with the keys of its JSON; none where it is no object."""

    status: int
    data: Mapping[str, Any]


class Client:
    """Asks one address, one request after the other on one connection."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: HTTPConnection | None = None
        self._used = 0.0

    @property
    def host(self) -> str:
        """The host as requests name it."""
        return self._address.host

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> Reply:
        """Send one request.

        Raises:
            Failed: where nothing answers.
        """
        headers = {"Host": self.host}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = self._connected()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            self.close()
            raise Failed(
                f"{self.host} does not answer: {str(error) or type(error).__name__}",
                hint="Start it, or give another --url.",
            ) from error
        self._used = time.monotonic()
        return Reply(answer.status, keys_in(text))

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> HTTPConnection:
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        if self._connection is None:
            to, context = self._address, self._address.context()
            if context is None:
                self._connection = HTTPConnection(to.name, to.port, timeout=TIMEOUT_SECONDS)
            else:
                self._connection = HTTPSConnection(
                    to.name, to.port, timeout=TIMEOUT_SECONDS, context=context
                )
        return self._connection
