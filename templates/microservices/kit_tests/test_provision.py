"""A service gets a database that no other service may enter."""

from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from kit.provision import provision

pytestmark = pytest.mark.postgres


def login(server: str, user: str, password: str, database: str) -> str:
    parts = urlsplit(server)
    place = f"{user}:{password}@{parts.hostname}:{parts.port}"
    return urlunsplit(parts._replace(netloc=place, path=f"/{database}"))


def test_each_service_enters_its_own_database_alone(database_url: str) -> None:
    one, other = f"one_{uuid4().hex}", f"other_{uuid4().hex}"
    own = {
        name: login(database_url, name, f"of {name}".replace(" ", "%20"), name)
        for name in (one, other)
    }
    try:
        for url in (*own.values(), *own.values()):  # to repeat it changes nothing
            provision(database_url, url)
        with psycopg.connect(own[one]) as connection:
            connection.execute("CREATE SCHEMA mine")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(urlunsplit(urlsplit(own[one])._replace(path=f"/{other}")))
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            for kind in ("DATABASE", "ROLE"):
                for name in own:
                    drop = sql.SQL("DROP {} IF EXISTS {}")
                    connection.execute(drop.format(sql.SQL(kind), sql.Identifier(name)))
