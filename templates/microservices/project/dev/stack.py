"""What `make dev` runs: PostgreSQL, the services and the gateway."""

from dev.services import Services as Stack

__all__ = ["Stack"]
