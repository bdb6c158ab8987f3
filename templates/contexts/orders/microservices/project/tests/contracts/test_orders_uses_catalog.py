"""What orders expects of catalog, with the client that orders ships, against catalog's document."""

import asyncio
import json
from copy import deepcopy
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kit.client import CallFailed, CallPolicy, ServiceClient
from orders.adapters.catalog_over_http import CatalogOverHttp
from orders.application.ports import Refused, Reserved
from orders.domain.lines import OrderLine
from tests.contracts.document import Document, answers_of, document_of, require_taken

RESERVE = ("PUT", "/internal/v1/reservations/{order_id}")
LINES = [OrderLine(uuid4(), 2), OrderLine(uuid4(), 1)]


def ask(document: Document, answer: Any) -> Reserved | Refused:
    """Reserve from a catalog that is its document and answers this."""

    def catalog(request: httpx.Request) -> httpx.Response:
        require_taken(document, request.method, request.url.path, json.loads(request.content))
        return httpx.Response(200, json=answer)

    async def reserve() -> Reserved | Refused:
        transport = httpx.MockTransport(catalog)
        client = ServiceClient(
            "catalog", "http://catalog", lambda _: "", CallPolicy(attempts=1), transport
        )
        (understood,) = await CatalogOverHttp(client).reserve({uuid4(): LINES})
        return understood

    return asyncio.run(reserve())


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_orders_understands_whatever_catalog_may_answer(data: st.DataObject) -> None:
    document = document_of("catalog")
    answer = data.draw(answers_of(document, *RESERVE))
    understood = ask(document, answer)
    assert isinstance(understood, Reserved) == (answer["type"] == "catalog.stock-reserved.v1")


def renamed_price(document: Document) -> None:
    line = document["components"]["schemas"]["ReservedLine"]
    line["properties"]["price"] = line["properties"].pop("unit_price_cents")
    line["required"] = ["product_id", "quantity", "price"]


def new_reason(document: Document) -> None:
    document["components"]["schemas"]["StockRejected"]["properties"]["reason"] = {"const": "closed"}


def new_demand(document: Document) -> None:
    wanted = document["components"]["schemas"]["Wanted"]
    wanted["properties"]["warehouse"] = {"type": "string"}
    wanted["required"] = ["lines", "warehouse"]


def moved(document: Document) -> None:
    path = "/internal/v1/reservations/{order_id}"
    document["paths"][path.replace("v1", "v2")] = document["paths"].pop(path)


@pytest.mark.parametrize("change", [renamed_price, new_reason, new_demand, moved])
def test_a_breaking_change_is_caught(change: Any) -> None:
    document = deepcopy(document_of("catalog"))
    change(document)

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # which example it is, made simple, would take half a minute
    )
    @given(st.data())
    def understood(data: st.DataObject) -> None:
        ask(document, data.draw(answers_of(document, *RESERVE)))

    with pytest.raises((CallFailed, AssertionError)):
        understood()
