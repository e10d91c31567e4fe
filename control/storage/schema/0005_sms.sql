-- SMS by SMSC and gateway: parts, receipts, limits.

-- E.164 of who caused the message; empty: withheld, or nobody.
ALTER TABLE sms_messages ADD COLUMN caller TEXT NOT NULL DEFAULT '';
-- Empty: the on-demand service.
ALTER TABLE sms_messages ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
-- The client's key of an order to several recipients; NULL if there was none.
ALTER TABLE sms_messages ADD COLUMN request_id TEXT;
-- The sender by which it left, as the configuration names it.
ALTER TABLE sms_messages ADD COLUMN route TEXT;
-- gsm7 or ucs2
ALTER TABLE sms_messages ADD COLUMN alphabet TEXT;
-- 0: not known yet.
ALTER TABLE sms_messages ADD COLUMN part_count INTEGER NOT NULL DEFAULT 0;
-- When it was made, or ordered to be sent once more.
ALTER TABLE sms_messages ADD COLUMN queued_at BIGINT NOT NULL DEFAULT 0;
-- Parts of the last attempt that may have left though their answer was lost; 255: all of them.
ALTER TABLE sms_messages ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0;
-- Parts that were sent again though they may have arrived.
ALTER TABLE sms_messages ADD COLUMN possible_duplicates INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sms_messages ADD COLUMN delivered_at BIGINT;
UPDATE sms_messages SET queued_at = created_at;
CREATE INDEX sms_messages_by_recipient ON sms_messages (recipient, created_at);
CREATE INDEX sms_messages_by_tenant ON sms_messages (tenant, created_at);
CREATE INDEX sms_messages_by_caller ON sms_messages (caller, created_at);
CREATE UNIQUE INDEX sms_messages_by_request ON sms_messages (request_id, recipient);

-- What a peer has taken, part by part, and what its receipts said.
CREATE TABLE sms_parts (
  message_id TEXT NOT NULL REFERENCES sms_messages (id),
  -- From 1.
  number INTEGER NOT NULL,
  route TEXT NOT NULL,
  -- What receipts call it; empty if the peer named nothing.
  provider_id TEXT NOT NULL,
  -- accepted, delivered, undelivered
  state TEXT NOT NULL,
  accepted_at BIGINT NOT NULL,
  -- As the receipt said, such as EXPIRED; NULL before it.
  detail TEXT,
  PRIMARY KEY (message_id, number)
);
CREATE INDEX sms_parts_by_provider_id ON sms_parts (provider_id, route);

-- Where an answer and its receipt meet, whichever is noted first: a receipt that came early, or is not
-- ours, waits here. Forgotten after a day.
CREATE TABLE sms_early_receipts (
  route TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  -- accepted (the part is known), delivered, undelivered
  state TEXT NOT NULL,
  detail TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (provider_id, route)
);
