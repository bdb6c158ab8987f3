"""`python upstream.py ADDRESS PORT`: stands in for a replica, and tells what reached it."""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CACHE = "public, max-age=1, stale-while-revalidate=30, stale-if-error=300"


class Replica(BaseHTTPRequestHandler):
    """Answers what its query asks for: `status`, `retry`, `sleep` seconds, `die` unanswered."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # headers and body in one piece: who is killed has sent both, or neither
    answered = 0

    def answer(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if url.path != "/readyz":
            Replica.answered += 1
        if "die" in asked and self.address() in asked["die"]:
            self.close_connection = True
            return
        time.sleep(float(asked.get("sleep", 0)))
        request: dict[str, Any] = {
            "by": self.address(),
            "method": self.command,
            "path": url.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "bytes": len(body),
            "answered": Replica.answered,
        }
        content = json.dumps(request).encode()
        self.send_response(int(asked.get("status", 200)))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if "retry" in asked:
            self.send_header("Retry-After", asked["retry"])
        self.send_header("Cache-Control", CACHE if url.path == "/v1/products" else "no-store")
        self.end_headers()
        self.wfile.write(content)

    def address(self) -> str:
        return str(self.connection.getsockname()[0])

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Replica).serve_forever()
