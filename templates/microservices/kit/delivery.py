"""Messages between services: from an outbox to the handlers, here and over HTTP elsewhere.

Delivery is at least once: a message is tried again with each consumer until that one has taken it.
So it may see it again, and its handlers bear that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.responses import Response

from kit.background import Backoff
from kit.bus import Bus
from kit.client import ServiceClient
from kit.messages import Consumer, ContractEvent, Message, publisher_of
from kit.problems import Problem
from kit.relay import Policy
from kit.service_tokens import OnlyThese

PATH = "/internal/v1/messages"

# Consumers may refuse for a day: then what they are owed is parked.
RELAY = Policy(concurrency=8, deadline_seconds=10, backoff=Backoff.doubling(attempts=1_440))


@dataclass(frozen=True, slots=True)
class _Service:
    """Another service as a consumer; one message a call."""

    client: ServiceClient
    types: frozenset[str]
    at_once: int = 1

    @property
    def name(self) -> str:
        """The service's."""
        return self.client.name

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Raises CallError."""
        for message in messages:
            body = {
                "type": message.type,
                "key": message.key,
                "payload": message.payload,
                "occurred_at": message.occurred_at,
            }
            await self.client.call("PUT", f"{PATH}/{message.id}", body)


class HttpDelivery:
    """Who takes the messages of a service: its own handlers, and the services that consume them."""

    def __init__(
        self, bus: Bus, consumers: Mapping[ServiceClient, Sequence[type[ContractEvent]]]
    ) -> None:
        self._bus = bus
        self._services = [
            _Service(client, frozenset(event.TYPE for event in events))
            for client, events in consumers.items()
        ]

    def of(self, message_type: str) -> Sequence[Consumer]:
        """Those that take messages of a type."""
        elsewhere = [each for each in self._services if message_type in each.types]
        return [*self._bus.of(message_type), *elsewhere]

    def all(self) -> Sequence[Consumer]:
        """Each of them once."""
        return [*self._bus.all(), *self._services]


class Envelope(BaseModel):
    """A message as it travels; its id is in the path."""

    type: str
    key: str
    payload: dict[str, Any]
    occurred_at: datetime


def messages_router(
    bus: Bus,
    events: Sequence[type[ContractEvent]],
    only: OnlyThese,
    services: Mapping[str, str] = MappingProxyType({}),
) -> APIRouter:
    """Where other services deliver the `events` that the handlers of `bus` subscribed to.

    Each comes from the service that publishes it, and from no other: of its context's name, but
    for those in `services`.
    """
    publishers = {
        event.TYPE: services.get(publisher_of(event.TYPE), publisher_of(event.TYPE))
        for event in events
    }
    authenticate = only(*sorted(set(publishers.values())))
    routes = APIRouter(tags=["internal"])

    @routes.put(
        f"{PATH}/{{message_id}}",
        status_code=204,
        response_class=Response,
        openapi_extra={"requestBody": _described(events)},
    )
    async def take(
        message_id: UUID, envelope: Envelope, caller: Annotated[str, Depends(authenticate)]
    ) -> Response:
        """Handle a message; it may come again. 204 once every handler is done."""
        if envelope.type not in publishers:
            raise Problem(422, "unknown_message", f"{envelope.type} is not consumed here.")
        if publishers[envelope.type] != caller:
            raise Problem(403, "forbidden", f"{caller} does not publish {envelope.type}.")
        message = Message(
            id=message_id,
            type=envelope.type,
            key=envelope.key,
            payload=envelope.payload,
            occurred_at=envelope.occurred_at,
        )
        try:
            await bus.deliver([message])
        except ValidationError as error:
            raise Problem(422, detail=f"{envelope.type} has no such payload.") from error
        return Response(status_code=204)

    return routes


def _described(events: Sequence[type[ContractEvent]]) -> dict[str, Any]:
    """The request body in the OpenAPI document: an envelope for each event, by its type."""
    envelopes = []
    for event in events:
        payload = TypeAdapter(event).json_schema()
        properties = {
            "type": {"const": event.TYPE},
            "key": {"type": "string"},
            "payload": _inlined(payload, payload.pop("$defs", {})),
            "occurred_at": {"type": "string", "format": "date-time"},
        }
        envelopes.append({"type": "object", "required": list(properties), "properties": properties})
    schema = {"oneOf": envelopes} if envelopes else {}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema without references: the document has no place for an event's definitions."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items()}
