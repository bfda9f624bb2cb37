-- A conversation becomes a tree: each item names the one that it follows ('' at the beginning), and the conversation the item that it goes on
-- from. What lists are sorted and filtered by stands in columns, so that a page of a list costs the same however many conversations there are.

ALTER TABLE conversation_items ADD COLUMN parent TEXT NOT NULL DEFAULT '';
UPDATE conversation_items SET parent = coalesce((
  SELECT b.id FROM conversation_items b
  WHERE b.conversation_id = conversation_items.conversation_id AND b.position < conversation_items.position
  ORDER BY b.position DESC LIMIT 1), '');
CREATE INDEX conversation_items_parent ON conversation_items (conversation_id, parent, position);

ALTER TABLE conversations ADD COLUMN head TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN touched BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN pinned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN archived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN folder TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN tags TEXT NOT NULL DEFAULT '';
UPDATE conversations SET
  head = coalesce((SELECT i.id FROM conversation_items i WHERE i.conversation_id = conversations.id ORDER BY i.position DESC LIMIT 1), ''),
  touched = coalesce((SELECT max(i.created) FROM conversation_items i WHERE i.conversation_id = conversations.id), created);
DROP INDEX conversations_project;
CREATE INDEX conversations_listed ON conversations (project_id, archived, pinned, touched, id);

CREATE TABLE conversation_folders (
  project_id TEXT NOT NULL,
  id TEXT NOT NULL,
  created BIGINT NOT NULL,
  name TEXT NOT NULL,
  instructions TEXT NOT NULL,
  model TEXT NOT NULL,
  PRIMARY KEY (project_id, id));
