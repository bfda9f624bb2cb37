-- Briefings with their scripts, the shows that make them again, feeds as they came last, and what listeners skipped or replayed. Their sound
-- lies among the files. A slot is the time for which a show was made, so that two servers of one store do not make it twice.

CREATE TABLE briefing_shows (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  created BIGINT NOT NULL,
  title TEXT NOT NULL,
  request TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  token TEXT NOT NULL);

CREATE TABLE briefings (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  show_id TEXT,
  slot TEXT UNIQUE,
  server_id TEXT,
  created BIGINT NOT NULL,
  status TEXT NOT NULL,
  request TEXT NOT NULL,
  body TEXT NOT NULL,
  file_id TEXT);
CREATE INDEX briefings_project ON briefings (project_id, created);
CREATE INDEX briefings_show ON briefings (show_id, created);

CREATE TABLE briefing_feedback (
  briefing_id TEXT NOT NULL REFERENCES briefings (id),
  chapter BIGINT NOT NULL,
  project_id TEXT NOT NULL,
  created BIGINT NOT NULL,
  kind TEXT NOT NULL,
  terms TEXT NOT NULL,
  publishers TEXT NOT NULL,
  PRIMARY KEY (briefing_id, chapter));

CREATE TABLE briefing_feeds (
  address TEXT PRIMARY KEY,
  fetched BIGINT NOT NULL,
  charset TEXT,
  etag TEXT,
  modified TEXT,
  body TEXT NOT NULL);
