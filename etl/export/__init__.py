"""A release in other forms, for tools that read neither DuckDB nor a manifest.

`tables` says which views are exported, and how their rows are ordered, `folder` where they may stand; `delta` writes them as Delta
tables, `stand` says what these hold already, and both need the extra `delta`. Imports `load`, `errors` and `schema`.
"""
