"""Steady load on one address, and what came of it; run within the node's network.

`python load.py URL RATE SECONDS "METHOD PATH [BODY]"...`: so many requests a second over a few
connections that are kept, at most for so long, less once standard input ends. `UUID` in a body is
another one each time; the variable AUTHORIZATION is sent along. Latencies count from when a request
was due. Writes one line of JSON.
"""

import contextlib
import http.client
import itertools
import json
import os
import select
import sys
import threading
import time
import uuid
from urllib.parse import urlsplit

_CONNECTIONS = 8
_TIMEOUT = 20.0


class Load:
    def __init__(self, url: str, rate: float, seconds: float, requests: list[str]) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._begin = time.monotonic()
        self._rate, self._end = rate, self._begin + seconds
        self._requests = requests
        self._headers = {"Content-Type": "application/json"}
        if authorization := os.environ.get("AUTHORIZATION"):
            self._headers["Authorization"] = authorization
        self._tickets = itertools.count()
        self._lock = threading.Lock()
        self._latencies: list[float] = []
        self._failures: list[str] = []

    def run(self) -> None:
        threads = [threading.Thread(target=self._work) for _ in range(_CONNECTIONS)]
        for thread in threads:
            thread.start()
        while time.monotonic() < self._end:
            if select.select([sys.stdin], [], [], 0.1)[0]:
                self._end = time.monotonic()
        for thread in threads:
            thread.join()

    def said(self) -> dict[str, object]:
        ordered = sorted(self._latencies)

        def at(share: float) -> float | None:
            return round(1000 * ordered[int(share * (len(ordered) - 1))], 1) if ordered else None

        return {
            "sent": len(ordered) + len(self._failures),
            "failed": self._failures[:20],
            "failures": len(self._failures),
            "seconds": round(time.monotonic() - self._begin, 1),
            "p50_ms": at(0.5),
            "p99_ms": at(0.99),
            "max_ms": at(1),
        }

    def _work(self) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)
        while True:
            with self._lock:
                number = next(self._tickets)
            due = self._begin + number / self._rate
            if due > self._end:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            method, path, *body = self._requests[number % len(self._requests)].split(" ", 2)
            problem = self._ask(connection, method, path, *body)
            took = time.monotonic() - due
            with self._lock:
                if problem:
                    self._failures.append(f"{due - self._begin:.1f} s: {method} {path}: {problem}")
                else:
                    self._latencies.append(took)

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: str = ""
    ) -> str | None:
        content = body.replace("UUID", str(uuid.uuid4())).encode() or None
        try:
            connection.request(method, path, content, self._headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            with contextlib.suppress(OSError):
                connection.close()
            return repr(error)
        return f"{answer.status} {said[:200]!r}" if answer.status >= 400 else None


def main() -> None:
    url, rate, seconds, *requests = sys.argv[1:]
    load = Load(url, float(rate), float(seconds), requests)
    load.run()
    sys.stdout.write(json.dumps(load.said()) + "\n")


if __name__ == "__main__":
    main()
