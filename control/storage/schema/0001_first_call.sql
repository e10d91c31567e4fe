-- Version 1: reservations by phone and the SMS outbox.
-- One SQL for SQLite and PostgreSQL: TEXT, INTEGER and BIGINT only. Times are microseconds since 1970
-- UTC. Ids are random text of ours. Secrets are sealed or keyed (secret_box.h) and written as hex.

-- Facts about the whole database, such as which key its secrets are kept under.
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE reservations (
  id TEXT PRIMARY KEY,
  -- The idempotency key of the client or the call; NULL if there was none.
  request_id TEXT UNIQUE,
  room_number TEXT NOT NULL,
  -- HMAC of room number and PIN: checks a PIN.
  pin_mac TEXT NOT NULL,
  -- The PIN under AES-GCM: repeats a PIN. Emptied once nobody may hear it any more.
  pin_sealed TEXT NOT NULL,
  -- E.164; empty if the number was withheld.
  organiser_number TEXT NOT NULL,
  -- E.164: the number that was dialled and that the invitation names.
  access_number TEXT NOT NULL,
  -- BCP 47: pl or en.
  language TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  -- NULL unless cancelled.
  cancelled_at BIGINT,
  -- How often it was extended.
  extensions INTEGER NOT NULL,
  -- The message with the invitation; NULL if none was wished.
  message_id TEXT
);
CREATE INDEX reservations_by_expiry ON reservations (expires_at);
CREATE INDEX reservations_by_creation ON reservations (created_at);

-- Who has a room number. The primary key is what keeps two reservations from getting the same number.
CREATE TABLE room_numbers (
  room_number TEXT PRIMARY KEY,
  length INTEGER NOT NULL,
  -- Deferred: the number is claimed first, then its reservation is written.
  reservation_id TEXT NOT NULL REFERENCES reservations (id) DEFERRABLE INITIALLY DEFERRED,
  -- The end of the quarantine: from here on the number may be given out again.
  free_at BIGINT NOT NULL
);
CREATE INDEX room_numbers_by_length ON room_numbers (length, free_at);

-- Extensions asked for with an idempotency key, so that repeating one extends once.
CREATE TABLE extension_requests (
  request_id TEXT PRIMARY KEY,
  reservation_id TEXT NOT NULL REFERENCES reservations (id),
  extended_at BIGINT NOT NULL
);

-- The outbox: a message commits with what it tells about, and leaves later.
CREATE TABLE sms_messages (
  id TEXT PRIMARY KEY,
  -- NULL for messages that tell of no reservation.
  reservation_id TEXT REFERENCES reservations (id),
  recipient TEXT NOT NULL,
  sender TEXT NOT NULL,
  -- The text under AES-GCM: it carries a PIN.
  text_sealed TEXT NOT NULL,
  -- pending, sending, sent, delivered, failed
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  -- When a dispatcher may take it (again).
  due_at BIGINT NOT NULL,
  -- The dispatcher that has it, and until when; the lease of a dead one runs out.
  lease_owner TEXT,
  lease_until BIGINT,
  -- What the SMSC calls it.
  provider_id TEXT,
  sent_at BIGINT,
  -- Why the last attempt failed; never the text or a number.
  last_error TEXT
);
CREATE INDEX sms_messages_due ON sms_messages (state, due_at);
CREATE INDEX sms_messages_by_creation ON sms_messages (created_at);

-- Calls in progress: what a restarted control cannot learn about them from the mixer.
CREATE TABLE calls (
  id TEXT PRIMARY KEY,
  language TEXT NOT NULL,
  -- NULL while in no conference.
  joined_at BIGINT,
  noted_at BIGINT NOT NULL
);

-- Failed tries of room number and PIN, counted across calls (the throttle's memory).
CREATE TABLE failed_tries (
  -- Who or what is counted: "caller:", "room:" or "trunk:" and a keyed hash.
  subject TEXT PRIMARY KEY,
  tries INTEGER NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  locked_until BIGINT
);
