-- Replicas of control on one database (PostgreSQL), and which of them leads which conference.

CREATE TABLE replicas (
  -- One life of a process.
  id TEXT PRIMARY KEY,
  -- HOST:PORT of its gRPC, as the other replicas reach it.
  address TEXT NOT NULL,
  -- Counted up every second. A replica whose count stands still is dead; whoever sees that deletes the
  -- row. No clock of one machine is compared with that of another.
  beat BIGINT NOT NULL
);

CREATE TABLE conference_leases (
  -- The reservation or the permanent room under which the conference runs.
  conference_key TEXT PRIMARY KEY,
  replica_id TEXT NOT NULL REFERENCES replicas (id) ON DELETE CASCADE
);
CREATE INDEX conference_leases_by_replica ON conference_leases (replica_id);
