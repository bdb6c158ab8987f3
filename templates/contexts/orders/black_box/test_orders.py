"""The order process: placed at once, settled soon, cancelled once, repeated without harm."""

from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter

import pytest

from tests.blackbox.client import Client, Json, unique
from tests.blackbox.placing import cancel, get_order, new_order, place, settled
from tests.blackbox.products import create_product, etag_of, get_product, stock_becomes

PLACE = ("POST", "/v1/orders")
LIST = ("GET", "/v1/orders")
GET = ("GET", "/v1/orders/{id}")
CANCEL = ("POST", "/v1/orders/{id}/cancel")
EDIT_PRODUCT = ("PATCH", "/v1/products/{id}")
UNKNOWN_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture(scope="module")
def stranger(visitor: Client) -> Client:
    return visitor.newcomer()


@pytest.fixture(scope="module")
def product(admin: Client) -> Json:
    """With stock for the whole module."""
    return create_product(admin, stock=1000)


def keyed(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or unique("key")}


def test_an_order_is_pending_and_then_confirmed_with_prices(admin: Client, user: Client) -> None:
    tea = create_product(admin, price_cents=300, stock=5)
    pot = create_product(admin, price_cents=1250, stock=5)
    answer = user.ask(
        *PLACE, status=201, headers=keyed(), json=new_order((tea["id"], 2), (pot["id"], 1))
    )
    placed = answer.json()
    assert answer.headers["location"].endswith(f"/v1/orders/{placed['id']}")
    assert (placed["status"], placed["total_cents"], placed["reason"]) == ("pending", None, None)
    assert [line["unit_price_cents"] for line in placed["lines"]] == [None, None]

    order = settled(user, placed["id"])
    assert (order["status"], order["total_cents"], order["currency"]) == ("confirmed", 1850, "EUR")
    prices = {line["product_id"]: line["unit_price_cents"] for line in order["lines"]}
    assert prices == {tea["id"]: 300, pot["id"]: 1250}
    stock_becomes(admin, tea["id"], 3)
    stock_becomes(admin, pot["id"], 4)


def test_a_price_stays_what_it_was(admin: Client, user: Client) -> None:
    product = create_product(admin, price_cents=100)
    order = settled(user, place(user, (product["id"], 1))["id"])
    admin.ask(
        "PATCH",
        "/v1/products/{id}",
        status=200,
        values={"id": product["id"]},
        headers={"If-Match": etag_of(admin, product["id"])},
        json={"price_cents": 999},
    )
    admin.ask("DELETE", "/v1/products/{id}", status=204, values={"id": product["id"]})
    assert get_order(user, order["id"]) == order


def test_what_is_not_there_is_rejected_and_takes_nothing(admin: Client, user: Client) -> None:
    plenty, few = create_product(admin, stock=9), create_product(admin, stock=1)
    order = settled(user, place(user, (plenty["id"], 1), (few["id"], 2))["id"])
    assert (order["status"], order["reason"]) == ("rejected", "out_of_stock")
    assert order["total_cents"] is None
    assert [get_product(admin, each["id"])["stock"] for each in (plenty, few)] == [9, 1]


def test_an_unknown_or_deleted_product_is_a_rejected_order(admin: Client, user: Client) -> None:
    deleted = create_product(admin)
    admin.ask("DELETE", "/v1/products/{id}", status=204, values={"id": deleted["id"]})
    for product_id in (deleted["id"], UNKNOWN_ID):
        order = settled(user, place(user, (product_id, 1))["id"])
        assert (order["status"], order["reason"]) == ("rejected", "unknown_product")


def test_an_order_has_one_currency(admin: Client, user: Client) -> None:
    euro, dollar = create_product(admin), create_product(admin, currency="USD")
    order = settled(user, place(user, (euro["id"], 1), (dollar["id"], 1))["id"])
    assert (order["status"], order["reason"]) == ("rejected", "mixed_currencies")
    assert [get_product(admin, each["id"])["stock"] for each in (euro, dollar)] == [10, 10]


