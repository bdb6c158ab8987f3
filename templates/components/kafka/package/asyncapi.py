"""The AsyncAPI 3 document, made from the topics, the event classes and what each context reads.

The project prints it by `make asyncapi`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kit.messages import publisher_of
from kit_kafka.catalogue import event_classes
from kit_kafka.schemas import schema_of
from kit_kafka.topics import Topic, dead_letters_of, events_of, topic_of

_ENVELOPE = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {"type": "string", "format": "uuid"},
    "ce_source": {"type": "string", "format": "uri-reference"},
    "ce_subject": {"type": "string", "description": "The aggregate's identifier, also the key."},
    "ce_time": {"type": "string", "format": "date-time"},
    "content-type": {"type": "string", "const": "application/json"},
    "traceparent": {"type": "string"},
}
_REQUIRED = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"]


def document(
    title: str, version: str, reads: Mapping[str, Sequence[type[Any]]], partitions: int
) -> dict[str, Any]:
    """`reads` says which event classes each context consumes; `partitions` is the default."""
    classes = event_classes()
    topics = {topic_of(kind).name: topic_of(kind) for kind in classes}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Events of {title}",
            "version": version,
            "description": "CloudEvents 1.0 in Kafka's binary content mode.",
        },
        "defaultContentType": "application/json",
        "channels": {
            name: _channel(topic, [kind for kind in classes if topic_of(kind) == topic], partitions)
            for name, topic in topics.items()
        }
        | {
            dead_letters_of(context).name: _dead_letters(dead_letters_of(context))
            for context in reads
        },
        "operations": _operations(list(classes), reads),
        "components": {
            "messages": {kind: _message(kind, cls) for kind, cls in classes.items()}
            | {"dead-letter": _DEAD_LETTER}
        },
    }


_DEAD_LETTER = {
    "summary": "A record that could not be handled: as it was, and why.",
    "headers": {
        "type": "object",
        "required": ["dlq_reason", "dlq_topic", "dlq_partition", "dlq_offset"],
        "properties": {
            name: {"type": "string"}
            for name in (
                "dlq_reason",
                "dlq_error",
                "dlq_attempts",
                "dlq_topic",
                "dlq_partition",
                "dlq_offset",
                "dlq_at",
            )
        },
    },
    "payload": {},
}


def _channel(topic: Topic, kinds: Sequence[str], partitions: int) -> dict[str, Any]:
    return {
        "address": topic.name,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in kinds},
        "bindings": {"kafka": _binding(topic, topic.partitions or partitions)},
    }


def _dead_letters(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "messages": {"dead-letter": {"$ref": "#/components/messages/dead-letter"}},
        "bindings": {"kafka": _binding(topic, topic.partitions or 1)},
    }


def _binding(topic: Topic, partitions: int) -> dict[str, Any]:
    retention = -1 if topic.retention is None else int(topic.retention.total_seconds() * 1000)
    return {
        "topic": topic.name,
        "partitions": partitions,
        "topicConfiguration": {
            "cleanup.policy": ["compact" if topic.compacted else "delete"],
            "retention.ms": retention,
            "max.message.bytes": topic.max_message_bytes,
        },
        "bindingVersion": "0.5.0",
    }


def _message(kind: str, cls: type[Any]) -> dict[str, Any]:
    schema = schema_of(kind, cls)
    pointer = f"#/components/messages/{kind}/payload/schema/$defs/"
    return {
        "name": kind,
        "title": cls.__name__,
        "summary": (cls.__doc__ or "").splitlines()[0],
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": _REQUIRED,
            "properties": _ENVELOPE | {"ce_type": {"type": "string", "const": kind}},
        },
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": _pointed(
                {k: v for k, v in schema.items() if k[:1] != "$" or k == "$defs"}, pointer
            ),
        },
    }


def _pointed(part: Any, pointer: str) -> Any:
    """References within a payload, seen from the root of the document."""
    if isinstance(part, list):
        return [_pointed(each, pointer) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: pointer + value.rpartition("/")[2] if key == "$ref" else _pointed(value, pointer)
        for key, value in part.items()
    }


def _operations(kinds: Sequence[str], reads: Mapping[str, Sequence[type[Any]]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in kinds:
        name = topic_of(kind).name
        context = publisher_of(kind)
        others = "" if name == events_of(context).name else f"-{name}"
        operation = found.setdefault(
            f"{context}-publishes{others}",
            {"action": "send", "channel": _ref(name), "messages": []},
        )
        operation["messages"].append(_message_ref(name, kind))
    for context, classes in reads.items():
        for cls in classes:
            name = topic_of(cls.TYPE).name
            operation = found.setdefault(
                f"{context}-reads-{name}",
                {"action": "receive", "channel": _ref(name), "messages": []},
            )
            operation["messages"].append(_message_ref(name, cls.TYPE))
    return found


def _ref(channel: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}"}


def _message_ref(channel: str, kind: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}/messages/{kind}"}


def text_of(made: dict[str, Any]) -> str:
    """As it is written to a file."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
