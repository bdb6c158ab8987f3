"""From the catalog's domain events to their published contracts."""

from catalog.domain.events import DomainEvent, StockRejected, StockReserved
from contracts import catalog_v1 as contract


def to_contract(
    event: DomainEvent,
) -> contract.StockReserved | contract.StockRejected | contract.ReservationLost:
    """The event as others know it."""
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
