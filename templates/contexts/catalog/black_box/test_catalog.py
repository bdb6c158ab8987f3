"""Products: who may change them, conditional requests, search and pages."""

import pytest

from tests.blackbox.client import Client, Json, eventually, unique
from tests.blackbox.products import create_product, etag_of, new_product

LIST = ("GET", "/v1/products")
CREATE = ("POST", "/v1/products")
GET = ("GET", "/v1/products/{id}")
PATCH = ("PATCH", "/v1/products/{id}")
DELETE = ("DELETE", "/v1/products/{id}")
STOCK = ("POST", "/v1/products/{id}/stock")
UNKNOWN = {"id": "01890a5d-ac96-774b-bcce-b302099a8057"}
CACHING = "public, max-age=5, stale-while-revalidate=30, stale-if-error=300"


@pytest.fixture(scope="module")
def product(admin: Client) -> Json:
    return create_product(admin)


def at(product: Json) -> dict[str, str]:
    return {"id": product["id"]}


def test_a_created_product_is_there(admin: Client, visitor: Client) -> None:
    body = new_product(name="Kanne", description="für Tee", price_cents=0)
    answer = admin.ask(*CREATE, status=201, json=body)
    created = answer.json()
    assert created.items() >= body.items()
    assert answer.headers["location"].endswith(f"/v1/products/{created['id']}")
    found = visitor.ask(*GET, status=200, values=at(created))
    assert found.json() == created
    assert found.headers["etag"] == answer.headers["etag"]
    assert found.headers["cache-control"] == CACHING


def test_a_description_may_be_left_out(admin: Client) -> None:
    body = new_product()
    del body["description"]
    assert admin.ask(*CREATE, status=201, json=body).json()["description"] == ""


def test_only_administrators_change_products(visitor: Client, user: Client, product: Json) -> None:
    requests: list[tuple[str, str, Json]] = [
        (*CREATE, {"json": new_product()}),
        (*PATCH, {"json": {"stock": 1}, "values": at(product), "headers": {"If-Match": '"x"'}}),
        (*DELETE, {"values": at(product)}),
        (*STOCK, {"json": {"delta": 1, "reason": "counted"}, "values": at(product)}),
    ]
    for method, path, options in requests:
        visitor.refused(method, path, 401, "token_missing", **options)
        user.refused(method, path, 403, "forbidden", **options)


def test_a_sku_is_given_once(admin: Client, product: Json) -> None:
    admin.refused(*CREATE, 409, "sku_taken", json=new_product(sku=product["sku"]))
    other = create_product(admin)
    match = {"If-Match": etag_of(admin, other["id"])}
    body = {"sku": product["sku"]}
    answer = admin.client.request(
        "PATCH", f"/v1/products/{other['id']}", json=body, headers=admin.headers | match
    )
    # The document names no conflict for a change, so that either answer is right.
    assert (answer.status_code, answer.json()["code"]) in {
        (409, "sku_taken"),
        (422, "validation_failed"),
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"sku": ""},
        {"sku": "x" * 65},
        {"name": ""},
        {"name": "nul\0"},
        {"name": None},
        {"description": "x" * 2001},
        {"price_cents": -1},
        {"price_cents": 100000001},
        {"price_cents": 10**30},
        {"price_cents": 12.5},
        {"price_cents": "12"},
        {"stock": True},
        {"stock": -1},
        {"stock": 1000001},
        {"currency": "eur"},
        {"currency": "EURO"},
        {"currency": "EUR\n"},
        {"colour": "red"},
    ],
)
def test_what_is_no_product_is_refused_with_the_place(
    admin: Client, product: Json, fields: dict[str, object]
) -> None:
    (name,) = fields
    problem = admin.refused(*CREATE, 422, "validation_failed", json=new_product(**fields))
    assert [error["pointer"] for error in problem["errors"]] == [f"#/{name}"]

    match = {"If-Match": etag_of(admin, product["id"])}
    problem = admin.refused(
        *PATCH, 422, "validation_failed", values=at(product), json=fields, headers=match
    )
    assert [error["pointer"] for error in problem["errors"]] == [f"#/{name}"]


