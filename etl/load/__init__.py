"""Tables to files that nothing breaks: immutable Parquet, one commit point, a catalog of views. The only writer.

`store` publishes and recovers, `parquet` writes tables, `manifest` says what a release is, `catalog` and `definitions` make
the views, `runs`, `fingerprints`, `lock` and `released` serve a run, `kept` knows the releases. Imports `extract`,
`transform`, `errors` and `schema`.

Import from the modules: processes that only write tables need not wait for DuckDB.
"""
