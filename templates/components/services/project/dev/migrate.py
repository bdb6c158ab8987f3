"""`python -m dev.migrate`: make the services' databases on the server of DATABASE_URL, and bring
each to its newest schema."""

import importlib
import os
import sys

import psycopg

from dev.contexts import CONTEXTS
from dev.postgres import create_database
from kit.migrate import migrate


def main() -> int:
    server = os.environ["DATABASE_URL"]
    try:
        for context in CONTEXTS:
            schemas = importlib.import_module(f"{context}_service.composition").SCHEMAS
            if code := migrate(create_database(server, context), schemas):
                return code
    except psycopg.Error as error:
        print(f"error: {str(error).strip()}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
