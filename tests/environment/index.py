"""A package index on this machine: what it serves, and who asked it for what."""

import base64
import hashlib
import ssl
import stat
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


@dataclass
class Index:
    """A simple index (PEP 503) under `url`; as an HTTP proxy it answers for every host."""

    url: str
    wheels: Sequence[Path]
    login: str | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Of each request the program and the path: ("uv", "/simple/alpha/")."""

    def programs(self, package: str) -> set[str]:
        """Which programs asked for the package."""
        return {program for program, path in self.asked if f"/{package}" in path}

    def answer(self, path: str) -> bytes | None:
        """The content of an address, or None where there is nothing."""
        kind, _, name = urlsplit(path).path.strip("/").partition("/")
        if kind == "files":
            return next((wheel.read_bytes() for wheel in self.wheels if wheel.name == name), None)
        wheels = [wheel for wheel in self.wheels if kind == "simple" and package_of(wheel) == name]
        links = [f'<a href="/files/{wheel.name}">{wheel.name}</a>\n' for wheel in wheels]
        return f"<!DOCTYPE html>\n{''.join(links)}".encode() if links else None


def package_of(wheel: Path) -> str:
    """The package's name."""
    return wheel.name.split("-")[0]


@contextmanager
def serve(
    *wheels: Path, tls: ssl.SSLContext | None = None, login: str | None = None
) -> Iterator[Index]:
    """An index on a free port, until the block is left. `login` is NAME:PASSWORD."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append((self.headers.get("User-Agent", "?").split("/")[0], self.path))
            wanted = f"Basic {base64.b64encode((login or '').encode()).decode()}"
            content = index.answer(self.path)
            if login is not None and self.headers.get("Authorization") != wanted:
                self.send_error(HTTPStatus.UNAUTHORIZED)
            elif content is None:
                self.send_error(HTTPStatus.NOT_FOUND)
            else:
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

        do_HEAD = do_CONNECT = do_GET  # noqa: N815 - what the server calls for these methods

        def log_message(self, *_: object) -> None:
            """Keep the test's output for the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    index = Index(f"{scheme}://127.0.0.1:{server.server_port}/simple", wheels, login)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_wheel(
    folder: Path, name: str, version: str, *, module: str = "", program: bytes | None = None
) -> Path:
    """A wheel with one module, or with one program, of that name."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    files: dict[str, str | bytes] = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if program is None:
        files[f"{name}.py"] = module
    else:
        files[f"{name}-{version}.data/scripts/{name}"] = program
    record = "".join(f"{path},,\n" for path in (*files, f"{about}/RECORD"))
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in (*files.items(), (f"{about}/RECORD", record)):
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (stat.S_IFREG | 0o755) << 16
            archive.writestr(entry, text)
    return wheel


def requirements(*wheels: Path) -> str:
    """The text of a requirements file that pins them, with their hashes."""
    lines = []
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} --hash=sha256:{digest}\n")
    return "".join(lines)
