-- Servers of the Model Context Protocol that were added over the administrative routes; their key is sealed.

CREATE TABLE mcp_servers (name TEXT PRIMARY KEY, body TEXT NOT NULL, secret TEXT);
