"""Stock is reserved by a call of the catalog service."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

import structlog
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from contracts.catalog_v1 import StockRejected, StockReserved
from kit.client import CallError, CallFailed, ServiceClient
from kit.logs import describe
from kit.tracing import outgoing_headers, span
from orders.adapters.catalog_answers import answer_of
from orders.application.ports import Refused, Reserved
from orders.domain.lines import OrderLine

_log = structlog.get_logger()


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
        # Half of the client's places: other calls of catalog find one, too.
        self._slots = asyncio.Semaphore(max(1, catalog.concurrent // 2))

    async def reserve(
        self, wanted: Mapping[UUID, Sequence[OrderLine]]
    ) -> Sequence[Reserved | Refused]:
        """Hold for each order all lines or none: a call for each, several at once.

        An order whose call failed has no answer yet; it is taken up again. Raises CallError when
        not one has.
        """
        outcomes = await asyncio.gather(
            *(self._reserve(order_id, lines) for order_id, lines in wanted.items()),
            return_exceptions=True,
        )
        answers: list[Reserved | Refused] = []
        failures: list[CallError] = []
        for order_id, outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, CallError):
                _log.warning("not reserved", order_id=str(order_id), error=describe(outcome))
                failures.append(outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                answers.append(outcome)
        if failures and not answers:
            raise failures[0]
        return answers

    async def unanswered(
        self,
        order_ids: Collection[UUID],  # noqa: ARG002 - the port's
    ) -> Collection[UUID]:
        """None: who was reached has answered, so an order without an answer was not asked for."""
        return ()

    async def _reserve(self, order_id: UUID, lines: Sequence[OrderLine]) -> Reserved | Refused:
        # The trace of the order's own message, where many are handled together.
        trace = outgoing_headers(str(order_id))
        async with self._slots:
            with span("reserve", SpanKind.INTERNAL, trace):
                return await self._ask(order_id, lines)

    async def _ask(self, order_id: UUID, lines: Sequence[OrderLine]) -> Reserved | Refused:
        wanted = [{"product_id": line.product_id, "quantity": line.quantity} for line in lines]
        found = await self._catalog.call(
            "PUT", f"/internal/v1/reservations/{order_id}", {"lines": wanted}
        )
        try:
            return answer_of(_ANSWER.validate_python(found).data)
        except ValidationError as error:
            raise CallFailed("catalog: an answer that is not understood") from error
