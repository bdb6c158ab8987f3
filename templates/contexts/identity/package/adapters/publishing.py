"""Identity's events as others know them."""

from contracts import identity_v1
from identity.domain.user import DomainEvent


def to_contract(event: DomainEvent) -> identity_v1.UserRegistered:
    """The versioned event of a domain event."""
    return identity_v1.UserRegistered(
        user_id=event.user_id,
        email=event.email,
        name=event.name,
        registered_at=event.registered_at,
    )
