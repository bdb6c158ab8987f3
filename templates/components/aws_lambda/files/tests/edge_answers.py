"""For the black-box suite against a deployment: what API Gateway answers in its own words.

It refuses a request without a token with 401 and one whose token is not ours with 403, each with a
`message` and no problem; the suite gets what the application would have said. And what its schedule
has to do may take as long as the schedule.
"""

import io
import json
import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import requests
import urllib3

from tests.blackbox import client

SETTLE_SECONDS = float(os.environ.get("SETTLE_LIMIT_SECONDS", "75"))
"""How long the suite waits for what follows a request: the schedule's minute, and its work."""
_CODES = {(401, "Unauthorized"): "token_missing", (403, "Forbidden"): "token_invalid"}
refused: Counter[str] = Counter()
_send, _send_generated = httpx.Client.send, requests.Session.send


def _said(
    status: int, headers: Mapping[str, str], body: bytes
) -> tuple[dict[str, str], bytes] | None:
    """What the application would have answered; None where it did answer."""
    if status not in {401, 403} or "x-request-id" in headers:
        return None
    code = _CODES[status, json.loads(body)["message"]]
    refused[code] += 1
    problem = {"type": "about:blank", "title": "Unauthorized", "status": 401, "code": code}
    added = {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer",
        "x-request-id": headers["apigw-requestid"],
    }
    return added, json.dumps(problem).encode()


def _translated(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
    response = _send(self, request, **options)
    said = _said(response.status_code, response.headers, response.content)
    if said is None:
        return response
    return httpx.Response(401, headers=said[0], content=said[1], request=request)


def _translated_too(
    self: requests.Session, request: requests.PreparedRequest, **options: Any
) -> requests.Response:
    response = _send_generated(self, request, **options)
    said = _said(response.status_code, response.headers, response.content)
    if said is None:
        return response
    raw = urllib3.HTTPResponse(io.BytesIO(said[1]), said[0], 401, preload_content=False)
    return requests.adapters.HTTPAdapter().build_response(request, raw)


def pytest_configure() -> None:
    """Before any client is made."""
    httpx.Client.send = _translated  # type: ignore[method-assign]
    requests.Session.send = _translated_too  # type: ignore[method-assign]
    client.SETTLE_SECONDS = SETTLE_SECONDS  # type: ignore[misc]


def pytest_report_header() -> str:
    """What the run allows."""
    return f"settling limit: {SETTLE_SECONDS:g} s"


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the edge refused by itself."""
    terminalreporter.write_line(
        f"refused by API Gateway: {dict(refused)}; limit {SETTLE_SECONDS:g} s"
    )
