// Sums up a file of JSON Lines with DuckDB.
//
// usage: node duckdb_sums.mjs FILE, where @duckdb/node-api is to be found
import { createRequire } from "node:module";

const { DuckDBInstance } = createRequire(process.cwd() + "/")("@duckdb/node-api");
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const answer = await connection.runAndReadAll(`
    SELECT model, count(*)::INTEGER, sum(input_tokens)::INTEGER, sum(cost_usd)
    FROM read_json('${process.argv[2]}', format = 'newline_delimited')
    GROUP BY model ORDER BY model`);
console.log("model,runs,input_tokens,cost_usd");
for (const row of answer.getRows()) console.log(row.join(","));
