-- How a call sounded over time, for the drawing of a conference: "offset:mos:loss:jitter" (milliseconds from started_at,
-- thousandths, millionths, microseconds), separated by commas.
ALTER TABLE call_records ADD COLUMN quality_course TEXT NOT NULL DEFAULT '';
