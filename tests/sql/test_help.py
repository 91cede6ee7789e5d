"""The views that tell of views: help, help_columns, examples."""

from etl.load.definitions import definitions, examples, macros


def test_help_lists_every_view_and_macro(warehouse, ask):
    """Itself among them, as the headers have it."""
    rows = ask(warehouse(), "select name, kind, layer, grain, question, example from help")

    assert sorted(rows) == sorted(
        (one.name, "macro" if one.layer == "macros" else "view", one.layer, one.grain, one.question, one.example)
        for one in (*definitions(), *macros())
    )


def test_a_signature_names_the_arguments_of_a_macro(warehouse, ask):
    """A view has none; a summary begins as a sentence does."""
    rows = ask(warehouse(), "select signature, left(summary, 1) from help where name in ('compare_tags', 'tags') order by name")

    assert [("compare_tags(a, b)", "B"), ("tags", "A")] == rows


def test_help_columns_lists_columns_and_arguments_in_their_order(warehouse, ask):
    """With types and meanings: a catalog itself knows neither of a macro."""
    rows = ask(warehouse(), "select name, kind, position, column_name, type, meaning from help_columns")

    assert sorted(rows) == sorted(
        (one.name, kind, position, column.name, column.type, column.description)
        for one in (*definitions(), *macros())
        for kind, columns in (("argument", one.arguments), ("column", one.columns))
        for position, column in enumerate(columns, start=1)
    )


def test_examples_lists_every_saved_query(warehouse, ask):
    """With its question, and the SQL as its file has it."""
    rows = ask(warehouse(), "select name, question, query from examples order by name")

    assert [(one.name, one.question, one.query) for one in examples()] == rows