def test_an_unchanged_product_is_not_sent_again(visitor: Client, product: Json) -> None:
    etag = etag_of(visitor, product["id"])
    for sent in (etag, f'"other", {etag}', f"W/{etag.removeprefix('W/')}", "*"):
        answer = visitor.ask(*GET, status=304, values=at(product), headers={"If-None-Match": sent})
        assert answer.headers["etag"] == etag
    visitor.ask(*GET, status=200, values=at(product), headers={"If-None-Match": '"other"'})


def test_an_unchanged_list_is_not_sent_again(admin: Client, visitor: Client) -> None:
    marker = unique("listed")
    create_product(admin, name=marker)
    first = visitor.ask(*LIST, status=200, params={"q": marker})
    assert first.headers["cache-control"] == CACHING
    match = {"If-None-Match": first.headers["etag"]}
    visitor.ask(*LIST, status=304, params={"q": marker}, headers=match)
    create_product(admin, name=marker)
    # A gateway may keep the list for as long as Cache-Control allows.
    eventually(
        lambda: visitor.ask(*LIST, params={"q": marker}, headers=match),
        lambda answer: answer.status_code == 200,
    )


def test_a_change_needs_the_version_that_it_changes(admin: Client, visitor: Client) -> None:
    product = create_product(admin, price_cents=100)
    etag = etag_of(admin, product["id"])
    change: Json = {"values": at(product), "json": {"price_cents": 200, "name": "Pot"}}

    admin.refused(*PATCH, 428, "precondition_required", **change)
    admin.refused(*PATCH, 412, "precondition_failed", headers={"If-Match": '"other"'}, **change)
    answer = admin.ask(*PATCH, status=200, headers={"If-Match": etag}, **change)
    changed = answer.json()
    assert (changed["price_cents"], changed["name"]) == (200, "Pot")
    assert changed["sku"] == product["sku"]
    assert changed["updated_at"] > product["updated_at"]
    assert answer.headers["etag"] != etag
    assert etag_of(visitor, product["id"]) == answer.headers["etag"]
    admin.refused(*PATCH, 412, "precondition_failed", headers={"If-Match": etag}, **change)


def test_stock_is_adjusted_once_for_a_key(admin: Client) -> None:
    product = create_product(admin, stock=5)
    etag = etag_of(admin, product["id"])
    change: Json = {
        "values": at(product),
        "json": {"delta": -2, "reason": "broken"},
        "headers": {"Idempotency-Key": unique("adjust")},
    }
    first = admin.ask(*STOCK, status=200, **change)
    assert first.json()["stock"] == 3
    assert first.headers["etag"] != etag
    again = admin.ask(*STOCK, status=200, **change)
    assert again.json() == first.json()
    assert etag_of(admin, product["id"]) == first.headers["etag"]
    admin.refused(
        *STOCK,
        422,
        "idempotency_key_reused",
        **change | {"json": {"delta": -1, "reason": "broken"}},
    )
    for body, status, code in (
        ({"delta": -4, "reason": "broken"}, 409, "stock_exceeded"),
        ({"delta": 1_000_000, "reason": "found"}, 409, "stock_limit"),
        ({"delta": 0, "reason": "counted"}, 422, "validation_failed"),
        ({"delta": 1, "reason": ""}, 422, "validation_failed"),
    ):
        admin.refused(*STOCK, status, code, values=at(product), json=body)
    admin.refused(*STOCK, 404, "not_found", values=UNKNOWN, json={"delta": 1, "reason": "found"})


