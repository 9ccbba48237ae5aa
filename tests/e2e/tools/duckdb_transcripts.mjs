// Adds up what models took, in transcripts of Claude Code, with DuckDB alone.
//
// usage: node duckdb_transcripts.mjs GLOB, where @duckdb/node-api is to be found
import { createRequire } from "node:module";

const { DuckDBInstance } = createRequire(process.cwd() + "/")("@duckdb/node-api");
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const answer = await connection.runAndReadAll(`
    WITH raw AS (
      SELECT json FROM read_json_objects('${process.argv[2]}', format = 'newline_delimited',
                                         ignore_errors = true)),
    said AS (  -- by lines, and by lines inside reports of progress
      SELECT json FROM raw UNION ALL SELECT json->'$.data.message' FROM raw),
    lines AS (
      SELECT row_number() OVER () AS line, json->>'$.requestId' AS request,
             json->>'$.message.id' AS message,
             (json->>'$.message.model') || CASE json->>'$.message.usage.speed' WHEN 'fast' THEN '-fast'
                                              ELSE '' END AS model,
             coalesce((json->>'$.isSidechain')::BOOLEAN, false) AS side,
             coalesce((json->>'$.message.usage.input_tokens')::BIGINT, 0) AS input,
             coalesce((json->>'$.message.usage.output_tokens')::BIGINT, 0) AS output,
             coalesce((json->>'$.message.usage.cache_creation.ephemeral_5m_input_tokens')::BIGINT
                      + (json->>'$.message.usage.cache_creation.ephemeral_1h_input_tokens')::BIGINT,
                      (json->>'$.message.usage.cache_creation_input_tokens')::BIGINT, 0) AS writes,
             coalesce((json->>'$.message.usage.cache_read_input_tokens')::BIGINT, 0) AS reads
      FROM said WHERE (json->'$.message.usage') IS NOT NULL),
    ranked AS (
      SELECT *, row_number() OVER (
               PARTITION BY coalesce(message || ' ' || coalesce(request, ''), line::VARCHAR)
               ORDER BY side, input + output + writes + reads DESC, output DESC) AS rank
      FROM lines)
    SELECT model, sum(input)::BIGINT, sum(output)::BIGINT, sum(writes)::BIGINT, sum(reads)::BIGINT
    FROM ranked WHERE rank = 1 AND model IS NOT NULL AND input + output + writes + reads > 0
    GROUP BY model ORDER BY model`);
for (const row of answer.getRows()) console.log(row.join("|"));
