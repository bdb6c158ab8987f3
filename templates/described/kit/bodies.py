"""Request bodies that are read where the use case asks for them: after it knows who may do it.

FastAPI would check a body first, and tell somebody who may not see a row what is wrong with theirs.
"""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

B = TypeVar("B", bound=BaseModel)

ABSENT: Any = None
"""What a field has that need not be sent and may not be null; it is not among the fields set."""


class Body(BaseModel):
    """What a client sends: nothing unknown."""

    model_config = ConfigDict(extra="forbid")


def read_body(model: type[B], content: bytes) -> B:
    """The body; none is as good as `{}`. Raises RequestValidationError, which is 400 or 422."""
    return _read(model, _decoded(content))


def read_id(model: type[BaseModel], content: bytes, name: str) -> Any:
    """The UUID in a field of the body, whatever is wrong with others; None where it may be absent.

    Raises RequestValidationError, of all that is wrong, where this field or the body as such is.
    """
    value = _decoded(content)
    try:
        _read(model, value)
    except RequestValidationError as error:
        if not isinstance(value, dict) or any(each["loc"][1] == name for each in error.errors()):
            raise
    given = value.get(name)
    return None if given is None else UUID(given)


def read_patch(
    model: type[B], content: bytes, current: Mapping[str, Any], deep: Collection[str] = ()
) -> B:
    """A JSON Merge Patch (RFC 7396) on a row whose JSON is `current`.

    The fields of `deep` are merged key by key, others are replaced. Raises RequestValidationError.
    """
    patch = _decoded(content)
    if isinstance(patch, dict):
        patch = {
            name: _merged(current.get(name), value) if name in deep else value
            for name, value in patch.items()
        }
    return _read(model, patch)


def body_of(
    model: type[BaseModel], *, required: bool = True, patch: bool = False
) -> dict[str, Any]:
    """A route's `openapi_extra` that describes its body."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for field in schema.get("properties", {}).values():
        if field.get("default", "") is None:
            del field["default"]
    types = ("application/merge-patch+json", "application/json") if patch else ("application/json",)
    content = {media_type: {"schema": schema} for media_type in types}
    return {"requestBody": {"required": required, "content": content}}


def _decoded(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RequestValidationError(
            [{"type": "json_invalid", "loc": ("body",), "msg": ""}]
        ) from None


def _read(model: type[B], value: object) -> B:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in found]
        ) from None


def _merged(current: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(current) if isinstance(current, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result
