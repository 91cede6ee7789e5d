"""Which specs a change of some documents may change, and which of them depend on documents that did not change."""

from collections.abc import Mapping

import polars as pl

from etl.schema import OF_SPECS
from etl.transform.versions import versions

__all__ = ["affected", "doubtful", "with_settled"]

Tables = Mapping[str, pl.DataFrame]


def affected(new: Tables, stored: Tables) -> pl.DataFrame:
    """The specs (spec_hash) that stand on the changed pages: `new` as they are now, `stored` as they were."""
    return pl.concat([frame["tag_specs"].select("spec_hash") for frame in (new, stored)]).unique()


def doubtful(new: Tables, stored: Tables) -> pl.DataFrame:
    """The affected specs (spec_hash) of which all documents that show them must be read to know what is true of them.

    `stored` has `specs` and `unsettled_specs` of the release before. Of a settled spec all documents say the same: as long as
    the changed ones say just that, or nothing, it stays as it is.
    """
    columns = [name for name in new["specs"].columns if name != "spec_hash"]
    both = new["specs"].join(stored["specs"], on="spec_hash", suffix="_stored")
    other = both.filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_stored")) for name in columns))
    found = pl.concat([frame.select("spec_hash") for frame in (other, new["unsettled_specs"], stored["unsettled_specs"])])
    return found.unique().join(affected(new, stored), on="spec_hash", how="semi")


def with_settled(new: Tables, more: Tables, specs: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of the changed documents, with what is known of the affected specs once `more` documents were read."""
    known = {name: more[name].join(specs, on="spec_hash", how="semi", maintain_order="left") for name in OF_SPECS}
    return dict(new) | known | {"versions": versions(known["specs"]).select(new["versions"].columns)}
