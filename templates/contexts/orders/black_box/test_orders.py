"""The order process: placed at once, settled soon, cancelled once, repeated without harm."""

from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter

import pytest

from tests.blackbox.shop import Json, Shop, new_order, unique

PLACE = ("POST", "/v1/orders")
LIST = ("GET", "/v1/orders")
GET = ("GET", "/v1/orders/{id}")
CANCEL = ("POST", "/v1/orders/{id}/cancel")
UNKNOWN_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture(scope="module")
def stranger(visitor: Shop) -> Shop:
    return visitor.newcomer()


@pytest.fixture(scope="module")
def product(admin: Shop) -> Json:
    """With stock for the whole module."""
    return admin.create_product(stock=1000)


def keyed(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or unique("key")}


def test_an_order_is_pending_and_then_confirmed_with_prices(admin: Shop, user: Shop) -> None:
    tea = admin.create_product(price_cents=300, stock=5)
    pot = admin.create_product(price_cents=1250, stock=5)
    answer = user.ask(
        *PLACE, status=201, headers=keyed(), json=new_order((tea["id"], 2), (pot["id"], 1))
    )
    placed = answer.json()
    assert answer.headers["location"].endswith(f"/v1/orders/{placed['id']}")
    assert (placed["status"], placed["total_cents"], placed["reason"]) == ("pending", None, None)
    assert [line["unit_price_cents"] for line in placed["lines"]] == [None, None]

    order = user.settled(placed["id"])
    assert (order["status"], order["total_cents"], order["currency"]) == ("confirmed", 1850, "EUR")
    prices = {line["product_id"]: line["unit_price_cents"] for line in order["lines"]}
    assert prices == {tea["id"]: 300, pot["id"]: 1250}
    admin.stock_becomes(tea["id"], 3)
    admin.stock_becomes(pot["id"], 4)


def test_a_price_stays_what_it_was(admin: Shop, user: Shop) -> None:
    product = admin.create_product(price_cents=100)
    order = user.settled(user.place((product["id"], 1))["id"])
    admin.ask(
        "PATCH",
        "/v1/products/{id}",
        status=200,
        values={"id": product["id"]},
        headers={"If-Match": admin.etag(product["id"])},
        json={"price_cents": 999},
    )
    admin.ask("DELETE", "/v1/products/{id}", status=204, values={"id": product["id"]})
    assert user.order(order["id"]) == order


def test_what_is_not_there_is_rejected_and_takes_nothing(admin: Shop, user: Shop) -> None:
    plenty, few = admin.create_product(stock=9), admin.create_product(stock=1)
    order = user.settled(user.place((plenty["id"], 1), (few["id"], 2))["id"])
    assert (order["status"], order["reason"]) == ("rejected", "out_of_stock")
    assert order["total_cents"] is None
    assert [admin.product(each["id"])["stock"] for each in (plenty, few)] == [9, 1]


def test_an_unknown_or_deleted_product_is_a_rejected_order(admin: Shop, user: Shop) -> None:
    deleted = admin.create_product()
    admin.ask("DELETE", "/v1/products/{id}", status=204, values={"id": deleted["id"]})
    for product_id in (deleted["id"], UNKNOWN_ID):
        order = user.settled(user.place((product_id, 1))["id"])
        assert (order["status"], order["reason"]) == ("rejected", "unknown_product")


def test_an_order_has_one_currency(admin: Shop, user: Shop) -> None:
    euro, dollar = admin.create_product(), admin.create_product(currency="USD")
    order = user.settled(user.place((euro["id"], 1), (dollar["id"], 1))["id"])
    assert (order["status"], order["reason"]) == ("rejected", "mixed_currencies")
    assert [admin.product(each["id"])["stock"] for each in (euro, dollar)] == [10, 10]


def test_stock_is_never_sold_twice(admin: Shop, user: Shop) -> None:
    product = admin.create_product(stock=5)
    with ThreadPoolExecutor(4) as pool:
        placed = list(pool.map(lambda _: user.place((product["id"], 1)), range(10)))
    statuses = [user.settled(order["id"])["status"] for order in placed]
    assert sorted(statuses) == ["confirmed"] * 5 + ["rejected"] * 5
    admin.stock_becomes(product["id"], 0)


# Idempotency


def test_a_repeat_gets_the_first_answer(user: Shop, product: Json) -> None:
    headers, body = keyed(), new_order((product["id"], 1))
    first = user.ask(*PLACE, status=201, headers=headers, json=body)
    assert "idempotency-replayed" not in first.headers
    user.settled(first.json()["id"])
    again = user.ask(*PLACE, status=201, headers=headers, json=body)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.json() == first.json()


def test_a_key_belongs_to_one_body(user: Shop, product: Json) -> None:
    headers = keyed()
    user.ask(*PLACE, status=201, headers=headers, json=new_order((product["id"], 1)))
    other = new_order((product["id"], 2))
    user.refused(*PLACE, 422, "idempotency_key_reused", headers=headers, json=other)


