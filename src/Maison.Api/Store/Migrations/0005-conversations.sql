-- Conversations and one row per item. Items are added and removed, never rewritten: a long conversation takes the next one as fast as the first.

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  created BIGINT NOT NULL,
  metadata TEXT NOT NULL);
CREATE INDEX conversations_project ON conversations (project_id, created);

CREATE TABLE conversation_items (
  conversation_id TEXT NOT NULL REFERENCES conversations (id),
  position BIGINT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  created BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (conversation_id, position));
