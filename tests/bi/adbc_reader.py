"""Reads a catalog by ADBC, with the driver that is in the duckdb package."""

import adbc_driver_duckdb
from adbc_driver_manager import Error, dbapi
from reading import CATALOG, QUESTION, read


def connect() -> dbapi.Connection:
    """A connection that can only read."""
    settings = {"path": CATALOG, "access_mode": "READ_ONLY"}
    return dbapi.connect(driver=adbc_driver_duckdb.driver_path(), entrypoint="duckdb_adbc_init", db_kwargs=settings, autocommit=True)


def found() -> dict[str, object]:
    """By ADBC's own list of objects."""
    with connect() as connection:
        schemas = connection.adbc_get_objects(depth="columns", catalog_filter="spack_cache").read_all().to_pylist()[0]["catalog_db_schemas"]
        (main,) = (one for one in schemas if one["db_schema_name"] == "main")
        with connection.cursor() as cursor:
            cursor.execute("select stack from stack_contents where spec_count > 0")
            stacks = cursor.fetch_arrow_table()["stack"].to_pylist()
    tables = {one["table_name"]: [column["column_name"] for column in one["table_columns"]] for one in main["db_schema_tables"]}
    return {"views": list(tables), "columns": dict.fromkeys(tables["stack_contents"]), "stacks": stacks}


def ask() -> list[object]:
    """By a connection of its own."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(QUESTION)
        return list(cursor.fetchone())


read(found, ask, Error)
