-- Files, whose bytes lie in the data folder, and batches with one row per request: the result of a request and its state are one write.

CREATE TABLE files (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  name TEXT NOT NULL,
  purpose TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT);

CREATE TABLE batches (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  server_id TEXT,
  endpoint TEXT NOT NULL,
  input_file_id TEXT NOT NULL,
  output_file_id TEXT,
  error_file_id TEXT,
  status TEXT NOT NULL,
  model TEXT,
  metadata TEXT,
  problems TEXT,
  output_lives_seconds BIGINT,
  total BIGINT NOT NULL DEFAULT 0,
  completed BIGINT NOT NULL DEFAULT 0,
  failed BIGINT NOT NULL DEFAULT 0,
  input_tokens BIGINT NOT NULL DEFAULT 0,
  cached_tokens BIGINT NOT NULL DEFAULT 0,
  output_tokens BIGINT NOT NULL DEFAULT 0,
  reasoning_tokens BIGINT NOT NULL DEFAULT 0,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  started BIGINT,
  finalizing BIGINT,
  cancelling BIGINT,
  ended BIGINT);

CREATE TABLE batch_results (
  batch_id TEXT NOT NULL REFERENCES batches (id),
  line BIGINT NOT NULL,
  custom_id TEXT NOT NULL,
  status BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (batch_id, line));
