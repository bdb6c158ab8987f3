"""What other services may ask of the catalog."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from catalog.facade import CatalogFacade
from contracts.catalog_v1 import RequestedLine, ReserveStock, StockRejected, StockReserved


class Wanted(BaseModel):
    """Every line of an order; each product stands in one."""

    lines: tuple[RequestedLine, ...] = Field(min_length=1)


class Held(BaseModel):
    """Every line is held."""

    type: Literal["catalog.stock-reserved.v1"]
    data: StockReserved


class Refused(BaseModel):
    """Nothing is held."""

    type: Literal["catalog.stock-rejected.v1"]
    data: StockRejected


Answer = Annotated[Held | Refused, Field(discriminator="type")]


def reservations_router(catalog: CatalogFacade, authenticate: Callable[..., object]) -> APIRouter:
    """Reservations by the order's id, so that a request may be repeated."""
    routes = APIRouter(tags=["internal"], dependencies=[Depends(authenticate)])

    @routes.put("/internal/v1/reservations/{order_id}", response_model=Answer)
    async def reserve(order_id: UUID, wanted: Wanted) -> Held | Refused:
        """Hold all lines or none; a repeat gets the first answer."""
        (answer,) = await catalog.reserve([ReserveStock(order_id=order_id, lines=wanted.lines)])
        if isinstance(answer, StockReserved):
            return Held(type="catalog.stock-reserved.v1", data=answer)
        return Refused(type="catalog.stock-rejected.v1", data=answer)

    return routes
