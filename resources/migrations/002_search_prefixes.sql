-- Searching while somebody types looks for beginnings of words. With an index for prefixes this is as fast as for words.
DROP TABLE messages_fts;
CREATE VIRTUAL TABLE messages_fts USING fts5 (
  text, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
INSERT INTO messages_fts (messages_fts) VALUES ('rebuild');