def test_merge_patch_is_understood_as_such(admin: Client) -> None:
    product = create_product(admin, description="old")
    headers = {
        "If-Match": etag_of(admin, product["id"]),
        "Content-Type": "application/merge-patch+json",
    }
    changed = admin.ask(
        *PATCH,
        status=200,
        values=at(product),
        headers=headers,
        content=b'{"stock": 3, "description": null}',
    ).json()
    assert (changed["stock"], changed["description"]) == (3, "")


def test_a_deleted_product_is_gone(admin: Client, visitor: Client) -> None:
    marker = unique("gone")
    product = create_product(admin, name=marker)
    admin.ask(*DELETE, status=204, values=at(product))
    visitor.refused(*GET, 404, "not_found", values=at(product))
    assert visitor.pages(LIST[1], q=marker) == [[]]


def test_an_unknown_product(admin: Client, visitor: Client) -> None:
    visitor.refused(*GET, 404, "not_found", values=UNKNOWN)
    match = {"If-Match": '"x"'}
    admin.refused(*PATCH, 404, "not_found", values=UNKNOWN, json={"stock": 1}, headers=match)
    admin.refused(*DELETE, 404, "not_found", values=UNKNOWN)


def test_what_is_no_identifier(visitor: Client) -> None:
    answer = visitor.ask(*GET, values={"id": "teapot"})
    assert answer.status_code in {404, 422}


def test_a_search_looks_into_name_description_and_sku_without_case(
    admin: Client, visitor: Client
) -> None:
    marker = unique("Zoë")
    expected = {
        create_product(admin, name=f"a {marker} b")["id"],
        create_product(admin, description=f"a {marker.lower()} b")["id"],
        create_product(admin, sku=f"{marker.upper()}-1")["id"],
    }
    create_product(admin)
    for query in (marker, marker.upper()):
        (page,) = visitor.pages(LIST[1], q=query)
        assert {product["id"] for product in page} == expected


@pytest.mark.parametrize("query", ["%", "_", "\\", "' OR 1=1 --"])
def test_a_search_takes_signs_literally(admin: Client, visitor: Client, query: str) -> None:
    marker = unique("literal")
    with_sign = create_product(admin, name=f"{marker}{query}x")
    create_product(admin, name=f"{marker}-x")
    (page,) = visitor.pages(LIST[1], q=f"{marker}{query}x"[-100:])
    assert [product["id"] for product in page] == [with_sign["id"]]


def test_pages_neither_repeat_nor_drop(admin: Client, visitor: Client) -> None:
    marker = unique("paged")
    before = [create_product(admin, name=marker)["id"] for _ in range(5)]
    parameters: Json = {"q": marker, "limit": 2}
    read: list[str] = []
    while True:
        page = visitor.ask(*LIST, status=200, params=parameters).json()
        assert len(page["items"]) <= 2
        read += [product["id"] for product in page["items"]]
        create_product(admin, name=marker) if len(read) < 5 else None
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
        assert len(read) < 20
    assert len(read) == len(set(read))
    assert set(before) <= set(read)


def test_the_last_page_says_so(admin: Client, visitor: Client) -> None:
    marker = unique("last")
    for _ in range(4):
        create_product(admin, name=marker)
    assert [len(page) for page in visitor.pages(LIST[1], q=marker, limit=2)] == [2, 2]
    assert visitor.pages(LIST[1], q=unique("none")) == [[]]


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "%00", "e30", "ü"])
def test_what_is_no_cursor(visitor: Client, cursor: str) -> None:
    visitor.refused(*LIST, 422, "invalid_cursor", params={"cursor": cursor})


@pytest.mark.parametrize(
    "parameters",
    [{"limit": "0"}, {"limit": "101"}, {"limit": "ten"}, {"q": "x" * 101}, {"cursor": "x" * 513}],
)
def test_what_is_no_parameter(visitor: Client, parameters: dict[str, str]) -> None:
    visitor.refused(*LIST, 422, "validation_failed", params=parameters)


def test_the_largest_page(visitor: Client) -> None:
    visitor.ask(*LIST, status=200, params={"limit": "100"})
