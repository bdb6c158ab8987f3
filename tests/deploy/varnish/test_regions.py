"""A real project behind two edges: what is kept, what is purged, and what never leaks."""

import json
import shutil
import statistics
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.varnish.edges import ORIGIN, Edge, Seen, ask, show, wait_until
from tests.deploy.varnish.running import Regions, running
from tests.inside import HERE
from tests.newcomer import run

pytestmark = pytest.mark.project

SPEC = Path(__file__).with_name("shop.yaml")
DOCTORS, VISITS, PRODUCTS = "/v1/clinic/doctors", "/v1/clinic/visits", "/v1/products"
JWKS = "/.well-known/jwks.json"
PUBLIC = {DOCTORS, f"{DOCTORS}/{{id}}", PRODUCTS, f"{PRODUCTS}/{{id}}", JWKS}


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regions]:
    with running(tmp_path_factory.mktemp("regions"), SPEC, "monolith") as made:
        yield made


def a_product(regions: Regions) -> str:
    body = {
        "sku": uuid.uuid4().hex[:12],
        "name": "Teapot",
        "description": "",
        "price_cents": 100,
        "currency": "EUR",
        "stock": 10,
    }
    return regions.row(PRODUCTS, body, name="admin")


def a_doctor(regions: Regions, name: str = "Ada") -> str:
    return regions.row(DOCTORS, {"name": name})


def warm(edge: Edge, path: str) -> Seen:
    """What the edge has of it, once it has it."""
    wait_until(lambda: edge.ask(path).kept, f"{path} is kept", 5)
    return edge.ask(path)


def see(regions: Regions, path: str, condition: Callable[[Seen], bool], what: str) -> None:
    """Both edges show it; how long that took is printed."""
    took = wait_until(lambda: all(condition(one.ask(path)) for one in regions.edges), what, 5)
    show(f"{what}: at both edges after {took:.2f} s")


def test_a_changed_row_is_new_at_both_edges(regions: Regions) -> None:
    doctor = a_doctor(regions)
    for edge in regions.edges:
        warm(edge, doctor)
        warm(edge, DOCTORS)
    regions.change("PATCH", doctor, {"name": "Grace"}, if_match='"1"')
    see(regions, doctor, lambda seen: b"Grace" in seen.content, "a changed doctor")
    see(regions, DOCTORS, lambda seen: b"Grace" in seen.content, "a changed doctor in the list")


def test_a_new_row_is_in_the_lists_and_a_deleted_one_is_gone(regions: Regions) -> None:
    search = f"{DOCTORS}?q=hopper&sort=-name"
    for edge in regions.edges:
        warm(edge, search)
    doctor = a_doctor(regions, "Hopper")
    see(regions, search, lambda seen: b"Hopper" in seen.content, "a new doctor in a search")
    for edge in regions.edges:
        warm(edge, doctor)
    regions.change("DELETE", doctor)
    see(regions, doctor, lambda seen: seen.status == 404, "a deleted doctor")
    see(regions, search, lambda seen: b"Hopper" not in seen.content, "a search without the doctor")


def test_products_come_and_go_at_both_edges(regions: Regions) -> None:
    for edge in regions.edges:
        edge.ask(PRODUCTS)
    product = a_product(regions)
    name = product.rpartition("/")[2].encode()
    see(regions, PRODUCTS, lambda seen: name in seen.content, "a new product in the list")
    regions.change("DELETE", product, name="admin")
    see(regions, product, lambda seen: seen.status == 404, "a deleted product")
    see(regions, PRODUCTS, lambda seen: name not in seen.content, "a list without the product")


def test_a_purge_that_fails_comes_again(regions: Regions) -> None:
    doctor = a_doctor(regions)
    for edge in regions.edges:
        warm(edge, doctor)
    passed, regions.purges.fails = regions.purges.passed, 2
    regions.change("PATCH", doctor, {"name": "Barbara"}, if_match='"1"')
    wait_until(lambda: b"Barbara" in regions.edges[0].ask(doctor).content, "the first edge", 5)
    wait_until(lambda: b"Barbara" in regions.edges[1].ask(doctor).content, "the second edge", 15)
    assert regions.purges.fails == 0
    assert regions.purges.passed > passed


