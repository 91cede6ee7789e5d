"""Whether a tag or stack lost more than a night can explain."""

from collections.abc import Sequence

import polars as pl

__all__ = ["shrinkage", "too_much_lost"]


def shrinkage(before: pl.DataFrame, after: pl.DataFrame, most_percent: float) -> list[str]:
    """One sentence for each tag or named stack that lost more than so many percent of its specs.

    Both frames hold `source`, `tag`, `stack` (NULL: the whole tag) and `spec_count`.
    """
    keys = ["source", "tag", "stack"]
    compared = before.join(after, on=keys, how="left", suffix="_after", nulls_equal=True).with_columns(
        pl.col("spec_count_after").fill_null(0)
    )
    kept = (100 - most_percent) / 100
    lost = compared.filter(pl.col("spec_count_after") < pl.col("spec_count") * kept).sort(keys)
    return [_sentence(row) for row in lost.iter_rows(named=True)]


def too_much_lost(lost: Sequence[str], most_percent: float) -> str | None:
    """Why so much shrinkage must not be published, in a sentence; None: there is none."""
    if not lost:
        return None
    more = f" and {len(lost) - 3:,} more" if len(lost) > 3 else ""
    return f"{'; '.join(lost[:3])}{more}: more than --max-shrink {most_percent:g}% allows; --accept-shrink publishes all the same"


def _sentence(row: dict[str, object]) -> str:
    place = f"stack {row['stack']} of tag {row['tag']}" if row["stack"] is not None else f"tag {row['tag']}"
    return f"{place} (source {row['source']}) fell from {row['spec_count']:,} specs to {row['spec_count_after']:,}"
