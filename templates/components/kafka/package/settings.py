"""How a process reaches its brokers, from the environment."""

import logging
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from kit.settings import CommonSettings

Role = Literal["api", "relay", "consumer"]
Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]


class KafkaSettings(CommonSettings):
    """What every process that publishes or consumes reads."""

    # What this process is, separated by commas: in production each may have processes of its own.
    # Without it, all that the context has.
    roles: Annotated[frozenset[Role], NoDecode] = frozenset()
    kafka_bootstrap_servers: str = Field(min_length=1)
    kafka_security_protocol: Protocol | None = Field(default=None, validate_default=True)
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str = Field(default="", validate_default=True)
    kafka_sasl_password: SecretStr = Field(default=SecretStr(""), validate_default=True)
    # PEM files; without KAFKA_SSL_CA_LOCATION the system's authorities are believed.
    kafka_ssl_ca_location: Path | None = None
    kafka_ssl_certificate_location: Path | None = None
    kafka_ssl_key_location: Path | None = None
    # `classic` for brokers before Apache Kafka 4; both rebalance cooperatively.
    kafka_group_protocol: Literal["consumer", "classic"] = "consumer"
    # Where a trigger consumes and no process does: its group of each topic, `{group}` and `{topic}`
    # within.
    kafka_trigger_groups: str = ""
    # Of topics that do not say otherwise; may be raised later, never lowered.
    kafka_partitions: int = Field(default=6, ge=1, le=1_000)
    kafka_replication_factor: int = Field(default=1, ge=1, le=9)
    kafka_min_insync_replicas: int = Field(default=1, ge=1, le=9)
    kafka_create_topics: bool | None = Field(default=None, validate_default=True)
    max_event_bytes: int = Field(default=262_144, ge=1_024)
    # Events dated further ahead than this come from a wrong clock.
    max_clock_skew_seconds: float = Field(default=300, gt=0)
    # After how many seconds a failed event is tried again; after the last one it is a dead letter.
    retry_delays_seconds: Annotated[tuple[float, ...], NoDecode] = (1, 5, 30, 120, 600)
    # Longer than topics keep events: what is forgotten would be handled again.
    retention_inbox_days: float = Field(default=30, gt=0)

    @property
    def pool_size(self) -> int:
        """Who serves no API does one thing after the other."""
        return self.database_pool_size if "api" in (self.roles or {"api"}) else 2

    @field_validator("kafka_security_protocol")
    @classmethod
    def _explicit_in_production(
        cls, protocol: Protocol | None, info: ValidationInfo
    ) -> Protocol | None:
        production = info.data.get("environment") == "production"
        if protocol is None and production:
            raise ValueError("must be set when ENVIRONMENT=production; SASL_SSL is the safe choice")
        clear = protocol in {"PLAINTEXT", "SASL_PLAINTEXT"}
        if production and clear and "kafka" not in info.data.get("plaintext_allowed", ()):
            raise ValueError(
                f"{protocol} sends everything in clear: SASL_SSL or SSL in production;"
                " on a private network of your own, PLAINTEXT_ALLOWED=kafka allows it"
            )
        return protocol

    @field_validator("kafka_sasl_username", "kafka_sasl_password")
    @classmethod
    def _credentials(cls, value: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not text and (info.data.get("kafka_security_protocol") or "").startswith("SASL"):
            raise ValueError("must be set when KAFKA_SECURITY_PROTOCOL is SASL_SSL or _PLAINTEXT")
        return value

    @field_validator("kafka_min_insync_replicas")
    @classmethod
    def _one_may_fail(cls, replicas: int, info: ValidationInfo) -> int:
        factor = info.data.get("kafka_replication_factor", replicas)
        if replicas > factor:
            raise ValueError(f"must be at most KAFKA_REPLICATION_FACTOR, which is {factor}")
        return replicas

    @field_validator("kafka_create_topics")
    @classmethod
    def _create_outside_production(cls, create: bool | None, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic calls it
        return info.data.get("environment") != "production" if create is None else create

    @field_validator("roles", "retry_delays_seconds", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    def group_of(self, context: str, topic: str) -> str:
        """The group in which the context's consumer reads a topic."""
        return self.kafka_trigger_groups.format(group=context, topic=topic) or context

    def kafka_client(self, name: str) -> dict[str, Any]:
        """What librdkafka needs to connect; `name` is the client's in the brokers' logs."""
        config: dict[str, Any] = {
            "bootstrap.servers": self.kafka_bootstrap_servers,
            "client.id": name,
            "security.protocol": self.kafka_security_protocol or "PLAINTEXT",
            "reconnect.backoff.max.ms": 2_000,
            "socket.keepalive.enable": True,
            "logger": logging.getLogger("kafka"),
            # A line for each failed connection is too many; whoever waits for a broker says so.
            "log_level": 2,
        }
        if config["security.protocol"].startswith("SASL"):
            config |= {
                "sasl.mechanism": self.kafka_sasl_mechanism,
                "sasl.username": self.kafka_sasl_username,
                "sasl.password": self.kafka_sasl_password.get_secret_value(),
            }
        files = {
            "ssl.ca.location": self.kafka_ssl_ca_location,
            "ssl.certificate.location": self.kafka_ssl_certificate_location,
            "ssl.key.location": self.kafka_ssl_key_location,
        }
        if config["security.protocol"].endswith("SSL"):
            config |= {key: str(path) for key, path in files.items() if path is not None}
        return config
