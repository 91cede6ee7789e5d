// Reads a catalog with DuckDB-WASM: wasm_reader.cjs CATALOG QUESTION STOP, in a folder below which the package is.
// Its Parquet extension comes from the network, so it is asked for nothing but what the catalog itself holds.
const { existsSync, readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");

const bundle = createRequire(process.cwd() + "/").resolve("@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs");
const duckdb = require(bundle);
const [catalog, , stop] = process.argv.slice(2);
const module_ = (name) => ({ mainModule: path.join(path.dirname(bundle), `duckdb-${name}.wasm`), mainWorker: "" });

(async () => {
    const database = await duckdb.createDuckDB({ mvp: module_("mvp"), eh: module_("eh") }, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
    await database.instantiate();
    // A page fetches the catalog as one piece, and so sees one release.
    const rows = (query) => {
        database.registerFileBuffer("catalog.duckdb", new Uint8Array(readFileSync(catalog)));
        database.open({ path: "catalog.duckdb", accessMode: duckdb.DuckDBAccessMode.READ_ONLY });
        const connection = database.connect();
        const found = connection.query(query).toArray().map((row) => row.toArray());
        connection.close();
        database.reset();
        return found.map((row) => row.map((value) => (typeof value === "bigint" ? Number(value) : value)));
    };
    const views = rows("select view_name from duckdb_views() where schema_name = 'main' and not internal");
    const columns = rows("select column_name, data_type from duckdb_columns() where schema_name = 'main' and table_name = 'stack_contents'");
    const [[comment]] = rows("select comment from duckdb_views() where view_name = 'stack_contents'");
    const macros = rows("select distinct function_name from duckdb_functions() where function_type = 'table_macro' and not internal");
    console.log(JSON.stringify({ views: views.flat(), columns: Object.fromEntries(columns), comment, macros: macros.flat() }));
    while (!existsSync(stop)) {
        console.log(JSON.stringify(rows("select release from files.release")[0]));
        await new Promise((resolve) => setTimeout(resolve, 400));
    }
})();
