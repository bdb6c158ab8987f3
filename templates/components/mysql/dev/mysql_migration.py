"""`python -m dev.mysql_migration MESSAGE [CONTEXT]`: the next revision of contexts on MySQL.

Of each whose tables are not what its migrations make, in a MariaDB that is made for it. Exits with 1
where there is none; `make migration` then looks at the others.
"""

import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.operations import ops
from alembic.script import Script
from sqlalchemy import Connection

from app import ON_MYSQL
from dev.mariadb import MariaDbError, scratch_url
from dev.migration import _format, breaks
from kit.commands import UNAVAILABLE
from kit.migrations import configuration, head_of, location
from kit.mysql.migrations import on_database, upgrade


def written_for(url: str, name: str, message: str, scratch: Path) -> Path | None:
    """The file of the context's next revision: from what its migrations make to its tables."""
    upgrade(url, [name])
    found: list[Path] = []
    # Alembic wants both in one folder.
    scratch.mkdir()
    for file in (location(name) / "env.py", files("kit") / "migration_environment/script.py.mako"):
        (scratch / file.name).write_bytes(file.read_bytes())

    def write(connection: Connection) -> None:
        config = configuration(name, connection)
        config.set_main_option("script_location", str(scratch).replace("%", "%%"))
        destructive: list[str] = []
        config.attributes["destructive"] = destructive

        def look(_: object, __: object, directives: list[Any]) -> None:
            upgrades: ops.UpgradeOps = directives[0].upgrade_ops
            destructive.extend(breaks(upgrades))
            if upgrades.is_empty():
                directives.clear()

        script = command.revision(
            config,
            message.strip().replace("\\", "/").replace('"', "'"),
            autogenerate=True,
            rev_id=f"{int(head_of(name)) + 1:04}",
            process_revision_directives=look,
        )
        if isinstance(script, Script):
            found.append(Path(script.path))

    on_database(url, name, write)
    return found[0] if found else None


def main(arguments: list[str]) -> int:
    """Write what is missing; the exit code."""
    message, context = [*arguments, "", ""][:2]
    names = [name for name in ON_MYSQL if context in {"", name}]
    if not message.strip() or not names:
        return 1
    written: list[Path] = []
    try:
        with (
            tempfile.TemporaryDirectory(prefix="scratch-") as folder,
            scratch_url(Path(folder) / "mariadb") as url,
        ):
            made = [written_for(url, name, message, Path(folder) / name) for name in names]
            written = [file for file in made if file is not None]
    except MariaDbError as error:
        print(f"error: {error}", file=sys.stderr)
        return UNAVAILABLE
    for file in written:
        _format(file)
        print(file)
    return 0 if written else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
