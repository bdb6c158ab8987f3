"""Prometheus by its HTTP API: two kinds of question, and every way in which they fail."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO, TYPE_CHECKING, Any, Final

from blueprint_cli.errors import PrometheusFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TOKEN: Final = "PROMETHEUS_TOKEN"  # noqa: S105 - the variable's name
SECONDS: Final = 20.0
MOST_BYTES: Final = 64 * 1024 * 1024
CHUNK_BYTES: Final = 64 * 1024
WINDOW: Final = re.compile(r"([1-9]\d{0,4})([mhdw])")
UNITS: Final = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
LEAST_WINDOW: Final = 600
MOST_WINDOW: Final = 400 * 86_400
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
LABEL: Final = re.compile(r"([A-Za-z_]\w*)(=~|=)(.+)", re.DOTALL)

Labels = dict[str, str]
Sample = tuple[float, float]


def seconds_of(window: str) -> int:
    """Return the seconds of ``7d``, ``12h``, ``30m``.

    Raises:
        UsageError: where it is no such thing, or too short or too long.
    """
    found = WINDOW.fullmatch(window)
    seconds = int(found[1]) * UNITS[found[2]] if found else 0
    if not LEAST_WINDOW <= seconds <= MOST_WINDOW:
        raise UsageError(
            f"--window {window} is no time to look back over",
            hint="Such as 30m, 12h, 7d, 4w; from 10 minutes to 400 days.",
        )
    return seconds


def matchers_of(labels: Sequence[str]) -> str:
    """Return ``job=shop`` and ``job=~shop-.*`` as PromQL has them, joined by commas.

    Raises:
        UsageError: where one is no such thing.
    """
    found = []
    for text in labels:
        label = LABEL.fullmatch(text)
        if label is None:
            raise UsageError(
                f"--label {text} is not of the form NAME=VALUE",
                hint="Such as job=shop, or with a regular expression job=~shop-.*",
            )
        found.append(f"{label[1]}{label[2]}{json.dumps(label[3], ensure_ascii=False)}")
    return ",".join(found)


def token_of(file: Path | None) -> str:
    """Return the token, of a file or of the environment; empty where there is none.

    Raises:
        UsageError: where the file cannot be read, or holds no token.
    """
    if file is None:
        token = os.environ.get(TOKEN, "").strip()
    else:
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise UsageError(f"{file} holds no token that can be read") from error
    if not re.fullmatch(r"[\x21-\x7e]*", token) or (file and not token):
        raise UsageError(f"{file or TOKEN} holds no token: one line of letters without spaces")
    return token


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server; ``shown`` is its address as reports may show it."""

    url: str
    token: str = ""
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        """Refuse what is no address of a server.

        Raises:
            UsageError: saying what is allowed.
        """
        try:
            parts = urllib.parse.urlsplit(self.url)
            whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
            parts.path.encode("ascii")  # as a request has it: other letters are escaped
            (parts.hostname or "").encode("idna")
        except ValueError:
            whole = None
        if not whole or parts.query or parts.fragment:
            raise UsageError(
                f"--prometheus {_without_secret(self.url)} is no address of a server",
                hint="Such as http://127.0.0.1:9090",
            )
        if "@" in parts.netloc:
            raise UsageError(
                "--prometheus has a name or a password in its address, where others see it",
                hint=f"Give a token: in the variable {TOKEN}, or --token-file FILE",
            )

    def vector(self, query: str, at: float) -> list[tuple[Labels, float]]:
        """Return what a query gives at a moment; what is no number is left out.

        Raises:
            PrometheusFailed: where it gives no answer, or one that nobody understands.
        """
        found = self._ask("query", {"query": query, "time": f"{at:.3f}"}, "vector")
        values = [(_labels(one), _sample(one["value"])) for one in found]
        return [(labels, value) for labels, (_, value) in values if math.isfinite(value)]

    def number(self, query: str, at: float) -> float | None:
        """Return the one number of a query; None where it gives none.

        Raises:
            PrometheusFailed: as above.
        """
        found = self.vector(query, at)
        return found[0][1] if found else None

    def series(
        self, query: str, start: float, end: float, step: int
    ) -> list[tuple[Labels, list[Sample]]]:
        """Return what a query gives over a time, without what is no number.

        Raises:
            PrometheusFailed: as above.
        """
        form = {"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": str(step)}
        series = [
            (_labels(one), [_sample(pair) for pair in one["values"]])
            for one in self._ask("query_range", form, "matrix")
        ]
        return [
            (labels, kept)
            for labels, samples in series
            if (kept := [one for one in samples if math.isfinite(one[1])])
        ]

    def _ask(self, kind: str, form: Mapping[str, str], result: str) -> list[Any]:
        request = urllib.request.Request(  # noqa: S310 - http or https, looked at above
            f"{self.url.rstrip('/')}/api/v1/{kind}",
            data=urllib.parse.urlencode({**form, "timeout": f"{self.seconds:g}s"}).encode(),
            headers={
                "User-Agent": "blueprint",
                "Accept": "application/json",
                **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            },
        )
        try:
            with self._opener.open(request, timeout=self.seconds) as answer:
                body = self._read(answer)
        except urllib.error.HTTPError as error:
            body = b""
            with error, contextlib.suppress(OSError, HTTPException):  # its code says enough
                body = self._read(error)
            raise self._refused(error.code, body, form["query"]) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise PrometheusFailed(
                f"Prometheus at {self.url} cannot be reached: {reason or type(error).__name__}",
                hint="Look whether it runs, and whether that is its address.",
            ) from error
        document = _document(body) if len(body) <= MOST_BYTES else None
        try:
            if document and document["status"] == "success":
                data = document["data"]
                if data["resultType"] == result and isinstance(data["result"], list):
                    self._look(data["result"], result)
                    return data["result"]
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
            pass
        raise PrometheusFailed(
            f"{self.url} does not answer as Prometheus does",
            hint="Give the address below which /api/v1/query is.",
        )

    def _read(self, answer: IO[bytes]) -> bytes:
        """Read an answer of at most so many bytes, and one more.

        Raises:
            OSError: where it is not there whole in time, also where a little comes at a time.
        """
        body, deadline = bytearray(), time.monotonic() + self.seconds
        while len(body) <= MOST_BYTES and (chunk := answer.read1(CHUNK_BYTES)):  # type: ignore[attr-defined]
            body += chunk
            if time.monotonic() > deadline:
                raise TimeoutError(f"its answer takes longer than {self.seconds:g} s")
        return bytes(body)

    @staticmethod
    def _look(found: list[Any], result: str) -> None:
        for one in found:
            _labels(one)
            for pair in one["values"] if result == "matrix" else [one["value"]]:
                _sample(pair)

    @property
    def _opener(self) -> urllib.request.OpenerDirector:
        """What asks: no proxy stands between this machine and itself."""
        host = urllib.parse.urlsplit(self.url).hostname
        direct = [urllib.request.ProxyHandler({})] if host in _THIS_MACHINE else []
        return urllib.request.build_opener(_NoRedirects, *direct)

    def _refused(self, code: int, body: bytes, query: str) -> PrometheusFailed:
        if code in {401, 403}:
            return PrometheusFailed(
                f"Prometheus at {self.url} refuses: {code}",
                hint=f"Give a token that may query: in the variable {TOKEN}, or --token-file FILE",
            )
        document = _document(body)
        if document and isinstance(document.get("error"), str):
            return PrometheusFailed(
                f"Prometheus at {self.url} refuses a query: {document['error']}",
                hint=f"The query: {query}",
            )
        return PrometheusFailed(
            f"{self.url} does not answer as Prometheus does: {code}",
            hint="Give the address below which /api/v1/query is.",
        )


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token to another host."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _labels(one: dict[str, Any]) -> Labels:
    return {str(name): str(value) for name, value in one["metric"].items()}


def _sample(pair: Sequence[Any]) -> Sample:
    at, value = pair
    return float(at), float(value)


def _without_secret(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)
