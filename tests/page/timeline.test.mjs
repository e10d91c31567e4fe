import assert from "node:assert/strict";
import test from "node:test";

import {readNumbers} from "../../control/web/page/format.js";
import {axisMarks, timelineRows} from "../../control/web/page/timeline.js";
import {peaksIn} from "../../control/web/page/waveform.js";

const RECORD = {startTime: "2026-01-01T10:00:00Z", endTime: "2026-01-01T11:00:00Z"};

test("rows are shares of the conference, in the order of coming", () => {
  const rows = timelineRows(RECORD, [
    {name: "late", answerTime: "2026-01-01T10:29:00Z", endTime: "2026-01-01T11:00:00Z", conferenceDuration: "1800s",
     speech: [{startTime: "2026-01-01T10:45:00Z", endTime: "2026-01-01T10:46:00Z"}]},
    {number: "+48601", answerTime: "2026-01-01T10:00:00Z", endTime: "2026-01-01T10:15:00Z"}]);
  assert.deepEqual(rows.map((row) => [row.name, row.from, row.to]), [["+48601", 0, 0.25], ["late", 0.5, 1]]);
  assert.equal(rows[1].speechSeconds, 60);
  assert.deepEqual(rows[1].speech, [[0.75, 0.75 + 1 / 60]]);
});

test("a call that is outside of the record does not leave the drawing", () => {
  const [row] = timelineRows(RECORD, [{answerTime: "2026-01-01T09:00:00Z", endTime: "2026-01-01T12:00:00Z"}]);
  assert.deepEqual([row.from, row.to], [0, 1]);
});

test("the axis has a handful of round marks", () => {
  assert.deepEqual(axisMarks(3600).map((mark) => mark.seconds), [0, 600, 1200, 1800, 2400, 3000, 3600]);
  for (const seconds of [0, 3, 59, 600, 7 * 3600, 100 * 3600]) assert.ok(axisMarks(seconds).length <= 8, String(seconds));
});

test("peaks are the loudest of each part", () => {
  const peaks = peaksIn(Float32Array.of(0, -0.5, 0.25, 0, 0, 1), 3);
  assert.deepEqual([...peaks], [0.5, 0.25, 1]);
  assert.equal(peaksIn(new Float32Array(0), 4).length, 4);
});

test("numbers to invite are read one by one, doubles once, and what is none is named", () => {
  assert.deepEqual(readNumbers("608608608, +44 20 7946 0000\n608 608 608; nonsense"),
                   {numbers: ["+48608608608", "+442079460000"], wrong: ["nonsense"]});
});
