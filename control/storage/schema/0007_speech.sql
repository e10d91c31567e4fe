-- When somebody spoke, for the drawing of a conference: "offset+duration" in milliseconds from started_at, separated by commas.
ALTER TABLE call_records ADD COLUMN speech TEXT NOT NULL DEFAULT '';
