"""Identifiers."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID of version 7: ordered by time, so it is a sort key and keeps indexes compact."""
    return uuid7()
