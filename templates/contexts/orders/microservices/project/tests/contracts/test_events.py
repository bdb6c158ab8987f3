"""Every event that a service publishes is one that its consumers' documents take."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts.catalog_v1 import ReservationLost
from contracts.identity_v1 import UserRegistered
from contracts.orders_v1 import OrderCancelled, OrderConfirmed, OrderRejected
from kit.delivery import PATH
from kit.messages import ContractEvent
from tests.contracts.document import Document, document_of, require_taken

ENDS = (OrderConfirmed, OrderRejected, OrderCancelled)
# As the composition roots of the publishers say it.
CONSUMERS: dict[str, Sequence[type[ContractEvent]]] = {
    "catalog": ENDS,
    "notifications": (*ENDS, UserRegistered),
    "orders": (ReservationLost,),
}
CASES = [(consumer, event) for consumer, events in CONSUMERS.items() for event in events]


def require_delivered(document: Document, event: ContractEvent) -> None:
    payload = TypeAdapter(type(event)).dump_python(event, mode="json")
    envelope = {
        "type": event.TYPE,
        "key": "a key",
        "payload": payload,
        "occurred_at": "2030-01-01T00:00:00Z",
    }
    require_taken(document, "PUT", f"{PATH}/{uuid4()}", envelope)


@pytest.mark.parametrize(("consumer", "event"), CASES)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_consumer_takes_what_is_published(
    consumer: str, event: type[Any], data: st.DataObject
) -> None:
    require_delivered(document_of(consumer), data.draw(st.from_type(event)))


@settings(max_examples=5, deadline=None)
@given(st.from_type(OrderConfirmed))
def test_a_consumer_that_wants_more_is_caught(event: OrderConfirmed) -> None:
    document = deepcopy(document_of("notifications"))
    path = f"{PATH}/{{message_id}}"
    content = document["paths"][path]["put"]["requestBody"]["content"]
    for envelope in content["application/json"]["schema"]["oneOf"]:
        envelope["properties"]["payload"].setdefault("required", []).append("locale")
    with pytest.raises(AssertionError):
        require_delivered(document, event)
