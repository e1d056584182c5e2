-- Sessions are found by title and file name.
CREATE VIRTUAL TABLE sessions_fts USING fts5 (
  title, file, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
-- The folder of a path is what remains after cutting everything but slashes from its end.
CREATE VIEW session_names AS
  SELECT s.id, s.title, ifnull(substr(m.path, length(rtrim(m.path, replace(m.path, '/', ''))) + 1), '') AS file
  FROM sessions s LEFT JOIN media m ON m.id = s.media_id;
INSERT INTO sessions_fts (rowid, title, file) SELECT id, title, file FROM session_names;

CREATE TRIGGER sessions_added AFTER INSERT ON sessions BEGIN
  INSERT INTO sessions_fts (rowid, title, file) SELECT id, title, file FROM session_names WHERE id = new.id;
END;
CREATE TRIGGER sessions_removed AFTER DELETE ON sessions BEGIN
  DELETE FROM sessions_fts WHERE rowid = old.id;
END;
CREATE TRIGGER sessions_named AFTER UPDATE OF title, media_id ON sessions BEGIN
  DELETE FROM sessions_fts WHERE rowid = new.id;
  INSERT INTO sessions_fts (rowid, title, file) SELECT id, title, file FROM session_names WHERE id = new.id;
END;
