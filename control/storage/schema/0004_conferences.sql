-- Running conferences: what a restarted control cannot learn about them from the mixer. And the audit log.
-- TEXT, INTEGER and BIGINT only; times are microseconds since 1970 UTC.

CREATE TABLE conferences (
  id TEXT PRIMARY KEY,
  started_at BIGINT NOT NULL,
  is_locked INTEGER NOT NULL,
  is_lecture INTEGER NOT NULL,
  is_all_muted INTEGER NOT NULL,
  participants_max INTEGER NOT NULL,
  -- "side=side,;coach=": each group and those that it hears.
  side_rooms TEXT NOT NULL,
  -- Empty: it is not recorded.
  recording_id TEXT NOT NULL,
  -- off, running, paused
  recording_status TEXT NOT NULL,
  recording_since BIGINT NOT NULL,
  recorded_before_us BIGINT NOT NULL,
  noted_at BIGINT NOT NULL
);

-- Those who are in one. Numbers are not here: the mixer's labels have them.
CREATE TABLE conference_participants (
  call_id TEXT PRIMARY KEY,
  conference_id TEXT NOT NULL,
  -- participant, presenter, moderator
  role TEXT NOT NULL,
  name TEXT NOT NULL,
  is_waiting INTEGER NOT NULL,
  is_dialled INTEGER NOT NULL,
  is_muted INTEGER NOT NULL,
  is_self_muted INTEGER NOT NULL,
  is_deaf INTEGER NOT NULL,
  is_held INTEGER NOT NULL,
  -- Thousandths of a decibel.
  gain_mdb INTEGER NOT NULL,
  group_id TEXT NOT NULL,
  joined_at BIGINT NOT NULL,
  -- NULL while the hand is down.
  hand_raised_at BIGINT
);
CREATE INDEX conference_participants_by_conference ON conference_participants (conference_id);

-- One row for each command to a conference, whether it was obeyed or refused. Never a PIN; numbers masked.
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  conference_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  -- operator, moderator, participant
  capacity TEXT NOT NULL,
  -- The user, or the participant by number, masked.
  actor TEXT NOT NULL,
  -- phone, console, grpc
  channel TEXT NOT NULL,
  command TEXT NOT NULL,
  detail TEXT NOT NULL,
  -- "OK", or the reason why it was refused.
  outcome TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_conference ON audit (conference_id);
