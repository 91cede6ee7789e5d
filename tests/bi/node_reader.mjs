// Reads a catalog with the DuckDB of node, which Evidence uses: node_reader.mjs CATALOG QUESTION STOP, in a folder below which the package is.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";

const { DuckDBInstance } = createRequire(process.cwd() + "/")("@duckdb/node-api");
const [catalog, question, stop] = process.argv.slice(2);

// As docs/bi.md has it for Evidence: a DuckDB in memory, to which the catalog is attached.
async function rows(query) {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(`ATTACH '${catalog}' AS spack_cache (READ_ONLY)`);
    await connection.run("USE spack_cache");
    const found = (await connection.runAndReadAll(query)).getRows();
    connection.closeSync();
    instance.closeSync();
    return found.map((row) => row.map((value) => (typeof value === "bigint" ? Number(value) : value)));
}

const views = await rows("select view_name from duckdb_views() where schema_name = 'main' and not internal");
const columns = await rows("select column_name, data_type from duckdb_columns() where schema_name = 'main' and table_name = 'stack_contents'");
const [[comment]] = await rows("select comment from duckdb_views() where view_name = 'stack_contents'");
const stacks = await rows("select stack from stack_contents where spec_count > 0");
console.log(JSON.stringify({ views: views.flat(), columns: Object.fromEntries(columns), comment, stacks: stacks.flat() }));
while (!existsSync(stop)) {
    console.log(JSON.stringify((await rows(question))[0]));
    await setTimeout(400);
}
