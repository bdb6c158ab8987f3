"""From the catalog's domain events to their published contracts."""

from typing import TypeAlias
from uuid import UUID

from catalog.domain.events import (
    DomainEvent,
    ProductCreated,
    ProductDeleted,
    StockRejected,
    StockReserved,
)
from contracts import catalog_v1 as contract

ContractEvent: TypeAlias = (
    contract.ProductCreated
    | contract.ProductDeleted
    | contract.StockReserved
    | contract.StockRejected
    | contract.ReservationLost
)


def key_of(event: DomainEvent) -> UUID:
    """The product or the order that the event is about."""
    if isinstance(event, ProductCreated | ProductDeleted):
        return event.product_id
    return event.order_id


def to_contract(event: DomainEvent) -> ContractEvent:
    """The event as others know it."""
    if isinstance(event, ProductCreated):
        return contract.ProductCreated(
            id=event.product_id,
            at=event.at,
            sku=event.sku,
            name=event.name,
            price_cents=event.price_cents,
            currency=event.currency,
        )
    if isinstance(event, ProductDeleted):
        return contract.ProductDeleted(id=event.product_id, at=event.at)
    if isinstance(event, StockReserved):
        return contract.StockReserved(
            order_id=event.order_id,
            lines=tuple(
                contract.ReservedLine(
                    product_id=line.product_id,
                    quantity=line.quantity,
                    unit_price_cents=line.unit_price_cents,
                )
                for line in event.lines
            ),
            currency=event.currency,
            expires_at=event.expires_at,
        )
    if isinstance(event, StockRejected):
        return contract.StockRejected(order_id=event.order_id, reason=event.reason)
    return contract.ReservationLost(order_id=event.order_id)
