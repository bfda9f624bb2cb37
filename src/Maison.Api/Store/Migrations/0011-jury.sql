-- What models say about battles that people judged. A board of its own is made of these; they are never counted among people's votes.

CREATE TABLE arena_jury (
  position BIGINT PRIMARY KEY,
  battle_id TEXT NOT NULL REFERENCES arena_battles (id),
  juror TEXT NOT NULL,
  choice TEXT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (battle_id, juror));
