"""Who of a project's contexts sends and reads which events, as AsyncAPI.

As ``kit_kafka.asyncapi`` of a project makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]

_DEAD_LETTER: Final = "dead-letter"
_MILLISECONDS: Final = 24 * 3_600 * 1_000


def events_document(
    title: str,
    ready_made: Document,
    contexts: Mapping[str, Mapping[str, Any]],
    described: Mapping[str, tuple[str, Document]],
) -> Document:
    """Return the document of a project.

    Args:
        title: the project's name.
        ready_made: the document of all ready-made contexts together.
        contexts: what templates know of each, in their order: what it handles, its topics, and
            which of its rows others ask for.
        described: the class and the schema of each event of described contexts, by its type.
    """
    known = ready_made["components"]["messages"]
    messages = _messages(ready_made, contexts, described)
    topics = _topics(ready_made, contexts)
    reads = _reads(messages, contexts)
    return {
        **ready_made,
        "info": {**ready_made["info"], "title": f"Events of {title}"},
        "channels": {
            **_channels(messages, topics),
            **{f"{name}.dead-letters": _dead_letters(f"{name}.dead-letters") for name in reads},
        },
        "operations": _operations(messages, topics, reads),
        "components": {"messages": {**messages, _DEAD_LETTER: known[_DEAD_LETTER]}},
    }


def topics_read(
    ready_made: Document,
    contexts: Mapping[str, Mapping[str, Any]],
    described: Mapping[str, tuple[str, Document]],
) -> dict[str, list[str]]:
    """Return the topics that each context reads which reads any; see `events_document`."""
    topics = _topics(ready_made, contexts)
    reads = _reads(_messages(ready_made, contexts, described), contexts)
    return {
        name: list(dict.fromkeys(topics[type_][0] for type_ in types))
        for name, types in reads.items()
    }


def _messages(
    ready_made: Document,
    contexts: Mapping[str, Mapping[str, Any]],
    described: Mapping[str, tuple[str, Document]],
) -> dict[str, Document]:
    """Return the message of each event, by its type."""
    known = ready_made["components"]["messages"]
    messages = {
        **{type_: it for type_, it in known.items() if type_.partition(".")[0] in contexts},
        **{type_: _message(type_, *it, known) for type_, it in described.items()},
    }
    return dict(sorted(messages.items()))


def _reads(
    messages: Mapping[str, Document], contexts: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Return the types of events that each context reads."""
    types = {f"{type_.partition('.')[0]}_v1.{it['title']}": type_ for type_, it in messages.items()}
    return {
        name: [
            types[spelled]
            for read in facts["reads"].values()
            for spelled in read
            if spelled in types
        ]
        for name, facts in contexts.items()
        if facts["handles"]
    }


def _topics(
    ready_made: Document, contexts: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[str, bool]]:
    """Return by an event's type its topic, and whether the last event of each key is kept."""
    found = {}
    channels = ready_made["channels"]
    for context, facts in contexts.items():
        if (name := f"{context}.events") in channels:
            kept = facts["compacted"] or bool(facts["asked_rows"])
            found.update(dict.fromkeys(channels[name]["messages"], (name, kept)))
        for name, topic in facts["topics"].items():
            found.update(dict.fromkeys(topic["types"], (name, topic["compacted"])))
    return found


def _channels(messages: Mapping[str, Document], topics: Mapping[str, tuple[str, bool]]) -> Document:
    found: dict[str, Document] = {}
    for type_ in messages:
        name, kept = topics[type_]
        channel = found.setdefault(name, _channel(name, compacted=kept))
        channel["messages"][type_] = {"$ref": f"#/components/messages/{type_}"}
    return found


def _channel(  # noqa: PLR0913 - as `Topic` in a project's kit_kafka.topics has them
    name: str,
    *,
    compacted: bool = False,
    partitions: int = 6,
    days: int = 14,
    largest: int = 1_048_576,
    messages: Document | None = None,
) -> Document:
    configuration = {
        "cleanup.policy": ["compact" if compacted else "delete"],
        "retention.ms": days * _MILLISECONDS,
        "max.message.bytes": largest,
    }
    binding = {
        "topic": name,
        "partitions": partitions,
        "topicConfiguration": configuration,
        "bindingVersion": "0.5.0",
    }
    return {
        "address": name,
        "messages": {} if messages is None else messages,
        "bindings": {"kafka": binding},
    }


def _dead_letters(name: str) -> Document:
    messages = {_DEAD_LETTER: {"$ref": f"#/components/messages/{_DEAD_LETTER}"}}
    return _channel(name, partitions=1, days=90, largest=2 * 1_048_576, messages=messages)


def _operations(
    messages: Mapping[str, Document],
    topics: Mapping[str, tuple[str, bool]],
    reads: Mapping[str, list[str]],
) -> Document:
    found: dict[str, Document] = {}

    def add(name: str, action: str, type_: str) -> None:
        channel = f"#/channels/{topics[type_][0]}"
        new = {"action": action, "channel": {"$ref": channel}, "messages": []}
        operation = found.setdefault(name, new)
        operation["messages"].append({"$ref": f"{channel}/messages/{type_}"})

    for type_ in messages:
        context, topic = type_.partition(".")[0], topics[type_][0]
        others = "" if topic == f"{context}.events" else f"-{topic}"
        add(f"{context}-publishes{others}", "send", type_)
    for context, handled in reads.items():
        for type_ in handled:
            add(f"{context}-reads-{topics[type_][0]}", "receive", type_)
    return found


def _message(type_: str, cls: str, schema: Document, known: Mapping[str, Document]) -> Document:
    """Return a message; its headers are those of any other, but for its type."""
    headers = next(it for it in known.values() if it.get("payload"))["headers"]
    of_type = {"ce_type": {"type": "string", "const": type_}}
    return {
        "name": type_,
        "title": cls,
        "summary": schema["description"].splitlines()[0],
        "contentType": "application/json",
        "headers": {**headers, "properties": {**headers["properties"], **of_type}},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": _pointed(schema, f"#/components/messages/{type_}/payload/schema/$defs/"),
        },
    }


def _pointed(part: Any, pointer: str) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a schema whose references are seen from the root of the document."""
    if isinstance(part, list):
        return [_pointed(one, pointer) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: pointer + value.rpartition("/")[2] if key == "$ref" else _pointed(value, pointer)
        for key, value in part.items()
    }
