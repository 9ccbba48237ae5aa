#include "schema.h"

namespace tain::mirror {
namespace {

// What Tain itself needs to know. seq grows with every applied change of a file; files keep their
// latest, and files that are gone leave a tombstone, so that change_feed misses neither.
constexpr std::string_view kLedger = R"sql(
CREATE TABLE meta(
  key   TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE roots(
  root_id           INTEGER PRIMARY KEY,
  path              ANY NOT NULL UNIQUE,
  device            INTEGER,
  state             TEXT NOT NULL CHECK (state IN ('available', 'unavailable')),
  reason            TEXT,
  last_full_scan_at INTEGER,
  files_on_disk     INTEGER,
  watch_mode        TEXT,
  directories       INTEGER,
  watches           INTEGER,
  last_event_at     INTEGER
) STRICT;

-- One row: the process that wrote here last. An old alive_at and no stopped_at: it died, or hangs.
CREATE TABLE daemon(
  id            INTEGER PRIMARY KEY CHECK (id = 1),
  pid           INTEGER NOT NULL,
  version       TEXT NOT NULL,
  started_at    INTEGER NOT NULL,
  stopped_at    INTEGER,
  alive_at      INTEGER NOT NULL,
  last_batch_at INTEGER,
  batches       INTEGER NOT NULL,
  pending       INTEGER NOT NULL,
  overflows     INTEGER NOT NULL,
  last_error    TEXT,
  last_error_at INTEGER
) STRICT;

-- path is TEXT, or a BLOB where the name is not UTF-8.
-- state: current; stale (the last good rows are kept, the file is bad now); bad (it never was good);
-- partial (a long file that is still being read).
CREATE TABLE files(
  file_id     INTEGER PRIMARY KEY,
  path        ANY NOT NULL UNIQUE,
  root_id     INTEGER NOT NULL,
  project_key INTEGER NOT NULL,
  layout      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('current', 'stale', 'bad', 'partial')),
  device      INTEGER NOT NULL,
  inode       INTEGER NOT NULL,
  size        INTEGER NOT NULL,
  mtime_ns    INTEGER NOT NULL,
  ctime_ns    INTEGER NOT NULL,
  racy        INTEGER NOT NULL,
  hash        INTEGER NOT NULL,
  consumed    INTEGER NOT NULL,
  mirrored_at INTEGER NOT NULL,
  seq         INTEGER NOT NULL
) STRICT;
CREATE INDEX files_by_seq ON files(seq);
CREATE INDEX files_by_project ON files(project_key);

-- What the lines of a log say together, up to files.consumed: what is needed to go on behind them.
CREATE TABLE log_states(
  file_id INTEGER PRIMARY KEY,
  state   TEXT NOT NULL
) STRICT;

CREATE TABLE tombstones(
  path        ANY PRIMARY KEY,
  layout      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  deleted_at  INTEGER NOT NULL,
  seq         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_by_seq ON tombstones(seq);

-- byte_offset is where in the file it became clear that it, or one of its lines, is bad.
CREATE TABLE sync_errors(
  error_id     INTEGER PRIMARY KEY,
  path         ANY NOT NULL,
  byte_offset  INTEGER,
  reason       TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sync_errors_by_place ON sync_errors(path, coalesce(byte_offset, -1));

-- What a message of each model in message_usage costs, in US dollars per million tokens; NULL where that is not
-- known. Two rows for each: short messages, and those that read more than 272,000 tokens. beyond_…: for the tokens
-- of each kind beyond the first 200,000 of a message.
CREATE TABLE model_prices(
  model                 TEXT NOT NULL,
  is_long               INTEGER NOT NULL,
  priced_as             TEXT,
  input                 REAL,
  output                REAL,
  cache_read            REAL,
  cache_write           REAL,
  cache_write_1h        REAL,
  beyond_input          REAL,
  beyond_output         REAL,
  beyond_cache_read     REAL,
  beyond_cache_write    REAL,
  beyond_cache_write_1h REAL,
  PRIMARY KEY (model, is_long)
) STRICT, WITHOUT ROWID;

-- What is valid but odd in a file. place is a JSON pointer; line_offset says in which line, for JSON Lines.
CREATE TABLE file_anomalies(
  file_id     INTEGER NOT NULL,
  line_offset INTEGER NOT NULL DEFAULT 0,
  position    INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  place       TEXT NOT NULL,
  detail      TEXT NOT NULL,
  PRIMARY KEY (file_id, line_offset, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents(
  file_id INTEGER PRIMARY KEY,
  body    TEXT NOT NULL
) STRICT;
)sql";

}  // namespace

std::string_view create_ledger() {
  return kLedger;
}

}  // namespace tain::mirror
