"""What an edge is told of answers: by the path, of nobody in particular, and never of what is private."""

from collections.abc import Mapping

import httpx
import pytest
from fastapi import FastAPI, Response
from pydantic import ValidationError

from kit.bus import Bus
from kit.edge import Edges, EdgeSettings, PurgeError, add_edge
from kit.messages import ContractEvent

ROW = "01a226e5-6570-74ed-b698-bc2bf2e7b50a"
PUBLIC = {"/rooms": None, "/prices": 5, "/mine": None}


def settings(**given: object) -> EdgeSettings:
    return EdgeSettings.model_validate({"database_url": "postgresql://u@localhost/d", **given})


def app(**given: object) -> FastAPI:
    """`/mine` stands among what is public by mistake."""
    routes = FastAPI()

    @routes.api_route("/rooms", methods=["GET", "POST"])
    @routes.get("/prices")
    @routes.get("/unlisted")
    async def listed() -> Response:
        return Response("[]", headers={"Cache-Control": "no-cache"})

    @routes.get("/rooms/{id}")
    async def row(id: str) -> Response:  # noqa: A002 - the path's name
        del id
        return Response("{}", headers={"Cache-Control": "no-cache"})

    @routes.get("/mine")
    async def mine(said: str) -> Response:
        name, _, value = said.partition(": ")
        return Response("{}", headers={name: value})

    return add_edge(routes, PUBLIC, settings(**given))


async def ask(
    path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **given: object
) -> httpx.Headers:
    transport = httpx.ASGITransport(app(**given))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.request(method, path, headers=headers)).headers


async def test_a_list_has_its_path_as_key() -> None:
    headers = await ask("/rooms?sort=name")
    assert headers["surrogate-key"] == "/rooms /rooms/*"
    said = "max-age=60, stale-while-revalidate=10, stale-if-error=3600"
    assert headers["cdn-cache-control"] == said


@pytest.mark.parametrize("spelled", [ROW, ROW.upper(), ROW.replace("-", "")])
async def test_a_row_has_its_own_however_it_is_spelled(spelled: str) -> None:
    assert (await ask(f"/rooms/{spelled}"))["surrogate-key"] == f"/rooms/{ROW} /rooms/*"


async def test_what_changes_without_an_event_lasts_as_long_as_it_says() -> None:
    said = "max-age=5, stale-while-revalidate=5, stale-if-error=3600"
    assert (await ask("/prices"))["cdn-cache-control"] == said
    assert "max-age=2," in (await ask("/prices", edge_seconds=2))["cdn-cache-control"]


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
async def test_an_answer_to_somebody_is_not_marked(header: str) -> None:
    assert "cdn-cache-control" not in await ask("/rooms", headers={header: "mine"})


@pytest.mark.parametrize(
    "said",
    [
        "Cache-Control: private, no-cache",
        "Cache-Control: no-store",
        "Set-Cookie: session=1",
        "X-Other: nothing about caches",
    ],
)
async def test_what_a_route_does_not_share_is_not_marked_wherever_it_stands(said: str) -> None:
    assert "surrogate-key" not in await ask(f"/mine?said={said}")


@pytest.mark.parametrize("path", ["/unlisted", "/rooms/unknown/below", "/nothing"])
async def test_what_is_not_listed_is_not_marked(path: str) -> None:
    assert "surrogate-key" not in await ask(path)


async def test_no_change_is_marked_and_nothing_where_it_is_off() -> None:
    assert "surrogate-key" not in await ask("/rooms", "POST")
    assert "surrogate-key" not in await ask("/rooms", edge_seconds=0)


async def test_an_edge_that_is_away_is_told_again() -> None:
    edges = Edges(settings(edge_urls="http://127.0.0.1:9", edge_purge_token="x"))
    with pytest.raises(PurgeError, match=":9: "):
        await edges.purge(["/rooms"])


def test_without_edges_nobody_waits_for_them() -> None:
    bus = Bus()
    Edges(settings()).purge_on(bus, dict[type[ContractEvent], str]())
    assert not bus.all()


@pytest.mark.parametrize(
    "given",
    [
        {"edge_urls": "edge:8081", "edge_purge_token": "x"},
        {"edge_urls": "ftp://edge", "edge_purge_token": "x"},
        {"edge_urls": "http://edge:8081"},
    ],
)
def test_wrong_settings_are_told_at_the_start(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="must be"):
        settings(**given)
