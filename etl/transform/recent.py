"""The recent part of the tables after a snapshot: what it changed, and what had changed before it since the older part was written."""

from collections.abc import Mapping

import polars as pl

from etl.schema import OF_PAGES, OF_SPECS, RECENT, STORED
from etl.transform.versions import versions

__all__ = ["recent"]

Tables = Mapping[str, pl.DataFrame]

_PAGE = ["source", "tag", "package"]
_COMPARED = [name for name in OF_SPECS if name != "spec_variants"]  # a spec's options are those of its `variants_text`


def recent(new: Tables, stored: Tables, before: Tables, pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The recent part, by the names of its files.

    `new` are the tables of pages (source, tag, package) that changed, were read or are gone, and of their specs; `stored` is what
    the release before says of the specs, and all versions of their packages; `before` is the recent part as it was.
    """
    specs = pl.concat([_changed(new[name], stored[name]) for name in _COMPARED]).unique()
    found = {RECENT[name]: new[name].join(specs, on="spec_hash", how="semi") for name in OF_SPECS}
    found |= {RECENT[name]: new[name] for name in OF_PAGES} | {RECENT["pages"]: pages}
    found[RECENT["versions"]] = _versions(new["specs"], stored["versions"])
    packages = found[RECENT["versions"]].select("package").unique()
    anew = dict.fromkeys(OF_SPECS, specs) | dict.fromkeys((*OF_PAGES, "pages"), pages.select(_PAGE)) | {"versions": packages}
    for name, key in anew.items():
        kept = before[RECENT[name]].join(key, on=key.columns, how="anti")
        table = STORED[RECENT[name]]
        found[RECENT[name]] = pl.concat([frame.select(list(table.columns)) for frame in (kept, found[RECENT[name]])]).sort(table.sort_by)
    return found


def _changed(new: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Hashes of rows that only one of the two has."""
    both = pl.concat([new, stored.select(new.columns)])
    return both.filter(~both.is_duplicated()).select("spec_hash")


def _versions(specs: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """All versions of the packages that have new ones; a version goes with none of its specs."""
    key = ["package", "version"]
    new = specs.select(key).unique().join(stored, on=key, how="anti")
    old = stored.join(new, on="package", how="semi").select(key)
    return versions(pl.concat([old, new]))
