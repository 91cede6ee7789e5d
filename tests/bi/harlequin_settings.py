"""Connects as `harlequin --read-only --init-path init.sql` does: harlequin_settings.py CATALOG QUERY."""

import json
import sys

from harlequin.exception import HarlequinQueryError
from harlequin_duckdb import DuckDbAdapter

CATALOG, QUERY = sys.argv[1:]

connection = DuckDbAdapter([CATALOG], read_only=True, init_path="init.sql").connect()
rows = connection.execute(QUERY).fetchall().num_rows
refused = ""
try:
    connection.execute("select content from read_text('/etc/passwd')").fetchall()
except HarlequinQueryError as error:
    refused = str(error)
sys.stdout.write(json.dumps([rows, refused]))