def test_stock_is_never_sold_twice(admin: Client, user: Client) -> None:
    product = create_product(admin, stock=5)
    with ThreadPoolExecutor(4) as pool:
        placed = list(pool.map(lambda _: place(user, (product["id"], 1)), range(10)))
    statuses = [settled(user, order["id"])["status"] for order in placed]
    assert sorted(statuses) == ["confirmed"] * 5 + ["rejected"] * 5
    stock_becomes(admin, product["id"], 0)


# Idempotency


def test_a_repeat_gets_the_first_answer(user: Client, product: Json) -> None:
    headers, body = keyed(), new_order((product["id"], 1))
    first = user.ask(*PLACE, status=201, headers=headers, json=body)
    assert "idempotency-replayed" not in first.headers
    settled(user, first.json()["id"])
    again = user.ask(*PLACE, status=201, headers=headers, json=body)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.json() == first.json()


def test_a_key_belongs_to_one_body(user: Client, product: Json) -> None:
    headers = keyed()
    user.ask(*PLACE, status=201, headers=headers, json=new_order((product["id"], 1)))
    other = new_order((product["id"], 2))
    user.refused(*PLACE, 422, "idempotency_key_reused", headers=headers, json=other)


def test_a_key_belongs_to_one_user(user: Client, stranger: Client, product: Json) -> None:
    key = unique("shared")
    mine, theirs = (place(who, (product["id"], 1), key=key)["id"] for who in (user, stranger))
    assert mine != theirs


def test_a_key_is_needed(user: Client, product: Json) -> None:
    body = new_order((product["id"], 1))
    user.refused(*PLACE, 400, "idempotency_key_required", json=body)


@pytest.mark.parametrize("key", ["short", "x" * 129])
def test_what_is_no_key(user: Client, product: Json, key: str) -> None:
    body = new_order((product["id"], 1))
    user.refused(*PLACE, 422, "validation_failed", headers=keyed(key), json=body)


def test_repeats_at_the_same_time_place_one_order(admin: Client, user: Client) -> None:
    product = create_product(admin, stock=50)
    headers, body = keyed(), new_order((product["id"], 1))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: user.ask(*PLACE, headers=headers, json=body), range(16)))
    placed = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json()["id"] for answer in placed}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in placed) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert answer.json()["code"] == "idempotency_in_progress"
            assert int(answer.headers["retry-after"]) >= 0
    settled(user, placed[0].json()["id"])
    stock_becomes(admin, product["id"], 49)


# What is no order


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"product_id": UNKNOWN_ID, "quantity": 0}],
        [{"product_id": UNKNOWN_ID, "quantity": 1001}],
        [{"product_id": UNKNOWN_ID, "quantity": "1"}],
        [{"product_id": UNKNOWN_ID, "quantity": 1, "price_cents": 1}],
        [{"product_id": UNKNOWN_ID}],
        [{"product_id": "teapot", "quantity": 1}],
        [{"product_id": UNKNOWN_ID, "quantity": 1}] * 2,
        [{"product_id": f"{UNKNOWN_ID[:-2]}{n:02x}", "quantity": 1} for n in range(51)],
        "teapot",
        None,
    ],
)
def test_what_is_no_order_is_refused_with_the_place(user: Client, lines: object) -> None:
    problem = user.refused(*PLACE, 422, "validation_failed", headers=keyed(), json={"lines": lines})
    assert all(error["pointer"].startswith("#/lines") for error in problem["errors"])
    assert problem["errors"]


def test_a_refused_order_does_not_use_its_key_up(user: Client, product: Json) -> None:
    headers = keyed()
    user.refused(*PLACE, 422, "validation_failed", headers=headers, json={"lines": []})
    user.ask(*PLACE, status=201, headers=headers, json=new_order((product["id"], 1)))


# Reading


