"""Evaluates conditions on an embedded PostgreSQL, which a generated project's Python has.

Reads statements and conditions as JSON, runs the former, and prints what each condition is for each
row of the table `thing`, in the order of `number`.
"""

import json
import sys
import tempfile
from pathlib import Path

import psycopg  # type: ignore[import-not-found]
from dev.postgres import EmbeddedPostgres  # type: ignore[import-not-found]


def main() -> None:
    asked = json.load(sys.stdin)
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder) / "postgres", durable=False) as server,
        psycopg.connect(server.url) as connection,
    ):
        # Where clocks are changed, a day has not always 24 hours.
        connection.execute("SET timezone TO 'Europe/Berlin'")
        for statement in asked["statements"]:
            connection.execute(statement)
        found = []
        for condition in asked["conditions"]:
            rows = connection.execute(f"SELECT {condition} FROM thing ORDER BY number")  # noqa: S608
            found.append([holds for (holds,) in rows])
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
