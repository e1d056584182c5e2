-- Messages form a tree: versions of a question or an answer have the same parent. One version of each group is shown;
-- the shown ones, from the beginning on, are the path that a session shows.
ALTER TABLE messages ADD COLUMN parent_id INTEGER REFERENCES messages (id);  -- NULL: it begins its session
ALTER TABLE messages ADD COLUMN shown INTEGER NOT NULL DEFAULT 1 CHECK (shown IN (0, 1));
UPDATE messages SET parent_id =
  (SELECT max(before.id) FROM messages before WHERE before.session_id = messages.session_id AND before.id < messages.id);
CREATE INDEX messages_by_parent ON messages (parent_id, session_id, id);
CREATE UNIQUE INDEX messages_shown ON messages (session_id, ifnull(parent_id, 0)) WHERE shown = 1;
