-- Text that was typed in a session but not asked yet.
ALTER TABLE sessions ADD COLUMN draft TEXT NOT NULL DEFAULT '';
