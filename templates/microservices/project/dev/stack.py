"""What `make dev` runs: PostgreSQL, the services and the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dev.contexts import SERVICES
from dev.services import Services
from kit.service_tokens import new_key_pair


@dataclass(frozen=True)
class Stack(Services):
    """One run on this machine; each service has a key of its own, which ends with the run."""

    keys: Mapping[str, tuple[str, str]] = field(
        default_factory=lambda: {service: new_key_pair() for service in SERVICES}, repr=False
    )

    def settings(self, service: str, database_url: str) -> Mapping[str, str]:
        """A service's environment, with its private key and everybody's public one."""
        private, _ = self.keys[service]
        known = {f"{name.upper()}_PUBLIC_KEYS": public for name, (_, public) in self.keys.items()}
        return {**super().settings(service, database_url), **known, "SERVICE_KEY": private}
