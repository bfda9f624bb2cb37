-- People who sign in somewhere else: who they are there, as "issuer subject". Null for those who have a name and a password here.

ALTER TABLE users ADD COLUMN identity TEXT;
CREATE UNIQUE INDEX users_identity ON users (identity);
