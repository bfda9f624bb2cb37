-- The words of every message and title. Both engines get the same folded text (lower case, no accents) and answer the same questions.

CREATE VIRTUAL TABLE conversation_words USING fts5 (text, item_id UNINDEXED, conversation_id UNINDEXED, tokenize = 'unicode61', prefix = '2 3');
