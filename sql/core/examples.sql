-- examples: every saved query, to run as it is or to begin one of your own with.
-- Grain:     name
-- Reads:     
-- Columns:   name      VARCHAR  name of the query: `.read NAME` runs it in the plain prompt
--            question  VARCHAR  what it answers
--            query     VARCHAR  its SQL
-- Question:  Which questions have a query ready?
-- Example:   select name, question from examples order by name;
create or replace view examples as
select
    cast(name as varchar) as name,
    cast(question as varchar) as question,
    cast(query as varchar) as query
from (
    select unnest(
        from_json(
            ${examples},
            '[{"name": "VARCHAR", "question": "VARCHAR", "query": "VARCHAR"}]'
        ),
        recursive := true
    )
);
