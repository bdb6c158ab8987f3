"""`python -m dev.migration write MESSAGE [CONTEXT]` and `python -m dev.migration lint [CONTEXT...]`.

The first writes the next revision of each context whose tables are not what its migrations make, or
of CONTEXT. They are compared in a database that is made for it; no other one is touched.

The second holds the SQL of every revision to squawk's rules. A revision that records `oldest_code`
may break older code; it gives its reason for what else it does in `squawk_ignore`, by rule.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from alembic import command
from alembic.operations import ops
from alembic.script import Script

from dev.contexts import schemas
from dev.database import scratch_server
from dev.postgres import PostgresError, create_database
from kit.migration_session import connected
from kit.migrations import (
    MigrationError,
    configuration,
    head_of,
    oldest_code,
    revisions,
    upgrade,
)

SQUAWK = Path(sys.executable).with_name("squawk")
POSTGRES = "18.0"
NOT_OURS = {
    "prefer-bigint-over-int": "numbers here are small: attempts, versions; identifiers are UUIDs",
    "prefer-robust-stmts": "a revision is a transaction; what runs concurrently says IF NOT EXISTS",
    "require-lock-timeout": "kit.migration_session sets it for all",
    "require-statement-timeout": "kit.migration_session sets it for all",
}
"""Rules that we do not hold to, with the reason."""
BREAKS_OLDER_CODE = frozenset(
    {
        "adding-not-nullable-field",
        "adding-required-field",
        "ban-drop-column",
        "ban-drop-table",
        "changing-column-type",
        "renaming-column",
        "renaming-table",
    }
)


def write(arguments: list[str]) -> int:
    message, context = [*arguments, "", ""][:2]
    if not message.strip():
        print("usage: make migration MESSAGE='what changes' [CONTEXT=…]", file=sys.stderr)
        return 2
    if context and context not in schemas():
        print(f"error: {context} is none of {', '.join(schemas())}", file=sys.stderr)
        return 2
    written = False
    try:
        with scratch_server() as server:
            for name in [context] if context else schemas():
                url = create_database(server, name)
                upgrade(url, [name])
                if file := written_for(url, name, message, empty_too=bool(context)):
                    _format(file)
                    print(_told(file))
                    written = True
    except (PostgresError, MigrationError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    if not written:
        print(
            "every context's tables are what its migrations make; CONTEXT=… for a revision without"
            " changes of tables",
            file=sys.stderr,
        )
    return 0 if written else 1


def written_for(url: str, name: str, message: str, *, empty_too: bool) -> Path | None:
    """The file of the context's next revision: from the database to the context's tables."""
    with connected(url) as connection:
        config = configuration(name, connection)
        config.stdout = StringIO()
        destructive: list[str] = []
        config.attributes["destructive"] = destructive

        def look(_: object, __: object, directives: list[ops.MigrationScript]) -> None:
            upgrades = directives[0].upgrade_ops
            if upgrades is not None and not upgrades.is_empty():
                destructive.extend(breaks(upgrades))
            elif not empty_too:
                directives.clear()

        script = command.revision(
            config,
            message.strip().replace("\\", "/").replace('"', "'"),
            autogenerate=True,
            rev_id=f"{int(head_of(name)) + 1:04}",
            process_revision_directives=look,
        )
    return Path(script.path) if isinstance(script, Script) else None


def breaks(operations: ops.OpContainer) -> Iterator[str]:
    """What code of before may still need, in words."""
    for each in operations.ops:
        match each:
            case ops.OpContainer():
                yield from breaks(each)
            case ops.DropTableOp():
                yield f"drops the table {each.table_name}"
            case ops.DropColumnOp():
                yield f"drops the column {each.table_name}.{each.column_name}"
            case ops.AddColumnOp() if not (each.column.nullable or each.column.server_default):
                yield f"wants a value of {each.table_name}.{each.column.name}"
            case ops.AlterColumnOp():
                yield from _altered(each)
            case ops.CreateUniqueConstraintOp() | ops.CreateForeignKeyOp():
                yield f"adds the constraint {each.constraint_name}"
            case ops.CreateIndexOp() if each.unique:
                yield f"adds the unique index {each.index_name}"


def _altered(column: ops.AlterColumnOp) -> Iterator[str]:
    name = f"{column.table_name}.{column.column_name}"
    if column.modify_type is not None:
        yield f"changes the type of {name}"
    if column.modify_nullable is False:
        yield f"wants a value of {name}"
    if column.modify_server_default is None and column.existing_server_default is not None:
        yield f"drops the default of {name}"


def _told(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    if "\noldest_code" in text:
        return f"{file}: look at oldest_code, which docs/migrations.md explains"
    return str(file)


def _format(file: Path) -> None:
    for arguments in (("check", "--quiet", "--fix-only"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(file)], check=False)


def lint(names: list[str]) -> int:
    try:
        found = [complaints(name, each) for name in names or schemas() for each in revisions(name)]
    except MigrationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("".join(found), end="")
    return 1 if any(found) else 0


def complaints(name: str, revision: Script) -> str:
    """What squawk finds in a revision, with lines of its SQL; empty where all is well."""
    ignored = {*NOT_OURS, *getattr(revision.module, "squawk_ignore", {})}
    if oldest_code(revision):
        ignored |= BREAKS_OLDER_CODE
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}_{Path(revision.path).stem}.sql"
        file.write_text(rendered(name, revision), encoding="utf-8")
        done = subprocess.run(
            [str(SQUAWK), f"--pg-version={POSTGRES}", f"--exclude={','.join(ignored)}", file.name],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    return "" if done.returncode == 0 else f"{revision.path}\n{done.stdout}{done.stderr}\n"


def rendered(name: str, revision: Script) -> str:
    """The SQL of one revision, without what Alembic writes into its own table."""
    config = configuration(name)
    config.output_buffer = written = StringIO()
    before = revision.down_revision or "base"
    command.upgrade(config, f"{before}:{revision.revision}", sql=True)
    statements = written.getvalue().split("\n\n")
    return "\n\n".join(each for each in statements if ".alembic_version" not in each)


if __name__ == "__main__":
    programs = {"write": write, "lint": lint}
    sys.exit(programs[sys.argv[1]](sys.argv[2:]))
