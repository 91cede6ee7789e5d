"""Options of specs: each published text such as `+shared` or `languages:='c,c++'` to name, values and a canonical text.

Grammar, as Spack writes it: `+name ~name ++name ~~name` or `name=value`, with `:=` where the
option may have several values and a doubled sign where it is handed on to dependencies. `name:=a,b` and `name=a,b`
are the same fact. Values in quotes may hold anything; all are split at commas after the quotes are taken off.
"""

import json
import re
from typing import NamedTuple

import polars as pl

from etl.transform.list_keys import as_list

__all__ = ["Variants", "canonical_options", "taken_apart", "variant_sets"]

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_BOOLEAN = rf"^(?<sign>\+\+|~~|\+|~)(?<name>{_NAME})$"
_VALUE = rf"^(?<name>{_NAME})(?<sign>:==|:=|==|=)(?<value>.*)$"
_IN_DOUBLE = r'^".*"$'
_PLAIN = r"^[A-Za-z0-9_./+:,-]*$"  # values (a comma between) that need no quotes in the canonical text
_CANONICAL = r"""(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^ '"])+"""  # one option of a canonical text; a blank within quotes is its own
_UNFIT = re.compile(r"[\x00-\x1f\ud800-\udfff]")  # what an escape in a JSON string can mean, and no table should hold


class Variants(NamedTuple):
    """What the distinct lists of options say.

    `texts`: variants_key, variants_text. `options`: variants_key, variant, value, kind, is_propagated; in the order of the lists.
    `refused`: variants_key, element, rule, for each option that was left out.
    """

    texts: pl.DataFrame
    options: pl.DataFrame
    refused: pl.DataFrame


def variant_sets(keys: pl.Series) -> Variants:
    """What lists of options say, each given as its key (`list_keys`).

    Grain:   one text for each distinct list (none for NULL: nothing is said); one option for each list, variant and value.
    Rejects: `unknown_variant` (fits no form), `repeated_variant` (the first of a name stays).
    """
    lists = pl.DataFrame({"variants_key": keys.drop_nulls().unique()})
    elements = lists.with_columns(element=as_list("variants_key")).explode("element", empty_as_null=False)
    known = taken_apart(elements["element"].unique())
    said = elements.join(known, on="element", how="left", maintain_order="left")
    unknown = said.filter(pl.col("variant").is_null()).with_columns(rule=pl.lit("unknown_variant"))
    said = said.filter(pl.col("variant").is_not_null())
    first = said.select(pl.struct("variants_key", "variant").is_first_distinct()).to_series()
    repeated = said.filter(~first).with_columns(rule=pl.lit("repeated_variant"))
    said = said.filter(first)
    texts = said.group_by("variants_key").agg(variants_text=pl.col("text").sort_by("variant").str.join(" "))
    options = said.explode("values", empty_as_null=False).rename({"values": "value"})
    return Variants(
        texts=lists.join(texts, on="variants_key", how="left").with_columns(pl.col("variants_text").fill_null("")),
        options=options.select("variants_key", "variant", "value", "kind", "is_propagated"),
        refused=pl.concat([unknown, repeated]).select("variants_key", "element", "rule"),
    )


def canonical_options(column: str) -> pl.Expr:
    """The options of each canonical text, as a list in the order of their names."""
    return pl.col(column).str.extract_all(_CANONICAL)


def taken_apart(elements: pl.Series) -> pl.DataFrame:
    """What each distinct text of an option says.

    Grain:   element. Shape: E texts -> E rows; `variant` is NULL where the text fits no form.
    Columns: variant, kind (boolean, value), is_propagated, values (distinct, in byte order), text (canonical).
    """
    frame = pl.DataFrame({"element": elements.cast(pl.String)}).with_columns(
        boolean=pl.col("element").str.extract_groups(_BOOLEAN),
        valued=pl.col("element").str.extract_groups(_VALUE),
    )
    frame = frame.select(
        "element",
        variant=pl.coalesce(pl.col("boolean").struct.field("name"), pl.col("valued").struct.field("name")),
        sign=pl.coalesce(pl.col("boolean").struct.field("sign"), pl.col("valued").struct.field("sign")),
        value=_unquoted(pl.col("valued").struct.field("value")),
    )
    is_boolean = pl.col("sign").str.contains(r"^[+~]")
    known = is_boolean | pl.col("value").is_not_null()
    values = pl.col("value").str.split(",").list.unique().list.sort()
    frame = frame.select(
        "element",
        variant=pl.when(known).then("variant"),
        kind=pl.when(is_boolean).then(pl.lit("boolean")).otherwise(pl.lit("value")),
        is_propagated=pl.col("sign").is_in(["++", "~~", "==", ":=="]),
        values=pl.when(is_boolean)
        .then(pl.concat_list(pl.when(pl.col("sign").str.starts_with("+")).then(pl.lit("true")).otherwise(pl.lit("false"))))
        .otherwise(values),
        sign=pl.col("sign").str.replace(":", "", literal=True),
    )
    text = pl.col("values").list.join(",")
    return frame.select(
        pl.exclude("sign"),
        text=pl.when(pl.col("kind") == "boolean")
        .then(pl.col("sign") + pl.col("variant"))
        .otherwise(pl.col("variant") + pl.col("sign") + _quoted(text)),
    )


def _unquoted(value: pl.Expr) -> pl.Expr:
    """Without its quotes; NULL where they do not pair."""
    inner = value.str.slice(1, value.str.len_chars() - 2)
    return (
        pl.when(value.str.contains(r"^'[^']*'$"))
        .then(inner)
        .when(value.str.contains(_IN_DOUBLE))
        .then(pl.when(value.str.contains(_IN_DOUBLE)).then(value).map_elements(_json_text, return_dtype=pl.String))
        .when(~value.str.contains("['\"]"))
        .then(value)
    )


def _json_text(text: str) -> str | None:
    """The content of a JSON string, as Spack writes a value that holds a single quote; None: it is none, or unfit."""
    try:
        value: str = json.loads(text)
    except ValueError:
        return None
    return None if _UNFIT.search(value) else value


def _quoted(text: pl.Expr) -> pl.Expr:
    """In single quotes where a character needs them; as a JSON string where it holds one itself."""
    return (
        pl.when(text.str.contains(_PLAIN))
        .then(text)
        .when(~text.str.contains("'", literal=True))
        .then("'" + text + "'")
        .otherwise(text.map_elements(json.dumps, return_dtype=pl.String))
    )
