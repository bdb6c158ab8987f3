"""Messages between services: from an outbox to the handlers, here and over HTTP elsewhere.

Delivery is at least once: a message is tried again until every consumer has taken it, so a
consumer may see it again, and its handlers bear that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.responses import Response

from kit.bus import Bus
from kit.client import ServiceClient
from kit.messages import ContractEvent, Message
from kit.problems import Problem
from kit.relay import Policy

PATH = "/internal/v1/messages"

# Consumers may be away for a day; with the relay's delays that is 300 attempts.
RELAY = Policy(concurrency=8, deadline_seconds=10, max_attempts=300)

Consumers = Mapping[ServiceClient, Sequence[type[ContractEvent]]]


class HttpDelivery:
    """Hands a message to the handlers of this service and to each service that consumes it."""

    def __init__(self, bus: Bus, consumers: Consumers) -> None:
        self._bus = bus
        self._consumers: dict[str, list[ServiceClient]] = {}
        for client, events in consumers.items():
            for event in events:
                self._consumers.setdefault(event.TYPE, []).append(client)

    async def deliver(self, message: Message) -> None:
        """Raises an ExceptionGroup of what failed; who took the message takes it again."""
        deliveries: list[Awaitable[Any]] = [self._bus.deliver(message)]
        body = {
            "type": message.type,
            "key": message.key,
            "payload": message.payload,
            "occurred_at": message.occurred_at,
        }
        deliveries += [
            client.call("PUT", f"{PATH}/{message.id}", body)
            for client in self._consumers.get(message.type, ())
        ]
        outcomes = await asyncio.gather(*deliveries, return_exceptions=True)
        errors = [each for each in outcomes if isinstance(each, Exception)]
        if errors:
            raise ExceptionGroup(f"{message.type} {message.id}", errors)

    async def deliver_together(self, messages: Sequence[Message]) -> set[UUID]:
        """Many at once, where only this service consumes them; the ids of what was delivered."""
        ours = [message for message in messages if message.type not in self._consumers]
        return await self._bus.deliver_together(ours)


class Envelope(BaseModel):
    """A message as it travels; its id is in the path."""

    type: str
    key: str
    payload: dict[str, Any]
    occurred_at: datetime


def messages_router(
    bus: Bus, events: Sequence[type[ContractEvent]], authenticate: Callable[..., object]
) -> APIRouter:
    """Where other services deliver the `events` that the handlers of `bus` subscribed to."""
    known = {event.TYPE for event in events}
    routes = APIRouter(tags=["internal"], dependencies=[Depends(authenticate)])

    @routes.put(
        f"{PATH}/{{message_id}}",
        status_code=204,
        response_class=Response,
        openapi_extra={"requestBody": _described(events)},
    )
    async def take(message_id: UUID, envelope: Envelope) -> Response:
        """Handle a message; it may come again. 204 once every handler is done."""
        if envelope.type not in known:
            raise Problem(422, "unknown_message", f"{envelope.type} is not consumed here.")
        message = Message(
            id=message_id,
            type=envelope.type,
            key=envelope.key,
            payload=envelope.payload,
            occurred_at=envelope.occurred_at,
        )
        try:
            await bus.deliver(message)
        except* ValidationError as errors:
            raise Problem(422, detail=f"{envelope.type} has no such payload.") from errors
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
    return {"required": True, "content": {"application/json": {"schema": {"oneOf": envelopes}}}}


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema without references: the document has no place for an event's definitions."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items()}