def test_whoever_is_logged_in_reads_what_was_just_written(regions: Regions) -> None:
    doctor = a_doctor(regions)
    edge = regions.edges[0]
    warm(edge, doctor)
    regions.purges.fails = 1
    regions.change("PATCH", doctor, {"name": "Edith"}, if_match='"1"')
    mine = edge.ask(doctor, authorization=f"Bearer {regions.token('desk', 'desk')}")
    assert b"Edith" in mine.content


def test_most_reads_never_reach_the_origin(regions: Regions) -> None:
    paths = [DOCTORS, JWKS, PRODUCTS, *(a_doctor(regions, f"Doctor {n}") for n in range(5))]
    edge = regions.edges[0]
    wait_until(lambda: all(edge.ask(path).kept for path in paths), "all are kept")
    through = [edge.ask(paths[number % len(paths)]) for number in range(400)]
    without = [ask(regions.origin, paths[number % len(paths)]) for number in range(100)]
    kept = statistics.fmean(one.kept for one in through)
    faster = statistics.median(one.seconds for one in without) / statistics.median(
        one.seconds for one in through
    )
    show(f"hit ratio {kept:.1%}; the first byte comes {faster:.1f} times as fast")
    assert kept >= 0.9


def test_conditions_heads_and_origins_as_the_application_has_them(regions: Regions) -> None:
    doctor = a_doctor(regions)
    for edge in regions.edges:
        first = warm(edge, doctor)
        direct = ask(regions.origin, doctor)
        assert first.headers["etag"] == direct.headers["etag"] == '"1"'
        assert first.headers["cache-control"] == direct.headers["cache-control"] == "no-cache"
        assert edge.ask(doctor, if_none_match='"1"').status == 304
        assert edge.ask(doctor, if_match='"7"').status == 412
        assert edge.ask(doctor, "HEAD").content == b""
        known = edge.ask(doctor, origin=ORIGIN)
        assert known.headers["access-control-allow-origin"] == ORIGIN
        assert "Origin" in known.headers["vary"]
        assert "access-control-allow-origin" not in edge.ask(doctor).headers
        assert "access-control-allow-origin" not in edge.ask(doctor, origin="https://x").headers


def test_a_spelling_of_an_id_is_purged_too(regions: Regions) -> None:
    doctor = a_doctor(regions)
    spelled = doctor.replace(doctor.rpartition("/")[2], doctor.rpartition("/")[2].upper())
    for edge in regions.edges:
        warm(edge, spelled)
    regions.change("PATCH", doctor, {"name": "Radia"}, if_match='"1"')
    see(regions, spelled, lambda seen: b"Radia" in seen.content, "another spelling of its id")


def test_an_operator_purges_a_collection_with_its_rows(regions: Regions) -> None:
    doctor, edge = a_doctor(regions), regions.edges[0]
    warm(edge, doctor)
    warm(edge, DOCTORS)
    edge.purge(f"{DOCTORS}/*")
    assert not edge.ask(doctor).kept
    assert not edge.ask(DOCTORS).kept


def test_a_repeated_order_is_answered_by_the_application(regions: Regions) -> None:
    product = a_product(regions).rpartition("/")[2]
    body = {"lines": [{"product_id": product, "quantity": 1}]}
    key = str(uuid.uuid4())
    answers = [
        regions.change("POST", "/v1/orders", body, name="first", idempotency_key=key)
        for _ in range(2)
    ]
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert not any(one.kept for one in answers)


