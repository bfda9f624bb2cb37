-- Keys, the projects they belong to, and the log of every administrative act. Times are Unix milliseconds, amounts micro-euros,
-- lists JSON. The SQL of this folder is what SQLite and PostgreSQL both speak.

CREATE TABLE revision (id BIGINT PRIMARY KEY, number BIGINT NOT NULL);
INSERT INTO revision VALUES (1, 0);

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created BIGINT NOT NULL,
  archived BIGINT,
  requests_per_minute BIGINT,
  tokens_per_minute BIGINT,
  budget_day BIGINT,
  budget_month BIGINT);
INSERT INTO projects (id, name, created) VALUES ('proj_default', 'default', 0);

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  created BIGINT NOT NULL,
  last_used BIGINT,
  expires BIGINT,
  revoked BIGINT,
  admin BIGINT NOT NULL,
  models TEXT,
  routes TEXT,
  modalities TEXT,
  requests_per_minute BIGINT,
  tokens_per_minute BIGINT,
  budget_day BIGINT,
  budget_month BIGINT,
  mask_personal_data BIGINT NOT NULL DEFAULT 1);

-- A key has one secret; while it is rotated it has two. Never a value, only a salted SHA-256 of it.
CREATE TABLE key_secrets (
  key_id TEXT NOT NULL REFERENCES keys (id),
  salt TEXT NOT NULL,
  hash TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT,
  PRIMARY KEY (key_id, hash));

CREATE TABLE audit_log (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL);
CREATE INDEX audit_log_at ON audit_log (at);
