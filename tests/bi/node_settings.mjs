// Runs initial SQL, then a query, and prints its rows: node_settings.mjs INITIAL QUERY, in a folder below which the package is.
import { createRequire } from "node:module";

const { DuckDBInstance } = createRequire(process.cwd() + "/")("@duckdb/node-api");
const [initial, query] = process.argv.slice(2);

const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run(initial);
console.log(JSON.stringify((await connection.runAndReadAll(query)).getRowsJson()));
