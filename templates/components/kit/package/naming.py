"""Names of constraints and indexes, so that migrations can speak of them."""

from psycopg import sql
from sqlalchemy import Table

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def identifier(table: Table) -> sql.Identifier:
    """The table's name in statements for the driver."""
    return sql.Identifier(*(part for part in (table.schema, table.name) if part))
