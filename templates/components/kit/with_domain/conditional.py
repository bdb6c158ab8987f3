"""Answers with entity tags, so that a client may ask, and change, conditionally (RFC 9110, 13)."""

import re
from collections.abc import Container, Mapping
from hashlib import blake2b

import msgspec
from starlette.responses import Response

_NEWEST_VERSION = 2**63
_VERSION = re.compile(r'"([1-9][0-9]{0,17})"')


def conditional_response(
    value: object,
    if_none_match: str | None,
    headers: Mapping[str, str],
    etag: str | None = None,
) -> Response:
    """`value` as JSON with an ETag, or 304 when the client has it; `etag` defaults to a hash."""
    body = msgspec.json.encode(value)
    tag = etag or entity_tag(blake2b(body, digest_size=12).hexdigest())
    tagged = {**headers, "ETag": tag}
    if if_none_match is not None and matches(if_none_match, tag):
        return Response(status_code=304, headers=tagged)
    return Response(body, 200, tagged, "application/json")


def entity_tag(version: object) -> str:
    """A strong entity tag."""
    return f'"{version}"'


def seen_versions(if_match: str | None) -> Container[int] | None:
    """The versions that an If-Match header accepts, of rows whose ETag is their version.

    None where nothing was sent. Weak tags match nothing (RFC 9110, 13.1.1).
    """
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return range(1, _NEWEST_VERSION)
    found = (_VERSION.fullmatch(tag.strip()) for tag in if_match.split(","))
    return frozenset(int(tag[1]) for tag in found if tag)


def matches(condition: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match header holds the tag; weak tags compare weakly."""
    if condition.strip() == "*":
        return True
    return any(tag.strip().removeprefix("W/") == etag for tag in condition.split(","))
