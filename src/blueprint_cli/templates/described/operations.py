"""What migrations are made of, as Python: Alembic's operations, and ``kit.migration_steps``."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from blueprint_cli.templates.described.entities import SearchIndex, UniqueIndex
from blueprint_cli.templates.described.words import fitting, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blueprint_cli.templates.described.entities import Exclusion
    from blueprint_cli.templates.described.fields import FieldView


def renamed(
    kind: str, table: str, old: Sequence[str], new: Sequence[str]
) -> list[tuple[str, str, str, str]]:
    """Return what is called otherwise: its kind, its table, and both names."""
    both = zip(old, new, strict=True)
    return [(kind, table, before, after) for before, after in both if before != after]


def rename(kind: str, table: str, old: str, new: str) -> str:
    """Rename a constraint or an index."""
    if kind == "INDEX":
        return f'rename_index(SCHEMA, "{old}", "{new}")'
    return f'rename_constraint(SCHEMA, "{table}", "{old}", "{new}")'


def add_column(table: str, name: str, arguments: str) -> str:
    """Add a column, by its type and what else is said of it."""
    return f'op.add_column("{table}", sa.Column("{name}", {arguments}), schema=SCHEMA)'


def make_view(schema: str, name: str, table: str, columns: Sequence[str]) -> str:
    """Make a view of a table, that can be written as well."""
    chosen = ", ".join(f'"{column}"' for column in columns)
    view = f'CREATE VIEW {schema}."{name}" AS SELECT {chosen} FROM {schema}."{table}"'  # noqa: S608 - names of the model
    return f"op.execute({_in_lines(view)})"


def drop_view(schema: str, name: str) -> str:
    """Take `make_view` back."""
    statement = f'DROP VIEW {schema}."{name}"'
    return f"op.execute({quoted(statement)})"


def drop_column(table: str, name: str) -> str:
    """Drop a column."""
    return f'op.drop_column("{table}", "{name}", schema=SCHEMA)'


def alter(table: str, name: str, change: str) -> str:
    """Change a column."""
    return f'op.alter_column("{table}", "{name}", {change}, schema=SCHEMA)'


def default_changed(table: str, name: str, old: str | None, new: str | None) -> list[str]:
    """Set or drop a default where it differs."""
    if old == new:
        return []
    return [alter(table, name, f"server_default={None if new is None else quoted(new)}")]


def foreign_key(table: str, one: FieldView) -> list[str]:
    """Hold new rows to a reference, where a field is one."""
    key = one.foreign_key
    if key is None:
        return []
    places = f'"{table}", "{key.table}", ["{one.name}"], ["id"]'
    more = "source_schema=SCHEMA, referent_schema=SCHEMA, postgresql_not_valid=True"
    return [f'op.create_foreign_key("{key.name}", {places}, {more})']


def fill(table: str, column: str, value: str, where: str) -> str:
    """Fill a column in batches, with what is SQL."""
    values = f'"{column}" = {value}'
    return f'fill(SCHEMA, "{table}", {quoted(values)}, {quoted(where)})'


def drop_key(table: str, one: FieldView) -> list[str]:
    """Take `foreign_key` back."""
    key = one.foreign_key
    return [] if key is None else [drop_constraint(table, key.name)]


def add_check(table: str, name: str, condition: str) -> str:
    """Hold new rows to a condition."""
    return (
        f'op.create_check_constraint(op.f("{name}"), "{table}", {condition}, '
        "schema=SCHEMA, postgresql_not_valid=True)"
    )


def drop_constraint(table: str, name: str) -> str:
    """Drop a constraint."""
    return f'op.drop_constraint(op.f("{name}"), "{table}", schema=SCHEMA)'


def add_exclusion(table: str, one: Exclusion) -> str:
    """Let no rows overlap."""
    fields = "".join(f'("{name}", "="), ' for name in one.fields)
    where = f", where=sa.text({one.where_py})" if one.where_py else ""
    return (
        f'op.create_exclude_constraint("{one.name}", "{table}", {fields}'
        f'(sa.literal_column({one.range_py}), "&&"), using="gist"{where}, schema=SCHEMA)'
    )


def columns_of(index: UniqueIndex | SearchIndex) -> set[str]:
    """Return the columns of an index."""
    if isinstance(index, UniqueIndex):
        return set(index.fields)
    return {column.split()[0].strip('"') for column in index.columns}


def _created(table: str, index: UniqueIndex | SearchIndex, name: str) -> str:
    if isinstance(index, SearchIndex):
        columns, more = index.columns_migration_py, ""
    else:
        where = f", postgresql_where=sa.text({index.where_py})" if index.where_py else ""
        columns, more = index.columns_py, f", unique=True{where}"
    return (
        f'op.create_index("{name}", "{table}", [{columns}]{more}, schema=SCHEMA, '
        "postgresql_concurrently=True, if_not_exists=True)"
    )


def _dropped(table: str, name: str) -> str:
    return (
        f'op.drop_index("{name}", "{table}", schema=SCHEMA, '
        "postgresql_concurrently=True, if_exists=True)"
    )


def add_index(table: str, index: UniqueIndex | SearchIndex) -> str:
    """Make an index while others read and write."""
    return f"with concurrently():\n    {_created(table, index, index.name)}"


def drop_index(table: str, name: str) -> str:
    """Drop an index while others read and write."""
    return f"with concurrently():\n    {_dropped(table, name)}"


def replace_index(table: str, index: UniqueIndex | SearchIndex) -> str:
    """Make an index anew under its name; at no time there is none."""
    new = fitting(f"{index.name}_new")
    named = rename("INDEX", table, new, index.name)
    steps = [_created(table, index, new), _dropped(table, index.name), named]
    return "with concurrently():\n" + textwrap.indent("\n".join(steps), "    ")


def refuse_duplicates(schema: str, table: str, index: UniqueIndex | SearchIndex) -> list[str]:
    """Look for rows that a unique index cannot hold, so that they can be named."""
    if isinstance(index, SearchIndex):
        return []
    columns = ", ".join(f'"{name}"' for name in index.fields)
    known = [f'"{name}" IS NOT NULL' for name in index.fields]
    where = " AND ".join([*known, *([f"({index.where_sql})"] if index.where_sql else [])])
    condition = (
        f'id IN (SELECT unnest(array_agg(id)) FROM {schema}."{table}" '  # noqa: S608 - names of the model
        f"WHERE {where} GROUP BY {columns} HAVING count(*) > 1)"
    )
    return [refuse_rows(table, condition, f"have the same {listed(list(index.fields))}")]


def refuse_overlaps(schema: str, table: str, exclusion: Exclusion) -> str:
    """Look for rows that overlap, so that they can be named."""
    where = exclusion.where_sql or "true"
    agree = [f'other."{name}" = this."{name}"' for name in exclusion.fields]
    span = exclusion.range_sql
    ranges = (re.sub(r'("?\w+"?)(?=[,)])', rf"{row}.\1", span) for row in ("other", "this"))
    met = " AND ".join([*agree, " && ".join(ranges)])
    condition = (
        f'({where}) AND EXISTS (SELECT FROM (SELECT * FROM {schema}."{table}" WHERE {where}) AS '  # noqa: S608 - names of the model
        f"other WHERE other.id <> this.id AND {met})"
    )
    return refuse_rows(table, condition, f"overlap ({exclusion.code})")


def refuse_rows(table: str, condition: str, what: str) -> str:
    """Look for rows that are not as they have to be, so that they can be named."""
    return f'refuse_rows(SCHEMA, "{table}", {_in_lines(condition)}, {quoted(what)})'


def _in_lines(text: str) -> str:
    """Return a long text as literals that follow each other, of which each fits into a line."""
    lines = textwrap.wrap(text, 84, break_on_hyphens=False, drop_whitespace=False)
    return "\n    ".join(quoted(line) for line in lines)


def make_mandatory(table: str, name: str) -> str:
    """Hold every row to a value."""
    return f'make_mandatory(SCHEMA, "{table}", "{name}")'
