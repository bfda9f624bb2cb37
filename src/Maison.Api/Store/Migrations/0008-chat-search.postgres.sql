-- The words of every message and title. Both engines get the same folded text (lower case, no accents) and answer the same questions.

CREATE TABLE conversation_words (
  item_id TEXT PRIMARY KEY,
  conversation_id TEXT NOT NULL,
  text TEXT NOT NULL,
  words tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED);
CREATE INDEX conversation_words_conversation ON conversation_words (conversation_id);
CREATE INDEX conversation_words_words ON conversation_words USING gin (words);
