-- Money: what each key and project has spent and holds per day and month, the open holds, and one line of usage per request.
-- Amounts are micro-euros. A server's row is how others know that its holds are still somebody's.

CREATE TABLE budgets (
  scope TEXT NOT NULL,
  period TEXT NOT NULL,
  spent BIGINT NOT NULL DEFAULT 0,
  held BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (scope, period));

CREATE TABLE servers (
  id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  pid BIGINT NOT NULL,
  started BIGINT NOT NULL,
  seen BIGINT NOT NULL);

CREATE TABLE holds (
  id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  day TEXT NOT NULL,
  month TEXT NOT NULL,
  amount BIGINT NOT NULL,
  used BIGINT NOT NULL);

CREATE TABLE request_usage (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  day TEXT NOT NULL,
  key_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  route TEXT NOT NULL,
  modality TEXT NOT NULL,
  outcome TEXT NOT NULL,
  input_tokens BIGINT NOT NULL,
  cached_tokens BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL,
  audio_ms BIGINT NOT NULL,
  images BIGINT NOT NULL,
  cost BIGINT NOT NULL);
CREATE INDEX request_usage_at ON request_usage (at);

CREATE TABLE prices (
  model TEXT PRIMARY KEY,
  input BIGINT NOT NULL,
  cached BIGINT NOT NULL,
  output BIGINT NOT NULL,
  audio_second BIGINT NOT NULL,
  image BIGINT NOT NULL);
