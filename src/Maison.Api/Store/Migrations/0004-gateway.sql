-- Third parties and public names that were added over the administrative routes; a provider's key is sealed.

CREATE TABLE providers (name TEXT PRIMARY KEY, body TEXT NOT NULL, secret TEXT);
CREATE TABLE aliases (name TEXT PRIMARY KEY, body TEXT NOT NULL);
