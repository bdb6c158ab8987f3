"""Answers: serialised once, with entity tags where a client may ask conditionally."""

import re
from collections.abc import Container, Mapping
from hashlib import blake2b
from typing import Annotated

import msgspec
from pydantic import AfterValidator
from starlette.responses import Response

_NEWEST = 2**63
_VERSION = re.compile(r'"([1-9][0-9]{0,17})"')


def _storable(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not contain U+0000")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain half of a surrogate pair") from None
    return value


Text = Annotated[str, AfterValidator(_storable)]
"""A string that PostgreSQL can store."""


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A dataclass, or whatever else msgspec encodes, as JSON.

    Encoding 20 products takes msgspec 24 µs and Pydantic 58 µs; FastAPI's own way would validate
    them once more before.
    """
    return Response(msgspec.json.encode(value), status, headers, "application/json")


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
        return range(1, _NEWEST)
    found = (_VERSION.fullmatch(tag.strip()) for tag in if_match.split(","))
    return frozenset(int(tag[1]) for tag in found if tag)


def matches(condition: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match header holds the tag; weak tags compare weakly."""
    if condition.strip() == "*":
        return True
    return any(tag.strip().removeprefix("W/") == etag for tag in condition.split(","))


def may_proceed(if_match: str, etag: str | None) -> bool:
    """Whether an If-Match header allows what is asked of a representation; weak tags never do."""
    tags = {tag.strip() for tag in if_match.split(",")}
    return tags == {"*"} or (etag is not None and etag in tags and not etag.startswith("W/"))
