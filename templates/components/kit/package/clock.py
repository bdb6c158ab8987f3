"""What production takes time and identifiers from; tests hand in their own."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUID of version 7: ordered by time, so it is a sort key and keeps indexes compact."""
    return uuid7()
