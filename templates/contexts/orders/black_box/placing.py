"""Orders as the suite places and reads them."""

from tests.blackbox.client import Client, Json, eventually, unique


def new_order(*lines: tuple[str, int]) -> Json:
    return {"lines": [{"product_id": id_, "quantity": quantity} for id_, quantity in lines]}


def place(user: Client, *lines: tuple[str, int], key: str | None = None) -> Json:
    """Places an order of (product id, quantity) lines; it is pending."""
    order: Json = user.ask(
        "POST",
        "/v1/orders",
        status=201,
        json=new_order(*lines),
        headers={"Idempotency-Key": key or unique("key")},
    ).json()
    return order


def get_order(user: Client, order_id: str) -> Json:
    order: Json = user.ask("GET", "/v1/orders/{id}", status=200, values={"id": order_id}).json()
    return order


def settled(user: Client, order_id: str) -> Json:
    """The order once it is no longer pending."""
    return eventually(lambda: get_order(user, order_id), lambda order: order["status"] != "pending")


def cancel(user: Client, order_id: str) -> Json:
    order: Json = user.ask(
        "POST", "/v1/orders/{id}/cancel", status=200, values={"id": order_id}
    ).json()
    return order
