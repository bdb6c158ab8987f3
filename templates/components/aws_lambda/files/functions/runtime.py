"""Lambda's runtime interface, which is HTTP: the next event, and what became of it."""

import http.client
import json
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

Event = dict[str, Any]
_PATH = "/2018-06-01/runtime/invocation"


def serve(handle: Callable[[Event], object]) -> NoReturn:
    """Handle events, one after the other, for as long as the instance lives."""
    while True:
        # Of its own each time: an instance may have been frozen for hours.
        _, headers, body = _ask("GET", f"{_PATH}/next")
        place = f"{_PATH}/{headers['Lambda-Runtime-Aws-Request-Id']}"
        try:
            answer = json.dumps(handle(json.loads(body)))
        except Exception as error:  # noqa: BLE001 - Lambda is told, and decides whether it comes again
            # Not what it says: that may be anybody's data.
            failure = {"errorType": type(error).__name__, "errorMessage": "see the log"}
            line = {"level": "error", "event": "failed", **failure}
            print(json.dumps(line), file=sys.stderr)  # noqa: T201 - its log
            _ask("POST", f"{place}/error", json.dumps(failure))
        else:
            _ask("POST", f"{place}/response", answer)


def _ask(
    method: str, path: str, body: str | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()
