-- Records of calls, of conferences and of their recordings.
-- TEXT, INTEGER and BIGINT only; times are microseconds since 1970 UTC.

-- One row per call, from its first word to its last.
CREATE TABLE call_records (
  id TEXT PRIMARY KEY,
  -- Empty: in no conference.
  conference_id TEXT NOT NULL,
  -- Empty: the on-demand service.
  tenant_id TEXT NOT NULL,
  -- The person's, E.164; empty if unknown, withheld or erased.
  number TEXT NOT NULL,
  name TEXT NOT NULL,
  access_number TEXT NOT NULL,
  is_withheld INTEGER NOT NULL,
  was_called_out INTEGER NOT NULL,
  started_at BIGINT NOT NULL,
  answered_at BIGINT,
  joined_at BIGINT,
  -- NULL while it is in progress.
  ended_at BIGINT,
  -- How it ended; NULL while it is in progress.
  ending TEXT,
  -- All NULL if it was not measured. Thousandths, millionths, microseconds.
  mos_milli INTEGER,
  loss_ppm INTEGER,
  jitter_us BIGINT,
  round_trip_us BIGINT,
  -- The process that has it, and when it last said so: one that says no more is dead.
  owner TEXT NOT NULL,
  noted_at BIGINT NOT NULL
);
CREATE INDEX call_records_by_start ON call_records (started_at, id);
CREATE INDEX call_records_by_conference ON call_records (conference_id);
CREATE INDEX call_records_by_number ON call_records (number);
CREATE INDEX call_records_open ON call_records (ended_at, noted_at);

-- One row per conference, from its first participant to its last.
CREATE TABLE conference_records (
  id TEXT PRIMARY KEY,
  room_number TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  participants INTEGER NOT NULL,
  participants_max INTEGER NOT NULL,
  owner TEXT NOT NULL,
  noted_at BIGINT NOT NULL
);
CREATE INDEX conference_records_by_start ON conference_records (started_at, id);
CREATE INDEX conference_records_open ON conference_records (ended_at, noted_at);

-- Recordings of conferences. The sound lies at the mixer, under the same id.
CREATE TABLE conference_recordings (
  id TEXT PRIMARY KEY,
  conference_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  -- The mixer that has the files, HOST:PORT.
  mixer TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  -- NULL while it runs.
  ended_at BIGINT,
  -- NULL: kept until somebody deletes it.
  expires_at BIGINT
);
CREATE INDEX conference_recordings_by_start ON conference_recordings (started_at, id);
CREATE INDEX conference_recordings_by_conference ON conference_recordings (conference_id);
CREATE INDEX conference_recordings_by_expiry ON conference_recordings (expires_at);

CREATE TABLE conference_recording_tracks (
  recording_id TEXT NOT NULL REFERENCES conference_recordings (id),
  -- mix, or the id of a leg.
  track_id TEXT NOT NULL,
  -- Whose voice it is, as in call_records; empty for the mix.
  call_id TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  PRIMARY KEY (recording_id, track_id)
);
