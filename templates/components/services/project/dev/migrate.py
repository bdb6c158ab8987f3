"""`python -m dev.migrate`: bring each service's database to its newest schema, as its owner.

With ADMIN_DATABASE_URL, roles and databases are made there; else it is the databases of
DATABASE_URL's server, as the role of MIGRATION_DATABASE_URL or that of DATABASE_URL. With
DESTRUCTIVE=yes, also what loses data.
"""

import importlib
import os
import sys

from dev.contexts import SERVICES
from dev.database import given, make
from dev.postgres import create_database
from kit.commands import run
from kit.migrate import migrate


def _migrate() -> int:
    admin = os.environ.get("ADMIN_DATABASE_URL")
    destructive = os.environ.get("DESTRUCTIVE") == "yes"
    for service in SERVICES:
        schemas = importlib.import_module(f"{service}_service.composition").SCHEMAS
        if admin is None:
            roles = given(service)
            create_database(given().owner, service)
        else:
            roles = make(admin, service)
        if code := migrate(roles.owner, roles.rows, schemas, destructive=destructive):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(run(_migrate))
