"""What a process reads that has contexts on MySQL or MariaDB."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from kit.settings import CommonSettings

_EXAMPLE = "such as mysql://shop:…@mysql.example:3306/shop"


class MySqlSettings(CommonSettings):
    """Of whichever process serves such a context."""

    # Each context has a database of its own, whose name begins with this one's: shop_orders.
    mysql_database_url: SecretStr
    # Of a worker, for each such context.
    mysql_pool_size: int = Field(default=4, ge=2, le=200)
    # On a private network of your own.
    mysql_plaintext_allowed: bool = False

    @field_validator("mysql_database_url")
    @classmethod
    def _mysql_database_url(cls, url: SecretStr, info: ValidationInfo) -> SecretStr:
        return checked_mysql_url(url, info.data.get("environment") == "production")

    @field_validator("mysql_plaintext_allowed")
    @classmethod
    def _encrypted(cls, allowed: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        url, production = info.data.get("mysql_database_url"), info.data.get("environment")
        if url is not None and production == "production" and not allowed:
            authority = parse_qs(urlsplit(url.get_secret_value()).query).get("ssl_ca", [""])[0]
            if not Path(authority).is_absolute():
                raise ValueError(
                    "MYSQL_DATABASE_URL needs ssl_ca=/PATH of the server's authority when"
                    " ENVIRONMENT=production; on a private network of your own this may be true"
                )
        return allowed


class OnMySqlAlone(MySqlSettings):
    """Of a process that has no PostgreSQL."""

    # Neither asked for nor connected to, whatever it is.
    database_url: SecretStr = SecretStr("")

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, url: SecretStr, info: ValidationInfo) -> SecretStr:
        del info
        return url


def checked_mysql_url(url: SecretStr, production: bool) -> SecretStr:  # noqa: FBT001 - a fact
    """The URL itself; raises ValueError, which shows none of it."""
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in {"mysql", "mariadb"} or not parts.hostname:
        raise ValueError(f"must be a URL of MySQL or MariaDB, {_EXAMPLE}")
    if not parts.path.strip("/"):
        raise ValueError(f"must name a database, {_EXAMPLE}")
    if production and not parts.password:
        raise ValueError("needs a password when ENVIRONMENT=production")
    return url