def test_orders_are_their_owners(
    visitor: Client, user: Client, stranger: Client, product: Json
) -> None:
    order = place(user, (product["id"], 1))
    for method, path in (GET, CANCEL):
        stranger.refused(method, path, 404, "not_found", values={"id": order["id"]})
        user.refused(method, path, 404, "not_found", values={"id": UNKNOWN_ID})
        visitor.refused(method, path, 401, "token_missing", values={"id": order["id"]})
    visitor.refused(*LIST, 401, "token_missing")
    visitor.refused(
        *PLACE, 401, "token_missing", headers=keyed(), json=new_order((product["id"], 1))
    )


def test_my_orders_newest_first(visitor: Client, product: Json) -> None:
    user = visitor.newcomer()
    assert user.pages(LIST[1]) == [[]]
    placed = [place(user, (product["id"], 1))["id"] for _ in range(5)]
    pages = user.pages(LIST[1], limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    orders = [order for page in pages for order in page]
    assert [order["id"] for order in orders] == placed[::-1]
    assert sorted(orders, key=itemgetter("created_at"), reverse=True) == orders
    user.refused(*LIST, 422, "invalid_cursor", params={"cursor": "nonsense"})
    user.refused(*LIST, 422, "validation_failed", params={"limit": "0"})


# Cancelling


def test_what_was_sold_returns_once(admin: Client, user: Client) -> None:
    product = create_product(admin, stock=10)
    order = settled(user, place(user, (product["id"], 4))["id"])
    cancelled = cancel(user, order["id"])
    assert cancelled["status"] == "cancelled"
    assert cancelled["total_cents"] == order["total_cents"]
    stock_becomes(admin, product["id"], 10)

    assert cancel(user, order["id"]) == cancelled
    assert get_order(user, order["id"]) == cancelled
    other = settled(user, place(user, (product["id"], 1))["id"])
    assert other["status"] == "confirmed"
    stock_becomes(admin, product["id"], 9)


def test_an_order_is_cancelled_at_once_whatever_its_state(admin: Client, user: Client) -> None:
    product = create_product(admin, stock=10)
    for _ in range(5):
        order = place(user, (product["id"], 1))
        assert cancel(user, order["id"])["status"] == "cancelled"
    stock_becomes(admin, product["id"], 10)
    assert {order["status"] for order in user.pages(LIST[1], limit=5)[0]} == {"cancelled"}


def test_cancels_at_the_same_time_return_the_stock_once(admin: Client, user: Client) -> None:
    product = create_product(admin, stock=10)
    order = settled(user, place(user, (product["id"], 3))["id"])
    with ThreadPoolExecutor(4) as pool:
        cancelled = list(pool.map(lambda _: cancel(user, order["id"]), range(4)))
    assert {order["status"] for order in cancelled} == {"cancelled"}
    stock_becomes(admin, product["id"], 10)


def test_a_rejected_order_cannot_be_cancelled(user: Client) -> None:
    order = settled(user, place(user, (UNKNOWN_ID, 1))["id"])
    user.refused(*CANCEL, 409, "order_not_cancellable", values={"id": order["id"]})


def test_a_product_that_sells_can_be_edited(admin: Client, user: Client) -> None:
    product = create_product(admin, stock=5, price_cents=100)
    etag = etag_of(admin, product["id"])
    settled(user, place(user, (product["id"], 2))["id"])
    seen = etag_of(admin, product["id"])
    assert seen != etag
    stock: Json = {"values": {"id": product["id"]}, "json": {"stock": 9}}
    admin.refused(*EDIT_PRODUCT, 412, "precondition_failed", headers={"If-Match": etag}, **stock)
    admin.refused(*EDIT_PRODUCT, 428, "precondition_required", headers={"If-Match": "*"}, **stock)
    price: Json = {"values": {"id": product["id"]}, "json": {"price_cents": 150}}
    edited = admin.ask(*EDIT_PRODUCT, status=200, headers={"If-Match": etag}, **price).json()
    assert (edited["stock"], edited["price_cents"]) == (3, 150)
