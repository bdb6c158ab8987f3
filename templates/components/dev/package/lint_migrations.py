"""`python -m dev.lint_migrations`: holds the SQL of every revision to squawk's rules.

A revision that records `oldest_code` may break older code; it gives its reason for what else it
does in `squawk_ignore`, by rule.
"""

import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from alembic import command
from alembic.script import Script

from dev.contexts import schemas
from kit.migrations import MigrationError, configuration, oldest_code, revisions

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


def main(names: list[str]) -> int:
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
    return "\n\n".join(each for each in statements if f"{name}.alembic_version" not in each)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
