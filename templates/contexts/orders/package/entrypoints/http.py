"""The orders part of the public API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.requests import Request
from starlette.responses import Response

from kit.auth import Authenticate, Principal
from kit.http import Page, PageQuery, json_response
from kit.idempotency import IdempotencyKey, key_parameter, required_key
from orders.application.ports import OrderQueries, OrderView
from orders.application.service import CancelOrder, OrderService, PlaceOrder
from orders.domain.errors import (
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    InvalidOrderError,
    OrderNotCancellableError,
    OrderNotFoundError,
)
from orders.domain.lines import MAX_LINES, MAX_QUANTITY

STATUSES: dict[type[Exception], int] = {
    InvalidOrderError: 422,
    OrderNotFoundError: 404,
    OrderNotCancellableError: 409,
    IdempotencyKeyReusedError: 422,
    IdempotencyInProgressError: 409,
}


class NewOrderLine(BaseModel):
    """So many of a product."""

    model_config = ConfigDict(extra="forbid")

    product_id: UUID
    quantity: Annotated[int, Field(strict=True, ge=1, le=MAX_QUANTITY)]


class NewOrder(BaseModel):
    """What is ordered, each product in one line."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[NewOrderLine], Field(min_length=1, max_length=MAX_LINES)]

    @field_validator("lines")
    @classmethod
    def _each_product_once(cls, lines: list[NewOrderLine]) -> list[NewOrderLine]:
        if len({line.product_id for line in lines}) != len(lines):
            raise ValueError("each product must stand in one line")
        return lines


def router(service: OrderService, queries: OrderQueries, authenticate: Authenticate) -> APIRouter:
    """The routes under /v1/orders; each needs a user, who reaches their own orders only."""
    routes = APIRouter(prefix="/v1/orders", tags=["orders"])
    User = Annotated[Principal, Depends(authenticate)]  # noqa: N806 - a type

    @routes.get(
        "",
        response_model=Page[OrderView],
        operation_id="list_orders",
        openapi_extra={"parameters": PageQuery.parameters()},
    )
    async def page(user: User, request: Request) -> Response:
        """Mine, newest first."""
        wanted = PageQuery.of(request)
        rows = await queries.page(user.user_id, wanted.rows, wanted.after)
        return json_response(wanted.page(rows))

    @routes.post(
        "",
        response_model=OrderView,
        status_code=201,
        operation_id="place_order",
        responses={
            400: {"description": "`idempotency_key_required`"},
            409: {"description": "`idempotency_in_progress`, with Retry-After"},
            422: {"description": "`idempotency_key_reused`, `validation_failed`"},
        },
        openapi_extra=key_parameter(required=True),
    )
    async def place(
        user: User,
        new: NewOrder,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Accepted at once as pending, then confirmed or rejected."""
        placed = await service.place(
            PlaceOrder(
                user_id=user.user_id,
                idempotency_key=required_key(idempotency_key),
                lines=tuple((line.product_id, line.quantity) for line in new.lines),
            )
        )
        headers = {"Location": f"/v1/orders/{placed.order.id}"}
        if placed.replayed:
            headers["Idempotency-Replayed"] = "true"
        return json_response(placed.order, 201, headers)

    @routes.get(
        "/{id}",
        response_model=OrderView,
        operation_id="get_order",
        responses={404: {"description": "`not_found`, also for another user's order"}},
    )
    async def one(user: User, order_id: Annotated[UUID, Path(alias="id")]) -> Response:
        """Mine; not_found for another user's."""
        order = await queries.one(user.user_id, order_id)
        if order is None:
            raise OrderNotFoundError(order_id)
        return json_response(order)

    @routes.post(
        "/{id}/cancel",
        response_model=OrderView,
        operation_id="cancel_order",
        responses={
            404: {"description": "`not_found`, also for another user's order"},
            409: {"description": "`order_not_cancellable`: it was rejected"},
        },
    )
    async def cancel(user: User, order_id: Annotated[UUID, Path(alias="id")]) -> Response:
        """Pending or confirmed; what was reserved or sold returns to stock."""
        return json_response(
            await service.cancel(CancelOrder(user_id=user.user_id, order_id=order_id))
        )

    return routes