def test_no_route_leaks_to_anybody_else(regions: Regions) -> None:
    """Each route of the document, by two users, by nobody, and by all of them again."""
    ids = the_rows_of("first", regions)
    document = json.loads(ask(regions.origin, "/openapi.json").content)
    people = {
        "first": f"Bearer {regions.token('first')}",
        "second": f"Bearer {regions.token('second')}",
        "": "",
    }
    tried, kept = 0, set()
    for route, operations in document["paths"].items():
        path = filled(route, ids)
        for method in sorted(map(str.upper, operations), key=lambda one: one != "GET"):
            if route.startswith("/v1/auth") and method == "POST":
                continue  # tried below: without a body it tells nothing, and it is rate-limited
            for edge in regions.edges:
                for name in [*people, *reversed(people), "second", "first"]:
                    sent = {"authorization": people[name]} if name else {}
                    seen = edge.ask(path, method, **sent)
                    tried += 1
                    if seen.kept:
                        assert not name, f"{method} {route} of {name} came out of memory"
                        kept.add(route)
                    if name != "first":
                        assert not mentions(seen, ids), f"{method} {route} told {name or 'nobody'}"
    assert kept == PUBLIC
    assert tried > 200


def test_the_projects_own_python_marks_nothing_that_is_private(regions: Regions) -> None:
    file = regions.project / "tests/kit/test_edge_headers.py"
    file.parent.mkdir(exist_ok=True)
    shutil.copyfile(HERE / "edge/test_edge_headers.py", file)
    done = run(regions.project, ".venv/bin/python", "-m", "pytest", "-q", "-n", "0", str(file))
    assert done.returncode == 0, done.stdout


def test_no_login_is_kept(regions: Regions) -> None:
    edge = regions.edges[0]
    for path in "/v1/auth/login", "/v1/auth/refresh", "/v1/auth/register", "/v1/auth/logout":
        answers = [edge.ask(path, method) for method in ("POST", "GET") for _ in range(2)]
        assert not any(one.kept for one in answers)


SECRET = "nobody-elses-business"  # noqa: S105 - a word to look for


def the_rows_of(name: str, regions: Regions) -> dict[str, str]:
    """Rows that only this user may see, and what anyone may, by the beginning of their paths."""
    doctor, product = a_doctor(regions), a_product(regions)
    body = {"doctor": doctor.rpartition("/")[2], "reason": SECRET}
    visit = regions.row(VISITS, body, name=name)
    item = {"product_id": product.rpartition("/")[2], "quantity": 1}
    key = str(uuid.uuid4())
    placed = regions.change("POST", "/v1/orders", {"lines": [item]}, name=name, idempotency_key=key)
    order = json.loads(placed.content)["id"]
    return {
        DOCTORS: doctor.rpartition("/")[2],
        PRODUCTS: product.rpartition("/")[2],
        VISITS: visit.rpartition("/")[2],
        "/v1/orders": order,
    }


def filled(route: str, ids: dict[str, str]) -> str:
    start, _, rest = route.partition("/{id}")
    return f"{start}/{ids[start]}{rest}" if start != route and start in ids else route


def mentions(seen: Seen, ids: dict[str, str]) -> bool:
    """Whether an answer has content of what only the first user may see."""
    mine = ids["/v1/orders"].encode(), SECRET.encode()
    return seen.status < 400 and any(one in seen.content for one in mine)


def test_reads_go_on_without_the_origin(regions: Regions) -> None:
    """The last one: there is no origin afterwards."""
    doctor = a_doctor(regions)
    paths = [doctor, DOCTORS, PRODUCTS, JWKS]
    for edge in regions.edges:
        for path in paths:
            warm(edge, path)
    regions.kill_origin()
    for edge in regions.edges:
        # Products are fresh for five seconds: what comes then is stale.
        wait_until(lambda: "stale" in edge.ask(PRODUCTS).headers["cache-status"], "stale")  # noqa: B023 - called at once
        assert {edge.ask(path).status for path in paths} == {200}
        assert edge.ask(f"{DOCTORS}?room=never").status == 503
        mine = edge.ask(VISITS, authorization=f"Bearer {regions.tokens['first']}")
        assert mine.status == 503
        assert json.loads(mine.content)["code"] == "unavailable"
