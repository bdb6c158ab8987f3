"""Stock is reserved by a call of the catalog service."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from contracts.catalog_v1 import StockRejected, StockReserved
from kit.client import CallFailed, ServiceClient
from orders.adapters.catalog_answers import answer_of
from orders.application.ports import Refused, Reserved
from orders.domain.lines import OrderLine


class _Held(BaseModel):
    type: Literal["catalog.stock-reserved.v1"]
    data: StockReserved


class _Refused(BaseModel):
    type: Literal["catalog.stock-rejected.v1"]
    data: StockRejected


_ANSWER: TypeAdapter[_Held | _Refused] = TypeAdapter(
    Annotated[_Held | _Refused, Field(discriminator="type")]
)


class CatalogOverHttp:
    """The catalog service behind the orders context's own port."""

    def __init__(self, catalog: ServiceClient) -> None:
        self._catalog = catalog

    async def reserve_all(
        self, wanted: Mapping[UUID, Sequence[OrderLine]]
    ) -> Sequence[Reserved | Refused]:
        """Hold for each order all lines or none, one call for each. Raises CallError."""
        return [await self._reserve(order_id, lines) for order_id, lines in wanted.items()]

    async def _reserve(self, order_id: UUID, lines: Sequence[OrderLine]) -> Reserved | Refused:
        wanted = [{"product_id": line.product_id, "quantity": line.quantity} for line in lines]
        found = await self._catalog.call(
            "PUT", f"/internal/v1/reservations/{order_id}", {"lines": wanted}
        )
        try:
            return answer_of(_ANSWER.validate_python(found).data)
        except ValidationError as error:
            raise CallFailed("catalog: an answer that is not understood") from error
