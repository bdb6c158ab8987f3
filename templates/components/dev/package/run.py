"""`python -m dev.run [--database NAME] COMMAND...`: runs a command with DATABASE_URL set to the
development database, which is started for the command if `make dev` does not run."""

import os
import subprocess
import sys

from dev.database import database_url
from dev.postgres import PostgresError


def main(command: list[str]) -> int:
    name = None
    if command[:1] == ["--database"]:
        name, command = command[1], command[2:]
    if not command:
        print("usage: python -m dev.run [--database NAME] COMMAND...", file=sys.stderr)
        return 2
    try:
        with database_url(name) as url:
            done = subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False)
    except PostgresError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
