import assert from "node:assert/strict";
import test from "node:test";

import {depthOf, qualityRows} from "../../control/web/page/quality_plot.js";

const RECORD = {startTime: "2026-01-01T10:00:00Z", endTime: "2026-01-01T11:00:00Z"};
const at = (minute, mos, more = {}) => ({time: `2026-01-01T10:${String(minute).padStart(2, "0")}:00Z`, mos, ...more});

test("a curve is a list of points over the time of the conference", () => {
  const [row] = qualityRows(RECORD, [{name: "Anna", qualityCourse: [
    at(15, 4.2, {interarrivalJitter: "0.004s"}), at(30, 2, {lossRatio: 0.1, interarrivalJitter: "0.040s"}), at(45, 4.3, {lossRatio: 0.05})]}]);
  assert.deepEqual(row.lines, [[{share: 0.25, mos: 4.2}, {share: 0.5, mos: 2}, {share: 0.75, mos: 4.3}]]);
  assert.equal(row.worst.mos, 2);
  assert.equal(row.mosMean, 3.5);
  assert.equal(row.jitterMsMax, 40);
  assert.equal(row.lossRatio, 0.05);
});

test("what was not known is a gap, and who was never measured has no row", () => {
  const rows = qualityRows(RECORD, [{name: "gap", qualityCourse: [at(1, 4), at(2, 0), at(3, 4)]}, {name: "none"}, {name: "zero", qualityCourse: [at(1, 0)]}]);
  assert.deepEqual(rows.map((row) => [row.name, row.lines.length]), [["gap", 2]]);
});

test("what was measured before the conference and after it does not leave the drawing", () => {
  const [row] = qualityRows(RECORD, [{number: "+48601", qualityCourse: [{time: "2026-01-01T09:59:50Z", mos: 1}, at(10, 4), {time: "2026-01-01T12:00:00Z", mos: 3}]}]);
  assert.deepEqual(row.lines[0].map((point) => point.share), [1 / 6, 1]);
  assert.equal(row.worst.mos, 3);
});

test("the best is at the top and nothing is drawn outside", () => {
  assert.equal(depthOf(4.5), 0);
  assert.equal(depthOf(1), 1);
  assert.equal(depthOf(9), 0);
  assert.equal(depthOf(0.2), 1);
});