def test_a_key_belongs_to_one_user(user: Shop, stranger: Shop, product: Json) -> None:
    key = unique("shared")
    mine, theirs = (who.place((product["id"], 1), key=key)["id"] for who in (user, stranger))
    assert mine != theirs


def test_a_key_is_needed(user: Shop, product: Json) -> None:
    body = new_order((product["id"], 1))
    user.refused(*PLACE, 400, "idempotency_key_required", json=body)


@pytest.mark.parametrize("key", ["short", "x" * 129])
def test_what_is_no_key(user: Shop, product: Json, key: str) -> None:
    body = new_order((product["id"], 1))
    user.refused(*PLACE, 422, "validation_failed", headers=keyed(key), json=body)


def test_repeats_at_the_same_time_place_one_order(admin: Shop, user: Shop) -> None:
    product = admin.create_product(stock=50)
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
    user.settled(placed[0].json()["id"])
    admin.stock_becomes(product["id"], 49)


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
def test_what_is_no_order_is_refused_with_the_place(user: Shop, lines: object) -> None:
    problem = user.refused(*PLACE, 422, "validation_failed", headers=keyed(), json={"lines": lines})
    assert all(error["pointer"].startswith("#/lines") for error in problem["errors"])
    assert problem["errors"]


def test_a_refused_order_does_not_use_its_key_up(user: Shop, product: Json) -> None:
    headers = keyed()
    user.refused(*PLACE, 422, "validation_failed", headers=headers, json={"lines": []})
    user.ask(*PLACE, status=201, headers=headers, json=new_order((product["id"], 1)))


# Reading


def test_orders_are_their_owners(visitor: Shop, user: Shop, stranger: Shop, product: Json) -> None:
    order = user.place((product["id"], 1))
    for method, path in (GET, CANCEL):
        stranger.refused(method, path, 404, "not_found", values={"id": order["id"]})
        user.refused(method, path, 404, "not_found", values={"id": UNKNOWN_ID})
        visitor.refused(method, path, 401, "token_missing", values={"id": order["id"]})
    visitor.refused(*LIST, 401, "token_missing")
    visitor.refused(
        *PLACE, 401, "token_missing", headers=keyed(), json=new_order((product["id"], 1))
    )


def test_my_orders_newest_first(visitor: Shop, product: Json) -> None:
    user = visitor.newcomer()
    assert user.pages(LIST[1]) == [[]]
    placed = [user.place((product["id"], 1))["id"] for _ in range(5)]
    pages = user.pages(LIST[1], limit=2)
    assert [len(page) for page in pages] == [2, 2, 1]
    orders = [order for page in pages for order in page]
    assert [order["id"] for order in orders] == placed[::-1]
    assert sorted(orders, key=itemgetter("created_at"), reverse=True) == orders
    user.refused(*LIST, 422, "invalid_cursor", params={"cursor": "nonsense"})
    user.refused(*LIST, 422, "validation_failed", params={"limit": "0"})


# Cancelling


def test_what_was_sold_returns_once(admin: Shop, user: Shop) -> None:
    product = admin.create_product(stock=10)
    order = user.settled(user.place((product["id"], 4))["id"])
    cancelled = user.cancel(order["id"])
    assert cancelled["status"] == "cancelled"
    assert cancelled["total_cents"] == order["total_cents"]
    admin.stock_becomes(product["id"], 10)

    assert user.cancel(order["id"]) == cancelled
    assert user.order(order["id"]) == cancelled
    other = user.settled(user.place((product["id"], 1))["id"])
    assert other["status"] == "confirmed"
    admin.stock_becomes(product["id"], 9)


def test_an_order_is_cancelled_at_once_whatever_its_state(admin: Shop, user: Shop) -> None:
    product = admin.create_product(stock=10)
    for _ in range(5):
        order = user.place((product["id"], 1))
        assert user.cancel(order["id"])["status"] == "cancelled"
    admin.stock_becomes(product["id"], 10)
    assert {order["status"] for order in user.pages(LIST[1], limit=5)[0]} == {"cancelled"}


def test_cancels_at_the_same_time_return_the_stock_once(admin: Shop, user: Shop) -> None:
    product = admin.create_product(stock=10)
    order = user.settled(user.place((product["id"], 3))["id"])
    with ThreadPoolExecutor(4) as pool:
        cancelled = list(pool.map(lambda _: user.cancel(order["id"]), range(4)))
    assert {order["status"] for order in cancelled} == {"cancelled"}
    admin.stock_becomes(product["id"], 10)


def test_a_rejected_order_cannot_be_cancelled(user: Shop) -> None:
    order = user.settled(user.place((UNKNOWN_ID, 1))["id"])
    user.refused(*CANCEL, 409, "order_not_cancellable", values={"id": order["id"]})
