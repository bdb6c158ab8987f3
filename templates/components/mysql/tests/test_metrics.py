"""A context's pool on MySQL is shown beside its process's own, and so whether it answers."""

from fastapi import APIRouter
from sqlalchemy import make_url

from kit.composition import Part
from kit.metrics import Metrics
from kit.mysql.composition import checked
from kit.mysql.database import Database


def test_its_pool_is_shown_beside_the_processs_own(mariadb: str) -> None:
    url = make_url(mariadb).set(drivername="mysql+asyncmy")
    first, second = Database(url, "first"), Database(url, "second", pool_size=7)
    metrics = Metrics()
    for database in (first, second):
        for observe in checked(Part(router=APIRouter()), database).observe:
            observe(metrics)
    assert metrics.databases == [first, second]
    shown = [name for one in metrics.databases for name in one.connections_in_use()]
    assert shown == ["mysql_first", "mysql_second"]
