-- The console's memory: who is logged in, and the address books.

CREATE TABLE web_sessions (
  -- HMAC of the cookie: the database alone opens no session.
  token_mac TEXT PRIMARY KEY,
  user_name TEXT NOT NULL,
  -- moderator, manager, operator
  role TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  -- Logged in by a moderator's PIN: the one conference. Otherwise empty.
  conference_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX web_sessions_by_expiry ON web_sessions (expires_at);

CREATE TABLE contacts (
  id TEXT PRIMARY KEY,
  -- Empty: the operators' own.
  tenant_id TEXT NOT NULL,
  -- UTF-8, as somebody wrote it.
  name TEXT NOT NULL,
  -- E.164.
  number TEXT NOT NULL,
  -- Empty: in no group.
  group_name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX contacts_by_number ON contacts (tenant_id, number);
