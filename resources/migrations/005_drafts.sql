-- What was typed in a session and not yet asked.
ALTER TABLE sessions ADD COLUMN draft TEXT NOT NULL DEFAULT '';
