"""Reads a catalog as Superset does, with whichever pair of SQLAlchemy and driver is installed."""

import sqlalchemy as sa
from reading import CATALOG, QUESTION, read

engine = sa.create_engine(f"duckdb:///{CATALOG}", connect_args={"read_only": True}, poolclass=sa.pool.NullPool)


def found() -> dict[str, object]:
    """By reflection, not by SQL."""
    inspector = sa.inspect(engine)
    table = sa.Table("stack_contents", sa.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        stacks = connection.execute(sa.select(table.c.stack).where(table.c.spec_count > 0)).scalars().all()
    return {
        "views": inspector.get_view_names("main"),
        "columns": {column.name: str(column.type) for column in table.columns},
        "comment": inspector.get_table_comment("stack_contents", "main")["text"],
        "stacks": stacks,
    }


def ask() -> list[object]:
    """By a connection of its own."""
    with engine.connect() as connection:
        return list(connection.execute(sa.text(QUESTION)).fetchall()[0])


read(found, ask, sa.exc.DBAPIError)
