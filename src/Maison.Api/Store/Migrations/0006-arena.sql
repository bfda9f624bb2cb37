-- Blind battles and their votes. A vote is added and never changed or removed; its chain is the SHA-256 of the chain before it and of its body,
-- so that a row that was changed, or is missing, shows. Pictures and sounds lie in the data folder.

CREATE TABLE arena_battles (
  id TEXT PRIMARY KEY,
  voter TEXT NOT NULL,
  created BIGINT NOT NULL,
  modality TEXT NOT NULL,
  prompt TEXT NOT NULL,
  a TEXT NOT NULL,
  b TEXT NOT NULL,
  text_a TEXT,
  text_b TEXT,
  style_a TEXT NOT NULL,
  style_b TEXT NOT NULL,
  listen_ms BIGINT NOT NULL,
  repeat_of TEXT);
CREATE INDEX arena_battles_voter ON arena_battles (voter, created);

CREATE TABLE arena_heard (
  battle_id TEXT NOT NULL REFERENCES arena_battles (id),
  seat TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (battle_id, seat));

CREATE TABLE arena_votes (
  position BIGINT PRIMARY KEY,
  battle_id TEXT NOT NULL UNIQUE REFERENCES arena_battles (id),
  body TEXT NOT NULL,
  chain TEXT NOT NULL);
