"""What the rendered VCL does, before an origin that says what it is asked to say."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.deploy.varnish.edges import ORIGIN, Edge, Seen, wait_until
from tests.rendered import render

KEPT = "max-age=60, stale-while-revalidate=10, stale-if-error=600"


class Origin(ThreadingHTTPServer):
    """Counts what it is asked; the query says with which headers and status it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.fails = False
        self.waits = threading.Event()
        self.waits.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def count(self, path: str) -> int:
        return sum(one == path for _, one, _ in self.asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Origin

    def answer(self) -> None:
        path = self.path
        said = dict(parse_qsl(urlsplit(path).query))
        sent = {name.lower(): value for name, value in self.headers.items()}
        length = int(sent.get("content-length", 0))
        self.rfile.read(length)
        if path.startswith("/.well-known/"):
            self.reply(200, b"{}")
            return
        self.server.asked.append((self.command, path, sent))
        number = self.server.count(path)
        if self.server.fails:
            self.reply(503, b"down", **{"cache-control": "no-store"})
            return
        self.server.waits.wait(10)
        headers = {"cache-control": "no-cache", "etag": f'"{number}"'} | {
            name: value for name, value in said.items() if name != "status"
        }
        self.reply(int(said.get("status", 200)), f"{path} {number}".encode(), **headers)

    do_GET = do_HEAD = do_POST = do_PURGE = answer  # noqa: N815 - the library's names

    def reply(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    server = Origin()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def edge(origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    answers = folder / "answers.yaml"
    answers.write_text(
        "platform: {cdn: varnish}\ncontexts: {identity: {}, notifications: {}, catalog: {}}\n"
    )
    project = render(folder / "shop", "--answers", str(answers))
    edge = Edge(folder / "varnish")
    edge.start(project / "deploy/varnish", origin.url)
    yield edge
    edge.stop()


@pytest.fixture
def public(request: pytest.FixtureRequest) -> str:
    """A path of this test alone, whose answers may be kept."""
    return path_of(request, KEPT)


def path_of(request: pytest.FixtureRequest, kept: str, **more: str) -> str:
    said = {"cdn-cache-control": kept, "surrogate-key": f"/{request.node.name} /all", **more}
    query = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in said.items())
    return f"/{request.node.name}?{query}"


def test_a_public_answer_is_kept_with_its_age(edge: Edge, origin: Origin, public: str) -> None:
    first, second = edge.ask(public), edge.ask(public)
    assert not first.kept
    assert second.kept
    assert second.content == first.content
    assert int(second.headers["age"]) >= 0
    assert origin.count(public) == 1


def test_what_is_for_edges_alone_stays_there(edge: Edge, public: str) -> None:
    for answer in edge.ask(public), edge.ask(public):
        told = {"cdn-cache-control", "surrogate-key", "xkey", "x-varnish", "via", "x-revalidate"}
        assert not told & answer.headers.keys()


@pytest.mark.parametrize(
    "more",
    [
        {"cdn-cache-control": "no-store"},
        {"cdn-cache-control": ""},
        {"cache-control": "private, no-cache"},
        {"cache-control": "no-store"},
        {"set-cookie": "session=1"},
        {"vary": "*"},
        {"status": "404"},
        {"status": "301"},
    ],
    ids=str,
)
def test_by_default_nothing_is_kept(
    edge: Edge, request: pytest.FixtureRequest, more: dict[str, str]
) -> None:
    number = abs(hash(request.node.name))
    said = {"cdn-cache-control": KEPT, **more}
    path = f"/{number}?" + "&".join(f"{k}={v.replace(' ', '%20')}" for k, v in said.items())
    first, second = edge.ask(path), edge.ask(path)
    assert not second.kept
    assert second.content != first.content


@pytest.mark.parametrize("header", ["authorization", "cookie", "if_match", "if_unmodified_since"])
def test_who_shows_who_they_are_is_answered_by_the_origin(
    edge: Edge, public: str, header: str
) -> None:
    kept = edge.ask(public).content
    assert edge.ask(public).kept
    mine = edge.ask(public, **{header: "mine"})
    assert not mine.kept
    assert mine.content != kept
    assert edge.ask(public).content == kept


def test_an_answer_to_somebody_is_not_kept_for_others(edge: Edge, public: str) -> None:
    mine = edge.ask(public, authorization="Bearer mine")
    assert edge.ask(public).content != mine.content


@pytest.mark.parametrize("method", ["POST", "PURGE"])
def test_other_methods_pass(edge: Edge, origin: Origin, public: str, method: str) -> None:
    edge.ask(public)
    answers = [edge.ask(public, method) for _ in range(2)]
    assert not any(one.kept for one in answers)
    assert [method, method] == [one for one, path, _ in origin.asked if path == public][1:]
    assert edge.ask(public).kept


def test_conditions_and_head_are_answered_from_memory(
    edge: Edge, origin: Origin, public: str
) -> None:
    first = edge.ask(public)
    head = edge.ask(public, "HEAD")
    same = edge.ask(public, if_none_match=first.headers["etag"])
    other = edge.ask(public, if_none_match='"other"')
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(first.content))
    assert (same.status, same.content) == (304, b"")
    assert (other.status, other.content) == (200, first.content)
    assert origin.count(public) == 1


@pytest.mark.parametrize("tags", ["*", '"1", "2"', '"2", W/"1"'], ids=["any", "strong", "weak"])
def test_a_list_of_tags_is_compared_by_the_origin(edge: Edge, public: str, tags: str) -> None:
    edge.ask(public)
    assert not edge.ask(public, if_none_match=tags).kept
    assert edge.ask(public, if_none_match='W/"1"').status == 304


def test_a_first_request_with_a_condition_leaves_the_whole_answer(edge: Edge, public: str) -> None:
    first = edge.ask(public, if_none_match='"1"')
    assert first.status == 304
    assert edge.ask(public).content


def test_no_part_of_an_answer_is_sent(edge: Edge, public: str) -> None:
    for answer in edge.ask(public, range="bytes=0-1"), edge.ask(public, range="bytes=0-1"):
        assert answer.status == 200
        assert "accept-ranges" not in answer.headers


def test_each_answer_has_the_id_of_its_own_request(edge: Edge, origin: Origin, public: str) -> None:
    asked = [edge.ask(public, x_request_id=f"mine-{number}") for number in range(2)]
    assert [one.headers["x-request-id"] for one in asked] == ["mine-0", "mine-1"]
    assert origin.asked[-1][2]["x-request-id"] == "mine-0"
    unnamed = [edge.ask(public).headers["x-request-id"] for _ in range(2)]
    assert len({*unnamed}) == 2
    assert edge.ask(public, x_request_id="not sane").headers["x-request-id"] != "not sane"


def test_nobody_invents_an_address(edge: Edge, origin: Origin, public: str) -> None:
    edge.ask(public, x_forwarded_for="203.0.113.7")
    assert origin.asked[-1][2]["x-forwarded-for"] == "127.0.0.1"


def test_origins_are_told_apart_and_unknown_ones_are_none(
    edge: Edge, origin: Origin, request: pytest.FixtureRequest
) -> None:
    path = path_of(request, KEPT, vary="Origin")
    plain = edge.ask(path).content
    known = edge.ask(path, origin=ORIGIN)
    assert known.content != plain
    assert edge.ask(path, origin=ORIGIN).kept
    assert edge.ask(path, origin="https://evil.example").content == plain
    assert edge.ask(path, origin="https://shop.example.evil").content == plain
    assert edge.ask(path, origin=f"{ORIGIN},https://evil.example").content == plain
    assert origin.count(path) == 2


def test_hosts_make_no_copies(edge: Edge, public: str) -> None:
    edge.ask(public, host="one.example")
    assert edge.ask(public, host="two.example").kept


def test_a_purge_removes_what_has_the_key_and_nothing_else(
    edge: Edge, request: pytest.FixtureRequest, public: str
) -> None:
    other = public.replace(f"/{request.node.name}", "/other")
    before, beside = edge.ask(public), edge.ask(other)
    purged = edge.purge(f"/{request.node.name}", "/unknown")
    assert (purged.status, purged.headers["x-purged"]) == (204, "1")
    assert edge.ask(public).content != before.content
    assert edge.ask(other).content == beside.content


@pytest.mark.parametrize("token", ["", "wrong"])
def test_only_who_has_the_token_may_purge(
    edge: Edge, request: pytest.FixtureRequest, public: str, token: str
) -> None:
    edge.ask(public)
    assert edge.purge(f"/{request.node.name}", token=token).status == 403
    assert edge.purge().status == 400
    assert edge.ask(public).kept


def test_operators_socket_serves_nothing_else(edge: Edge, public: str) -> None:
    operators = Edge(edge.folder, port=edge.operators)
    assert operators.ask(public).status == 405
    assert edge.ask("/livez?status=404").status == 404  # the origin's


def test_what_was_read_before_a_purge_and_comes_after_it_is_not_kept(
    edge: Edge, origin: Origin, request: pytest.FixtureRequest, public: str
) -> None:
    origin.waits.clear()
    answers: list[Seen] = []
    reader = threading.Thread(target=lambda: answers.append(edge.ask(public)))
    reader.start()
    wait_until(lambda: origin.count(public) == 1, "the origin is asked")
    edge.purge(f"/{request.node.name}")
    origin.waits.set()
    reader.join()
    assert answers[0].status == 200
    assert edge.ask(public).content != answers[0].content
    assert edge.ask(public).kept


def test_stale_at_once_while_it_is_fetched_anew(edge: Edge, request: pytest.FixtureRequest) -> None:
    path = path_of(request, "max-age=1, stale-while-revalidate=30, stale-if-error=60")
    first = edge.ask(path)
    time.sleep(1.1)
    stale = edge.ask(path)
    assert stale.content == first.content
    assert "stale" in stale.headers["cache-status"]
    wait_until(lambda: edge.ask(path).content != first.content, "the new answer is there", 2)


def test_after_that_the_client_waits_for_the_new_one(
    edge: Edge, request: pytest.FixtureRequest
) -> None:
    path = path_of(request, "max-age=1, stale-while-revalidate=0, stale-if-error=60")
    first = edge.ask(path)
    time.sleep(1.1)
    assert edge.ask(path).content != first.content


def test_while_the_origin_fails_what_was_good_is_served(
    edge: Edge, origin: Origin, request: pytest.FixtureRequest
) -> None:
    path = path_of(request, "max-age=1, stale-while-revalidate=0, stale-if-error=60")
    good = edge.ask(path)
    origin.fails = True
    try:
        time.sleep(1.1)
        answers = [edge.ask(path) for _ in range(3)]
        never_seen = edge.ask(f"{path}&more=1")
    finally:
        origin.fails = False
    assert {(one.status, one.content) for one in answers} == {(200, good.content)}
    assert never_seen.status == 503
    wait_until(lambda: edge.ask(path).content != good.content, "it is fetched anew", 3)


def test_beyond_stale_if_error_the_failure_is_told(
    edge: Edge, origin: Origin, request: pytest.FixtureRequest
) -> None:
    path = path_of(request, "max-age=1, stale-while-revalidate=0, stale-if-error=0")
    edge.ask(path)
    origin.fails = True
    try:
        time.sleep(1.1)
        assert edge.ask(path).status == 503
    finally:
        origin.fails = False


def test_who_sends_what_the_edge_uses_itself_changes_nothing(edge: Edge, public: str) -> None:
    first = edge.ask(public)
    assert edge.ask(public, x_edge_stale="no").content == first.content
    assert edge.ask(public, x_edge_stale="yes", surrogate_key="/all").content == first.content


def test_without_an_origin_there_is_a_problem_with_an_id(
    edge: Edge, tmp_path_factory: pytest.TempPathFactory
) -> None:
    alone = Edge(tmp_path_factory.mktemp("alone"))
    alone.start(edge.folder.parent / "shop/deploy/varnish", "http://127.0.0.1:9")
    try:
        answer = alone.ask("/v1/products", x_request_id="mine", origin=ORIGIN)
    finally:
        alone.stop()
    assert answer.status == 503
    assert json.loads(answer.content)["code"] == "unavailable"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "mine"
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["cache-control"] == "no-store"
