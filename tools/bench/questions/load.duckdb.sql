-- With its order kept, DuckDB 1.4 holds 32 MiB for each file: 10,000 of them take all memory there is.
SET preserve_insertion_order = false;
CREATE TABLE sessions AS FROM read_json('$root/*/.tain/sessions/*/state.json');
CREATE TABLE events AS
FROM read_json('$root/*/.tain/sessions/*/events.jsonl', format = 'newline_delimited');
SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM events);
