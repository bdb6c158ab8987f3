"""The Idempotency-Key header: a client's own name for one request, which may then be repeated."""

from typing import Annotated, Any, Final, TypeAlias

from fastapi import Header

from kit.problems import FieldError, Problem

MIN_KEY: Final = 8
MAX_KEY: Final = 128

# Described by `key_parameter`: the framework would check a length after it has read the body only.
IdempotencyKey: TypeAlias = Annotated[str | None, Header(include_in_schema=False)]


def key_parameter(*, required: bool) -> dict[str, Any]:
    """An operation's `openapi_extra`.

    The framework would answer 422 to a required header that is missing; the API promises 400.
    """
    return {
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": required,
                "schema": {"type": "string", "minLength": MIN_KEY, "maxLength": MAX_KEY},
                "description": "Chosen by the client for one request; kept at least 24 hours.",
            }
        ]
    }


def checked_key(key: str | None) -> str | None:
    """The key, or None where none was sent; raises the problem of a key that is none."""
    if key is not None and not MIN_KEY <= len(key) <= MAX_KEY:
        message = f"must have {MIN_KEY} to {MAX_KEY} characters"
        raise Problem(422, errors=[FieldError(pointer="header/idempotency-key", message=message)])
    return key


def required_key(key: str | None) -> str:
    """The key; raises the problem of one that is missing, or none."""
    checked = checked_key(key)
    if checked is None:
        raise Problem(400, "idempotency_key_required", "Send an Idempotency-Key of your own.")
    return checked
