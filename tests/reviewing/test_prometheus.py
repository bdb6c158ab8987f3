"""Questions to a real Prometheus, and to servers that answer badly, late or not at all."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from blueprint_cli.errors import PrometheusFailed, UsageError
from blueprint_cli.ports import free_port
from blueprint_cli.prometheus import Prometheus, matchers_of, seconds_of, token_of
from tests.reviewing.conftest import HOURS, NOW

Answer = Callable[[BaseHTTPRequestHandler], None]
QUERY = 'http_requests_total{job="shop",status="200"}'


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Start servers that answer as a test says; ask for their address."""
    started: list[ThreadingHTTPServer] = []

    def _serve(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        started.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield _serve
    for server in started:
        server.shutdown()
        server.server_close()


def saying(body: object, code: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    return answer


def test_it_answers_with_numbers_and_with_series(prometheus: str) -> None:
    server = Prometheus(prometheus)
    found = {labels["route"]: value for labels, value in server.vector(QUERY, NOW)}
    assert found["/v1/products"] == pytest.approx(400 * (HOURS * 3600 + 3600))
    ((_, samples),) = server.series("vector(1)", NOW - 600, NOW, 60)
    assert samples == [(NOW - 600 + 60 * place, 1) for place in range(11)]
    assert server.number("absent_everywhere", NOW) is None
    assert server.series("absent_everywhere", NOW - 600, NOW, 60) == []


def test_what_is_no_number_is_left_out(prometheus: str) -> None:
    server = Prometheus(prometheus)
    assert server.number("vector(0) / 0", NOW) is None
    assert server.series("vector(1) / 0", NOW - 600, NOW, 60) == []


def test_a_query_that_is_refused_says_why(prometheus: str) -> None:
    with pytest.raises(PrometheusFailed, match=r"refuses a query: .*parse error") as failed:
        Prometheus(prometheus).number("sum(", NOW)
    assert "sum(" in failed.value.hint


def test_a_wrong_path_is_no_prometheus(prometheus: str) -> None:
    with pytest.raises(PrometheusFailed, match="does not answer as Prometheus does: 404"):
        Prometheus(f"{prometheus}/elsewhere").number("up", NOW)


def test_nobody_listens() -> None:
    with pytest.raises(PrometheusFailed, match=r"cannot be reached: .*refused"):
        Prometheus(f"http://127.0.0.1:{free_port()}").number("up", NOW)


def test_a_server_that_does_not_answer_is_given_up(serve: Callable[[Answer], str]) -> None:
    waits = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> None:
        waits.wait(20)

    url = serve(wait)
    with pytest.raises(PrometheusFailed, match=r"cannot be reached: .*timed out"):
        Prometheus(url, seconds=0.2).number("up", NOW)
    waits.set()


def test_a_server_that_answers_a_letter_at_a_time_is_given_up(
    serve: Callable[[Answer], str],
) -> None:
    ended = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while not ended.wait(0.02):
                handler.wfile.write(b" ")

    url = serve(drip)
    with pytest.raises(PrometheusFailed, match="cannot be reached: its answer takes longer"):
        Prometheus(url, seconds=0.2).number("up", NOW)
    ended.set()


def test_an_error_whose_text_breaks_off_is_said_by_its_code(serve: Callable[[Answer], str]) -> None:
    def break_off(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(500)
        handler.send_header("Content-Length", "9")
        handler.end_headers()

    with pytest.raises(PrometheusFailed, match="does not answer as Prometheus does: 500"):
        Prometheus(serve(break_off)).number("up", NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>hello</html>",
        b"",
        [],
        {"status": "success"},
        {"status": "success", "data": {"resultType": "matrix", "result": []}},
        {"status": "success", "data": {"resultType": "vector", "result": "x"}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}}]}},
        {
            "status": "success",
            "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "x"]}]},
        },
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": []}]}},
        b"[" * 100_000,
        {
            "status": "success",
            "data": {"resultType": "vector", "result": [{"metric": {}, "value": [10**400, "1"]}]},
        },
        {"status": "error", "error": "no"},
    ],
)
def test_an_answer_of_something_else_is_refused(
    serve: Callable[[Answer], str], body: object
) -> None:
    with pytest.raises(PrometheusFailed, match="does not answer as Prometheus does"):
        Prometheus(serve(saying(body))).number("up", NOW)


@pytest.mark.parametrize("code", [401, 403])
def test_who_is_refused_is_told_of_the_token(serve: Callable[[Answer], str], code: int) -> None:
    url = serve(saying({}, code))
    with pytest.raises(PrometheusFailed, match=str(code)) as failed:
        Prometheus(url, token="sesame").number("up", NOW)  # noqa: S106 - a test's
    assert "PROMETHEUS_TOKEN" in failed.value.hint
    assert "sesame" not in f"{failed.value}{failed.value.hint}"


def test_the_token_is_sent_and_follows_no_redirect(serve: Callable[[Answer], str]) -> None:
    seen: list[str | None] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        result = [{"metric": {}, "value": [NOW, "7"]}]
        saying({"status": "success", "data": {"resultType": "vector", "result": result}})(handler)

    elsewhere = serve(look)
    found = Prometheus(elsewhere, token="sesame").number("up", NOW)  # noqa: S106 - a test's
    assert found == 7
    assert seen == ["Bearer sesame"]
    away = serve(saying({}, 302, Location=f"{elsewhere}/api/v1/query"))
    with pytest.raises(PrometheusFailed, match="302"):
        Prometheus(away, token="sesame").number("up", NOW)  # noqa: S106 - a test's
    assert seen == ["Bearer sesame"]


def test_a_token_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert token_of(None) == ""
    monkeypatch.setenv("PROMETHEUS_TOKEN", "of-the-environment")
    assert token_of(None) == "of-the-environment"
    file = tmp_path / "token"
    file.write_text("of-the-file\n")
    assert token_of(file) == "of-the-file"
    for text in ("", "two words", "two\nlines"):
        file.write_text(text)
        with pytest.raises(UsageError, match="holds no token"):
            token_of(file)
    with pytest.raises(UsageError, match="can be read"):
        token_of(tmp_path / "absent")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:9090",
        "ftp://host",
        "http://",
        "http://h:x",
        "http://h?a=b",
        "http://[::1",
        "http://h/ä",
        f"http://{'a' * 70}.com",
        "http://a..b",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no address of a server"):
        Prometheus(url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as refused:
        Prometheus("http://ada:secret@host:9090")
    assert "secret" not in f"{refused.value.message}{refused.value.hint}"


def test_windows() -> None:
    assert [seconds_of(one) for one in ("10m", "12h", "7d", "4w")] == [
        600,
        12 * 3600,
        7 * 86_400,
        28 * 86_400,
    ]
    for text in ("", "7", "d", "0d", "9m", "-1d", "1y", "99999w", "1.5h", "7 d"):
        with pytest.raises(UsageError, match="no time to look back over"):
            seconds_of(text)


def test_labels_become_matchers_and_cannot_break_out_of_them(prometheus: str) -> None:
    assert matchers_of(["job=shop", "job=~shop-.*"]) == 'job="shop",job=~"shop-.*"'
    hostile = matchers_of(['job=shop"} or vector(1) #'])
    assert Prometheus(prometheus).number(f"sum(http_requests_total{{{hostile}}})", NOW) is None
    for text in ("job", "=shop", "job=", "a b=c", "1job=x"):
        with pytest.raises(UsageError, match="NAME=VALUE"):
            matchers_of([text])
