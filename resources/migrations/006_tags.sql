-- Short words that a person puts on sessions. For the order and for comparisons, ASCII letters are alike in both cases.
CREATE TABLE tags (
  session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  tag        TEXT    NOT NULL COLLATE NOCASE,
  PRIMARY KEY (session_id, tag)
) WITHOUT ROWID;
CREATE INDEX tags_by_name ON tags (tag);

-- The list shows how many answers a session has, of all versions; the triggers keep it.
ALTER TABLE sessions ADD COLUMN answers INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET answers = (SELECT count(*) FROM messages WHERE session_id = sessions.id AND role = 'answer');
CREATE TRIGGER answers_added AFTER INSERT ON messages WHEN new.role = 'answer' BEGIN
  UPDATE sessions SET answers = answers + 1 WHERE id = new.session_id;
END;
CREATE TRIGGER answers_removed AFTER DELETE ON messages WHEN old.role = 'answer' BEGIN
  UPDATE sessions SET answers = answers - 1 WHERE id = old.session_id;
END;
