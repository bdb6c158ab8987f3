"""One order, followed by its trace through the gateway and every service that it touches."""

import json
import secrets
from typing import Any, Final

from tests.blackbox.server import Server
from tests.blackbox.shop import Shop, eventually, new_order, unique

MESSAGES: Final = "/internal/v1/messages/{message_id}"
TOUCHED: Final = {
    "orders": {"/v1/orders"},
    "catalog": {"/internal/v1/reservations/{order_id}", MESSAGES},
    "notifications": {MESSAGES},
}


def lines_of(server: Server, trace: str) -> dict[str, list[dict[str, Any]]]:
    """The log's lines with this trace, by the process that wrote them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in server.log.read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, text = line.partition(" | ")
        if trace in text and text.startswith("{"):
            found.setdefault(name.strip(), []).append(json.loads(text))
    return found


def test_an_order_is_followed_through_every_service(
    server: Server, admin: Shop, visitor: Shop
) -> None:
    product = admin.create_product(stock=5)["id"]
    user = visitor.newcomer()
    trace = secrets.token_hex(16)
    headers = {
        "Idempotency-Key": unique("key"),
        "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01",
    }
    placed = user.ask(
        "POST", "/v1/orders", status=201, json=new_order((product, 1)), headers=headers
    ).json()
    assert user.settled(placed["id"])["status"] == "confirmed"

    eventually(lambda: lines_of(server, trace), _has_gone_everywhere)


def _has_gone_everywhere(found: dict[str, list[dict[str, Any]]]) -> bool:
    asked = {name: {line.get("route") for line in lines} for name, lines in found.items()}
    return "gateway" in asked and all(
        routes <= asked.get(name, set()) for name, routes in TOUCHED.items()
    )
