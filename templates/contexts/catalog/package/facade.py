"""The only thing of the catalog that another context's adapter may call; speaks contracts."""

from collections.abc import Collection, Sequence
from uuid import UUID

from catalog.adapters.publishing import to_contract
from catalog.application.ports import ProductQueries
from catalog.application.reservations import Answer, ReservationService, Reserve
from catalog.domain.reservation import RequestedLine
from contracts.catalog_v1 import ReserveStock, StockRejected, StockReserved


class CatalogFacade:
    """Stock for orders, and which products there are."""

    def __init__(self, reservations: ReservationService, products: ProductQueries) -> None:
        self._reservations = reservations
        self._products = products

    async def known_products(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """The ids of products that there are, of some."""
        return await self._products.known_products(ids)

    async def reserve(
        self, requests: Sequence[ReserveStock]
    ) -> list[StockReserved | StockRejected]:
        """Hold for each order, each once among them, all lines or none, in one transaction.

        Asking again for the same order gets the same answer.
        """
        answers = await self._reservations.reserve([_command(each) for each in requests])
        return [_contract(answer) for answer in answers]


def _command(request: ReserveStock) -> Reserve:
    lines = tuple(RequestedLine(line.product_id, line.quantity) for line in request.lines)
    return Reserve(order_id=request.order_id, lines=lines)


def _contract(answer: Answer) -> StockReserved | StockRejected:
    contract = to_contract(answer)
    if not isinstance(contract, StockReserved | StockRejected):
        raise TypeError(type(contract))
    return contract
