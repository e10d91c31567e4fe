-- Companies with permanent rooms, their numbers and people; locks of those who guess.

CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  -- The client's idempotency key; NULL if there was none.
  request_id TEXT UNIQUE,
  display_name TEXT NOT NULL,
  -- BCP 47, separated by commas; the first is the default.
  languages TEXT NOT NULL,
  -- 0: the service's limit.
  participants_max INTEGER NOT NULL,
  is_recording_allowed INTEGER NOT NULL,
  -- E.164 prefixes, separated by commas.
  call_out_prefixes TEXT NOT NULL,
  call_outs_max INTEGER NOT NULL,
  sms_per_day_max INTEGER NOT NULL,
  prompt_set TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE tenant_sms_templates (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  language TEXT NOT NULL,
  template TEXT NOT NULL,
  PRIMARY KEY (tenant_id, language)
);

CREATE TABLE permanent_rooms (
  id TEXT PRIMARY KEY,
  request_id TEXT UNIQUE,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  display_name TEXT NOT NULL,
  -- Not given to a reservation while it is here.
  room_number TEXT NOT NULL UNIQUE,
  -- 0: the tenant's limit.
  participants_max INTEGER NOT NULL,
  waits_for_moderator INTEGER NOT NULL,
  ends_without_moderator INTEGER NOT NULL,
  is_announced_by_name INTEGER NOT NULL,
  is_lecture INTEGER NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX permanent_rooms_by_tenant ON permanent_rooms (tenant_id, id);

-- What each PIN of a tenant opens. The primary key is what keeps a tenant's PINs apart.
CREATE TABLE room_pins (
  -- HMAC of tenant and PIN.
  pin_mac TEXT PRIMARY KEY,
  -- Of a room that may be gone by now: then this only keeps the PIN from being drawn again.
  room_id TEXT NOT NULL,
  -- participant or moderator
  role TEXT NOT NULL,
  -- The PIN under AES-GCM, for invitations. Emptied when it is replaced.
  pin_sealed TEXT NOT NULL,
  -- NULL while it opens the room; then the end of its quarantine.
  free_at BIGINT
);
CREATE INDEX room_pins_by_room ON room_pins (room_id);

CREATE TABLE access_numbers (
  -- E.164.
  number TEXT PRIMARY KEY,
  -- NULL: the on-demand service.
  tenant_id TEXT REFERENCES tenants (id),
  language TEXT NOT NULL,
  -- local, toll_free, shared_cost or mobile
  tariff TEXT NOT NULL,
  -- ISO 3166 alpha-2, or empty.
  country TEXT NOT NULL,
  -- menu, pin or room_and_pin
  entry TEXT NOT NULL,
  -- Name of an own greeting, or empty.
  greeting TEXT NOT NULL,
  -- Lengths of what reservations made here get; 0: the service's.
  room_digits_min INTEGER NOT NULL,
  pin_digits INTEGER NOT NULL
);
CREATE INDEX access_numbers_by_tenant ON access_numbers (tenant_id);

CREATE TABLE users (
  name TEXT PRIMARY KEY,
  -- NULL: an operator.
  tenant_id TEXT REFERENCES tenants (id),
  -- moderator, tenant_manager or operator
  role TEXT NOT NULL,
  -- argon2id, with its salt and cost.
  password_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX users_by_tenant ON users (tenant_id);

-- What operators see of who or what is counted: masked, because a number that was keyed for a room may
-- be somebody's PIN.
ALTER TABLE failed_tries ADD COLUMN label TEXT NOT NULL DEFAULT '';
-- The reservation or permanent room that was tried, for its moderator; empty if there is no one such.
ALTER TABLE failed_tries ADD COLUMN conference_key TEXT NOT NULL DEFAULT '';
CREATE INDEX failed_tries_by_lock ON failed_tries (locked_until);

-- Numbers that have been in a room: locks of the room do not bar them.
CREATE TABLE standings (
  -- A keyed hash of the room and the number.
  subject TEXT PRIMARY KEY,
  seen_at BIGINT NOT NULL
);
CREATE INDEX standings_by_time ON standings (seen_at);
