"""Which specs a change of some documents may change, and which of them depend on documents that did not change."""

from collections.abc import Mapping

import polars as pl

from etl.schema import OF_SPECS
from etl.transform.versions import versions

__all__ = ["doubtful", "with_settled"]

Tables = Mapping[str, pl.DataFrame]

_SAID = ("package", "version", "compiler_name", "compiler_version", "platform", "os", "target", "size_bytes", "variants_text")


def doubtful(new: Tables, stored: Tables, void: pl.DataFrame) -> pl.DataFrame:
    """The specs (spec_hash) of which all documents that show them must be read to know what is true of them.

    `new` are the tables of the changed documents; `stored` has `specs` and `unsettled_specs` of the release before, and `tag_specs`
    of the `void` pages (source, tag, package): as they were. Of a settled spec all documents say the same: as long as the changed
    ones say just that, or nothing, it stays as it is. An unsettled one stays as it is while its witness does, and nobody contradicts it.
    """
    affected = pl.concat([frame["tag_specs"].select("spec_hash") for frame in (new, stored)]).unique()
    lost = void.select(witness_source="source", witness_tag="tag", package="package")
    witnessed = stored["unsettled_specs"].drop_nulls("witness_tag").join(lost, on=lost.columns, how="anti").select("spec_hash")
    unsettled = stored["unsettled_specs"].select("spec_hash")
    both = new["specs"].join(stored["specs"], on="spec_hash", suffix="_stored")
    differs = both.filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_stored")) for name in _SAID)).select("spec_hash")
    # `!=` is not true of NULL: to say less than the witness contradicts nothing.
    contradicts = both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_stored") for name in _SAID)).select("spec_hash")
    conflicts = new["spec_conflicts"].select("spec_hash").join(stored["specs"], on="spec_hash", how="semi")
    found = pl.concat(
        [
            differs.join(unsettled, on="spec_hash", how="anti"),
            unsettled.join(witnessed, on="spec_hash", how="anti"),
            contradicts,
            new["unsettled_specs"]
            .select("spec_hash")
            .join(stored["specs"], on="spec_hash", how="semi")
            .join(witnessed, on="spec_hash", how="anti"),
            conflicts,
        ]
    )
    return found.unique().join(affected, on="spec_hash", how="semi")


def with_settled(new: Tables, more: Tables, doubts: pl.DataFrame, stored: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of the changed documents; of specs only what is new: of those that were not stored, and of the doubtful ones.

    `more` has the tables of all documents that show a doubtful spec.
    """
    is_new = new["specs"].select("spec_hash").join(stored, on="spec_hash", how="anti")
    rows = {
        name: pl.concat([tables[name].join(specs, on="spec_hash", how="semi") for tables, specs in ((new, is_new), (more, doubts))])
        for name in OF_SPECS
    }
    return dict(new) | rows | {"versions": versions(rows["specs"]).select(new["versions"].columns)}
