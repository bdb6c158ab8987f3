"""A rendered project that runs, and two edges before it that stand for two regions."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

from tests.deploy.varnish.edges import ORIGIN, TOKEN, Edge, Seen, ask
from tests.described.world import START
from tests.newcomer import set_up
from tests.rendered import render


@dataclass
class Regions:
    """The project's own address, and its edges."""

    project: Path
    process: subprocess.Popen[str]
    origin: str
    edges: tuple[Edge, Edge]
    purges: "Flaky"
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, name: str, role: str = "user") -> str:
        """A token of a user whom only the tests call by this name."""
        if name not in self.tokens:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.write(f"{uuid4()} {role}\n")
            self.process.stdin.flush()
            self.tokens[name] = self.process.stdout.readline().strip()
        return self.tokens[name]

    def change(
        self, method: str, path: str, body: object = None, *, name: str = "desk", **headers: str
    ) -> Seen:
        """A change by somebody, through the first edge, as clients make it."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        role = name if name in {"desk", "admin"} else "user"
        answer = ask(
            self.edges[0].url,
            path,
            method,
            json.dumps(body) if body is not None else "",
            authorization=f"Bearer {self.token(name, role)}",
            content_type=kind,
            **headers,
        )
        assert answer.status < 400, (method, path, answer)
        return answer

    def row(self, path: str, body: object, *, name: str = "desk") -> str:
        """The path of a new row."""
        answer = self.change("POST", path, body, name=name)
        return f"{path}/{json.loads(answer.content)['id']}"

    def kill_origin(self) -> None:
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
            self.process.wait(60)


class Flaky(ThreadingHTTPServer):
    """Between the project and the second edge: PURGE does not get through where it `fails`."""

    def __init__(self, edge: Edge) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.edge = edge
        self.fails = 0
        self.passed = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Passing(BaseHTTPRequestHandler):
    server: Flaky

    def do_PURGE(self) -> None:
        if self.server.fails:
            self.server.fails -= 1
            status = 503
        else:
            self.server.passed += 1
            keys = self.headers["Surrogate-Key"]
            token = self.headers["Authorization"].removeprefix("Bearer ")
            status = self.server.edge.purge(keys, token=token).status
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def running(folder: Path, spec: Path, pattern: str) -> Iterator[Regions]:
    """A project of the spec, its processes as in development, and two edges."""
    project = render(folder / "project", "--answers", str(spec), "--pattern", pattern)
    set_up(project)
    edges = Edge(folder / "first"), Edge(folder / "second")
    flaky = Flaky(edges[1])
    Thread(target=flaky.serve_forever, daemon=True).start()
    process = subprocess.Popen(
        [project / ".venv/bin/python", START],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {
            "CORS_ORIGINS": ORIGIN,
            "EDGE_URLS": f"{edges[0].purges},{flaky.url}",
            "EDGE_PURGE_TOKEN": TOKEN,
        },
    )
    assert process.stdout is not None
    regions = None
    try:
        said = process.stdout.readline()
        assert said, (project / "server.log").read_text()[-3000:]
        regions = Regions(project, process, json.loads(said)["url"], edges, flaky)
        for edge in edges:
            edge.start(project / "deploy/varnish", regions.origin)
        yield regions
    finally:
        for edge in edges:
            edge.stop()
        if regions is not None:
            regions.kill_origin()
        process.stdout.close()
        flaky.shutdown()
        flaky.server_close()
