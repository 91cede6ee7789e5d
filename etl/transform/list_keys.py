"""A list of texts as one text and back: many specs share a list, and texts are joined and grouped far faster than lists."""

import polars as pl

__all__ = ["as_key", "as_list"]

_MARK = "\x1f"  # before each text; extraction refuses control characters, so no text holds it


def as_key(column: str) -> pl.Expr:
    """The lists of a column, each as one text: equal lists are equal texts, and no others. The empty list is the empty text, NULL NULL."""
    texts = pl.col(column).list
    return pl.when(texts.len() > 0).then(pl.lit(_MARK) + texts.join(_MARK)).when(texts.len() == 0).then(pl.lit("")).alias(column)


def as_list(column: str) -> pl.Expr:
    """The lists that the keys of a column were made of."""
    return pl.col(column).str.split(_MARK).list.slice(1)  # nothing stands before the first mark
