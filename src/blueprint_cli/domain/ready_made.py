"""What described contexts can refer to in ready-made ones: their entities, events and keys."""

from __future__ import annotations

from typing import Final

from blueprint_cli.domain.model import Event, EventField, EventName, Reference, Type
from blueprint_cli.domain.model import Field as PartOfValue

IDENTITY: Final = "identity"
NOTIFICATIONS: Final = "notifications"
USER: Final = Reference(IDENTITY, "User")
PRODUCT: Final = Reference("catalog", "Product")
ORDER: Final = Reference("orders", "Order")
CONTEXTS: Final = (IDENTITY, NOTIFICATIONS, "catalog", "orders", "analytics")
ENTITIES: Final[dict[str, tuple[str, ...]]] = {
    IDENTITY: (USER.entity,),
    NOTIFICATIONS: (),
    "catalog": (PRODUCT.entity,),
    "orders": (ORDER.entity,),
    "analytics": (),
}

_USER_ID: Final = EventField(name="user_id", type=Type(kind="ref", target=USER))
_ORDER_ID: Final = EventField(name="order_id", type=Type(kind="ref", target=ORDER))
_PRODUCT: Final = EventField(name="id", type=Type(kind="ref", target=PRODUCT))
_LINES: Final = EventField(
    name="lines",
    type=Type(
        kind="list",
        of=Type(
            kind="value",
            name="OrderedLine",
            fields=(
                PartOfValue(name="product_id", type=Type(kind="ref", target=PRODUCT)),
                PartOfValue(name="quantity", type=Type(kind="int", low=1)),
            ),
        ),
    ),
)


def _time(name: str) -> EventField:
    return EventField(name=name, type=Type(kind="datetime"))


def _text(name: str) -> EventField:
    return EventField(name=name, type=Type(kind="text"))


def _event(target: Reference, name: str, *fields: EventField) -> Event:
    return Event(
        context=target.context,
        entity=target.entity,
        name=EventName(name),
        commands=(),
        fields=fields,
    )


# As their contracts have them: templates/contexts/*/contracts.
EVENTS: Final = (
    _event(
        USER,
        "UserRegistered",
        _USER_ID,
        EventField(name="email", type=Type(kind="email")),
        _text("name"),
        _time("registered_at"),
    ),
    _event(
        PRODUCT,
        "ProductCreated",
        _PRODUCT,
        _time("at"),
        _text("sku"),
        _text("name"),
        EventField(name="price_cents", type=Type(kind="int", low=0)),
        _text("currency"),
    ),
    _event(PRODUCT, "ProductDeleted", _PRODUCT, _time("at")),
    _event(ORDER, "OrderPlaced", _ORDER_ID, _USER_ID, _LINES, _time("placed_at")),
    _event(
        ORDER,
        "OrderConfirmed",
        _ORDER_ID,
        _USER_ID,
        EventField(name="total_cents", type=Type(kind="int", low=0)),
        _text("currency"),
        _time("confirmed_at"),
    ),
    _event(
        ORDER,
        "OrderRejected",
        _ORDER_ID,
        _USER_ID,
        EventField(
            name="reason",
            type=Type(
                kind="enum",
                name="RejectionReason",
                values=("out_of_stock", "unknown_product", "mixed_currencies", "timed_out"),
            ),
        ),
        _time("rejected_at"),
    ),
    _event(ORDER, "OrderCancelled", _ORDER_ID, _USER_ID, _time("cancelled_at")),
)
