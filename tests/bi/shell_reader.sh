#!/bin/sh
# Reads a catalog with the duckdb shell, started anew for each answer: shell_reader.sh CATALOG QUESTION STOP; $DUCKDB is the shell.
ask() {
    "$DUCKDB" -init /dev/null -readonly -noheader -list -c "$1" "$catalog" 2>/dev/null
}
catalog=$1
ask "select json_object(
    'views', (select json_group_array(view_name) from duckdb_views() where schema_name = 'main' and not internal),
    'comment', (select comment from duckdb_views() where view_name = 'stack_contents'),
    'columns', (select json_group_object(column_name, data_type) from duckdb_columns() where schema_name = 'main' and table_name = 'stack_contents'),
    'stacks', (select json_group_array(stack) from stack_contents where spec_count > 0))" || exit
while [ ! -e "$3" ]; do
    ask "select json_array(release, specs, memberships) from ($2)" || exit
    sleep 0.4
done
