-- help_columns: every column of a view or macro and every argument of a macro, with its meaning.
-- Grain:     name, kind, position
-- Reads:     
-- Columns:   name         VARCHAR  view or macro
--            kind         VARCHAR  column, or argument of a macro
--            position     BIGINT   its place among the columns or arguments, from 1
--            column_name  VARCHAR  name of the column or argument
--            type         VARCHAR  its type in SQL; names tell units: `*_at` is a time in UTC, `*_bytes` bytes
--            meaning      VARCHAR  what it says, and what NULL says where it may stand
-- Question:  What does each column of package_contents say?
-- Example:   select column_name, type, meaning from help_columns where name = 'package_contents' order by kind, position;
create or replace view help_columns as
select
    cast(name as varchar) as name,
    cast(kind as varchar) as kind,
    cast(position as bigint) as position,
    cast(column_name as varchar) as column_name,
    cast(type as varchar) as type,
    cast(meaning as varchar) as meaning
from (
    select unnest(
        from_json(
            ${help_columns},
            '[{"name": "VARCHAR", "kind": "VARCHAR", "position": "BIGINT", "column_name": "VARCHAR", "type": "VARCHAR", "meaning": "VARCHAR"}]'
        ),
        recursive := true
    )
);
