-- Sessions, their messages and their media. Times are milliseconds since 1970, UTC.
CREATE TABLE sessions (
  id         INTEGER PRIMARY KEY,
  title      TEXT    NOT NULL,
  pinned     INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  deleted_ms INTEGER,                     -- set: in the bin, until it is purged or brought back
  messages   INTEGER NOT NULL DEFAULT 0,  -- kept by the triggers below, so that the list needs no count
  media_id   INTEGER REFERENCES media (id)
);
CREATE INDEX sessions_by_use ON sessions (deleted_ms, pinned DESC, updated_ms DESC, id DESC);

-- Videos and images, found by path, or by content if the file has moved.
CREATE TABLE media (
  id     INTEGER PRIMARY KEY,
  path   TEXT    NOT NULL,
  hash   TEXT    NOT NULL,  -- as content_hash() gives it
  bytes  INTEGER NOT NULL,
  UNIQUE (path, hash)
);
CREATE INDEX media_by_hash ON media (hash);

CREATE TABLE messages (
  id         INTEGER PRIMARY KEY,
  session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  role       TEXT    NOT NULL CHECK (role IN ('question', 'answer')),
  text       TEXT    NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('complete', 'partial', 'stopped', 'failed')),
  created_ms INTEGER NOT NULL,
  details    TEXT    NOT NULL DEFAULT '{}'  -- JSON: strategy, budget, counts, times
);
CREATE INDEX messages_by_session ON messages (session_id, id);

-- What happened to the visual tokens of an answer: a trace file, compressed with zstd.
CREATE TABLE traces (
  message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  bytes      INTEGER NOT NULL,  -- before compression
  data       BLOB    NOT NULL
);

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE VIRTUAL TABLE messages_fts USING fts5 (
  text, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER messages_added AFTER INSERT ON messages BEGIN
  INSERT INTO messages_fts (rowid, text) VALUES (new.id, new.text);
  UPDATE sessions SET messages = messages + 1, updated_ms = max(updated_ms, new.created_ms) WHERE id = new.session_id;
END;
CREATE TRIGGER messages_removed AFTER DELETE ON messages BEGIN
  INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', old.id, old.text);
  UPDATE sessions SET messages = messages - 1 WHERE id = old.session_id;
END;
CREATE TRIGGER messages_changed AFTER UPDATE OF text ON messages WHEN old.text IS NOT new.text BEGIN
  INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', old.id, old.text);
  INSERT INTO messages_fts (rowid, text) VALUES (new.id, new.text);
END;
