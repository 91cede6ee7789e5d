"""A git history to a warehouse's: what nightly runs of its commits would have published, in one release.

`run` has the steps, `plan` says which snapshots are added where; `versions`, `survey` and `tables` are done range by range of
packages, in processes. Imports `pipeline` and what stands left of it. Import from the modules: processes need not wait for DuckDB.
"""
