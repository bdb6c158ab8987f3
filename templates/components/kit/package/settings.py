"""Settings come from the environment, are checked at start, and an error names the variable."""

import os
from datetime import timedelta
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Environment = Literal["development", "test", "production"]
Plaintext = Literal["postgres", "kafka"]

_DEFAULT_PASSWORDS = {"", "postgres", "password", "secret", "admin", "changeme", "app"}


class SettingsError(Exception):
    """What is wrong with the environment, one line per variable."""


class CommonSettings(BaseSettings):
    """What every process of the project reads."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Environment = "development"
    # What may be reached without encryption in production, separated by commas.
    plaintext_allowed: Annotated[frozenset[Plaintext], NoDecode] = frozenset()
    # The role that works on rows; another one owns the tables.
    database_url: SecretStr
    # Of each of a worker's two pools; 1 where one request is served at a time.
    database_pool_size: int = Field(default=4, ge=1, le=200)
    # False behind a pooler that gives a connection for one transaction and does not know them.
    database_prepared_statements: bool = True
    # The server's own variable; every worker has connections of its own.
    granian_workers: int = Field(default=1, ge=1)
    statement_timeout_ms: int = Field(default=5_000, ge=100)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    max_body_bytes: int = Field(default=1_048_576, ge=1_024)
    request_timeout_seconds: float = Field(default=10, gt=0)
    max_concurrent_requests: int = Field(default=200, ge=1)
    # From SIGTERM until no connection is taken any more: as long as load balancers look at /readyz.
    # None: 5 in production, otherwise 0.
    drain_seconds: float | None = Field(default=None, ge=0, le=300)
    shutdown_timeout_seconds: float = Field(default=20, gt=0)
    # Messages in an outbox, after everybody has taken them; what nobody will try any more.
    retention_outbox_days: float = Field(default=7, gt=0)
    retention_parked_days: float = Field(default=90, gt=0)
    # Separated by commas.
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    otel_exporter_otlp_endpoint: str | None = None
    traces_sample_ratio: float = Field(default=1, ge=0, le=1)
    # A gateway in front has decided which traces are recorded; nobody else reaches this process.
    traces_follow_gateway: bool = False
    # Names with addresses, as JSON: what `/` shows in development.
    development_links: dict[str, str] = {}

    @property
    def pool_size(self) -> int:
        """Connections of each pool of this process."""
        return self.database_pool_size

    @property
    def keep_delivered_messages(self) -> timedelta:
        """How long a message stays in an outbox after its delivery."""
        return timedelta(days=self.retention_outbox_days)

    @property
    def keep_parked_messages(self) -> timedelta:
        """How long a message stays that was given up for a consumer."""
        return timedelta(days=self.retention_parked_days)

    @field_validator("log_level")
    @classmethod
    def _no_debug_in_production(cls, value: str, info: ValidationInfo) -> str:
        if value == "DEBUG" and info.data.get("environment") == "production":
            raise ValueError("must not be DEBUG when ENVIRONMENT=production")
        return value

    @field_validator("cors_origins", "plaintext_allowed", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("cors_origins")
    @classmethod
    def _named_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
                raise ValueError("each must be an origin such as https://shop.example")
        return origins

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, url: SecretStr, info: ValidationInfo) -> SecretStr:
        return checked_database_url(url, info)


def checked_database_url(url: SecretStr, info: ValidationInfo) -> SecretStr:
    """The URL itself; raises ValueError, which shows none of it."""
    text = url.get_secret_value()
    if urlsplit(text).scheme not in {"postgresql", "postgres"}:
        raise ValueError("must be a URL that begins with postgresql://")
    try:
        parts = conninfo_to_dict(text)
    except ProgrammingError:
        message = "is no URL of PostgreSQL: percent-encode all but letters, digits and -._~"
        raise ValueError(message) from None
    if not _in_production(info):
        return url
    if str(parts.get("password", "")) in _DEFAULT_PASSWORDS:
        raise ValueError("needs a password of its own when ENVIRONMENT=production")
    mode = parts.get("sslmode") or os.environ.get("PGSSLMODE", "")
    sockets = "hostaddr" not in parts and all(
        host.startswith("/") for host in str(parts.get("host", "")).split(",")
    )
    if (
        mode != "verify-full"
        and not sockets
        and "postgres" not in info.data.get("plaintext_allowed", ())
    ):
        raise ValueError(
            "needs sslmode=verify-full when ENVIRONMENT=production, and sslrootcert where the"
            " server's authority is not the system's; on a private network of your own,"
            " PLAINTEXT_ALLOWED=postgres allows less"
        )
    return url


def options_of(database_url: str) -> str:
    """The settings that connections of a URL ask for, as libpq's `options`; it reads PGOPTIONS only
    where the URL has none."""
    return str(conninfo_to_dict(database_url).get("options") or os.environ.get("PGOPTIONS", ""))


def role_of(database_url: str) -> str:
    """The role that a URL logs in as; empty where it names none."""
    return str(conninfo_to_dict(database_url).get("user") or "")


def _in_production(info: ValidationInfo) -> bool:
    return info.data.get("environment") == "production"


S = TypeVar("S", bound=CommonSettings)


def load(cls: type[S]) -> S:
    """Read the settings; raises SettingsError.

    A `.env` file is not read: it is Compose's, and what it says of production, such as where
    e-mail goes, is not for whoever develops or tests beside it.
    """
    try:
        return cls()
    except ValidationError as error:
        lines = (
            f"{'.'.join(str(part) for part in each['loc']).upper()}: {_reason(each)}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError("\n".join(lines)) from None


def _reason(error: object) -> str:
    kind, message = (error["type"], error["msg"]) if isinstance(error, dict) else ("", "")
    return "is not set" if kind == "missing" else str(message).removeprefix("Value error, ")
