"""`python -m dev.run [--database NAME | --server] COMMAND...`: runs a command with DATABASE_URL and
MIGRATION_DATABASE_URL set to the roles of the development database, which is started for the
command if `make dev` does not run. With --server it is ADMIN_DATABASE_URL that is set."""

import os
import subprocess
import sys

from dev.database import administrator, database
from dev.postgres import PostgresError
from kit.commands import BAD_INPUT, UNAVAILABLE, run


def _execute(command: list[str]) -> int:
    name = None
    if command[:1] == ["--database"]:
        name, command = command[1], command[2:]
    if command[:1] == ["--server"]:
        with administrator() as admin:
            return _call(command[1:], {} if admin is None else {"ADMIN_DATABASE_URL": admin})
    with database(name) as roles:
        return _call(command, roles.environment)


def _call(command: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(command, env=os.environ | environment, check=False).returncode


def main(command: list[str]) -> int:
    if not command:
        print("usage: python -m dev.run [--database NAME | --server] COMMAND...", file=sys.stderr)
        return BAD_INPUT
    return run(lambda: _execute(command), {PostgresError: (UNAVAILABLE, str)})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
