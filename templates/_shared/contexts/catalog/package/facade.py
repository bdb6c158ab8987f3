"""The only thing of the catalog that another context's adapter may call; speaks contracts."""

from catalog.adapters.publishing import to_contract
from catalog.application.reservations import ReservationService, Reserve
from catalog.domain.reservation import RequestedLine
from contracts.catalog_v1 import ReserveStock, StockRejected, StockReserved


class CatalogFacade:
    """Stock for orders."""

    def __init__(self, reservations: ReservationService) -> None:
        self._reservations = reservations

    async def reserve(self, request: ReserveStock) -> StockReserved | StockRejected:
        """Hold all lines or none; asking again for the same order gets the same answer."""
        answer = await self._reservations.reserve(
            Reserve(
                order_id=request.order_id,
                lines=tuple(
                    RequestedLine(line.product_id, line.quantity) for line in request.lines
                ),
            )
        )
        contract = to_contract(answer)
        if not isinstance(contract, StockReserved | StockRejected):
            raise TypeError(type(contract))
        return contract
