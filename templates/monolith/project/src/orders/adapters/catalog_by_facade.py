"""Stock is reserved by a call within the process."""

from collections.abc import Sequence
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

    async def reserve(self, order_id: UUID, lines: Sequence[OrderLine]) -> Reserved | Refused:
        """Hold all lines or none; asking again gets the same answer."""
        wanted = tuple(
            RequestedLine(product_id=line.product_id, quantity=line.quantity) for line in lines
        )
        return answer_of(await self._catalog.reserve(ReserveStock(order_id=order_id, lines=wanted)))
