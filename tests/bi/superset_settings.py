"""Connects as Superset does, with what `connect superset` prints: superset_settings.py CONFIG URI PARAMETERS QUERY."""

import json
import sys

import sqlalchemy as sa

CONFIG, URI, PARAMETERS, QUERY = sys.argv[1:]
exec(CONFIG)

engine = sa.create_engine(URI, poolclass=sa.pool.NullPool, **json.loads(PARAMETERS))
refused = ""
# Two charts at once share one DuckDB; then it is closed and opened anew.
with engine.connect() as one, engine.connect() as other:
    rows = [len(each.execute(sa.text(QUERY)).fetchall()) for each in (one, other)]
with engine.connect() as again:
    rows.append(len(again.execute(sa.text(QUERY)).fetchall()))
    try:
        again.execute(sa.text("select content from read_text('/etc/passwd')")).fetchall()
    except sa.exc.DBAPIError as error:
        refused = str(error.orig)
sys.stdout.write(json.dumps([rows, refused]))
