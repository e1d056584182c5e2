-- Batches: every question of a list to every video of a list. A cell is one question to one video. It keeps its own copy
-- of the answer, so that the table outlives the session.
CREATE TABLE batches (
  id         INTEGER PRIMARY KEY,
  created_ms INTEGER NOT NULL,
  settings   TEXT    NOT NULL  -- JSON: strategy, budget
);
CREATE TABLE batch_cells (
  batch_id   INTEGER NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  place      INTEGER NOT NULL,  -- from 0; the questions of a video are neighbours
  path       TEXT    NOT NULL,
  question   TEXT    NOT NULL,
  state      TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
  answer     TEXT    NOT NULL DEFAULT '',  -- or why it failed
  ms         INTEGER NOT NULL DEFAULT 0,   -- from question to answer
  tokens     INTEGER NOT NULL DEFAULT 0,   -- visual tokens that the answer was made from, on average over the layers
  session_id INTEGER REFERENCES sessions (id) ON DELETE SET NULL,
  PRIMARY KEY (batch_id, place)
) WITHOUT ROWID;
CREATE INDEX batch_cells_by_session ON batch_cells (session_id) WHERE session_id IS NOT NULL;
