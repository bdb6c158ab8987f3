"""Stock is reserved by a call within the process."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from catalog.facade import CatalogFacade
from contracts.catalog_v1 import RequestedLine, ReserveStock
from orders.adapters.catalog_answers import answer_of
from orders.application.ports import Refused, Reserved
from orders.domain.lines import OrderLine


class CatalogByFacade:
    """The catalog context behind the orders context's own port."""

    def __init__(self, catalog: CatalogFacade) -> None:
        self._catalog = catalog

    async def reserve(
        self, wanted: Mapping[UUID, Sequence[OrderLine]]
    ) -> Sequence[Reserved | Refused]:
        """Hold for each order all lines or none, in one transaction."""
        requests = [_request(order_id, lines) for order_id, lines in wanted.items()]
        return [answer_of(answer) for answer in await self._catalog.reserve(requests)]

    async def unanswered(
        self,
        order_ids: Collection[UUID],  # noqa: ARG002 - the port's
    ) -> Collection[UUID]:
        """None: who was reached has answered, so an order without an answer was not asked for."""
        return ()


def _request(order_id: UUID, lines: Sequence[OrderLine]) -> ReserveStock:
    wanted = tuple(
        RequestedLine(product_id=line.product_id, quantity=line.quantity) for line in lines
    )
    return ReserveStock(order_id=order_id, lines=wanted)
