// Runs the statements of a file with DuckDB and prints what they took and what the last one says.
//
// usage: node duckdb.mjs PACKAGES FILE.sql DATABASE     (PACKAGES: where node_modules is)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [packages, file, database] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(`${packages}/`)("@duckdb/node-api");
const statements = readFileSync(file, "utf8").split(";").filter((text) => text.trim() !== "");
const instance = await DuckDBInstance.create(database);
const connection = await instance.connect();
const begin = process.hrtime.bigint();
let answer;
for (const statement of statements) answer = await connection.runAndReadAll(statement);
const rows = answer.getRowsJS();
if (database !== ":memory:") await connection.run("CHECKPOINT");
const ns = Number(process.hrtime.bigint() - begin);
const plain = (value) => (typeof value === "bigint" ? Number(value) : value);
console.log(JSON.stringify({ ns, rows: rows.map((row) => row.map(plain)) }));
