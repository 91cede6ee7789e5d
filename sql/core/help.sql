-- help: every view and macro there is to ask, with what its rows are and a question it answers.
-- Grain:     name
-- Reads:     
-- Columns:   name       VARCHAR  what stands after `from`
--            kind       VARCHAR  view, or macro: a view with arguments
--            layer      VARCHAR  core: the model; marts: a view for each question; macros
--            signature  VARCHAR  name as it is written in a query, of a macro with the names of its arguments
--            summary    VARCHAR  what a row is
--            grain      VARCHAR  columns of which no two rows have the same values, a comma between
--            question   VARCHAR  a question that it answers
--            example    VARCHAR  that question in SQL; it runs as it stands
-- Question:  Which views tell of compilers?
-- Example:   select signature, summary from help where question ilike '%compiler%' or summary ilike '%compiler%' order by name;
create or replace view help as
select
    cast(name as varchar) as name,
    cast(kind as varchar) as kind,
    cast(layer as varchar) as layer,
    cast(signature as varchar) as signature,
    cast(summary as varchar) as summary,
    cast(grain as varchar) as grain,
    cast(question as varchar) as question,
    cast(example as varchar) as example
from (
    select unnest(
        from_json(
            ${help},
            '[{"name": "VARCHAR", "kind": "VARCHAR", "layer": "VARCHAR", "signature": "VARCHAR", "summary": "VARCHAR", "grain": "VARCHAR", "question": "VARCHAR", "example": "VARCHAR"}]'
        ),
        recursive := true
    )
);
