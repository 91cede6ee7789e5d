"""A release in other forms, for tools that read neither DuckDB nor a manifest.

`tables` says which views are exported, and how their rows are ordered; `delta` writes them as Delta tables, and needs the extra
`delta`. Imports `load`, `query`, `errors` and `schema`.
"""
