// How each call sounded over the time of the conference: a curve of the MOS for each person, drawn under the
// same clock as the timeline. The layout is pure.

import {h, svg} from "./dom.js";
import {percent, seconds} from "./format.js";
import {axis, enteredAt, nameOfRow} from "./timeline.js";
import {t} from "./words.js";

const MOS_MIN = 1, MOS_MAX = 4.5;

// Rows of {name, lines, worst, mosMean, jitterMsMax, lossRatio}: lines are lists of {share, mos}, one for each
// stretch in which the MOS is known; `worst` is the lowest of all points. Nobody without a point has a row.
export function qualityRows(record, calls, now = Date.now()) {
  const begin = Date.parse(record.startTime);
  const whole = Math.max(1, (record.endTime ? Date.parse(record.endTime) : now) - begin);
  return [...calls].sort((a, b) => enteredAt(a) - enteredAt(b)).map((call) => {
    const course = (call.qualityCourse ?? []).filter((sample) => Date.parse(sample.time) >= begin);
    const lines = [[]];
    for (const sample of course) {
      if (!sample.mos) {
        lines.push([]);
        continue;
      }
      lines.at(-1).push({share: Math.min(1, (Date.parse(sample.time) - begin) / whole), mos: sample.mos});
    }
    const points = lines.flat();
    return {
      name: call.name || call.number || "",
      lines: lines.filter((line) => line.length > 0),
      worst: points.reduce((low, point) => (low && low.mos <= point.mos ? low : point), null),
      mosMean: points.length > 0 ? points.reduce((sum, point) => sum + point.mos, 0) / points.length : 0,
      jitterMsMax: Math.max(0, ...course.map((sample) => seconds(sample.interarrivalJitter) * 1000)),
      lossRatio: course.at(-1)?.lossRatio ?? 0,
    };
  }).filter((row) => row.worst);
}

// From the top: 0 is the best MOS, 1 the worst.
export function depthOf(mos) {
  return (MOS_MAX - Math.min(MOS_MAX, Math.max(MOS_MIN, mos))) / (MOS_MAX - MOS_MIN);
}

const WIDTH = 1000, HEIGHT = 44, EDGE = 3;
// What telephony calls good, and what most people would complain of.
const GOOD_MOS = 3.6, BAD_MOS = 2.6;
const y = (mos) => EDGE + depthOf(mos) * (HEIGHT - 2 * EDGE);

// Null where nothing was measured.
export function qualityPlot(record, calls, {isMasked = false} = {}) {
  const rows = qualityRows(record, calls);
  if (rows.length === 0) return null;
  const {marks, labels} = axis(record);
  const plots = rows.map((row) => {
    const facts = `${t("mos")} ${row.mosMean.toFixed(1)} · ${t("lowest")} ${row.worst.mos.toFixed(1)}`;
    const more = `${facts} · ${t("loss")} ${percent(row.lossRatio)} · ${t("jitter")} ${Math.round(row.jitterMsMax)} ms`;
    const drawing = svg("svg", {class: "quality-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": more},
        svg("rect", {class: "bad", x: 0, y: y(BAD_MOS), width: WIDTH, height: HEIGHT - y(BAD_MOS)}),
        svg("line", {class: "good", x1: 0, x2: WIDTH, y1: y(GOOD_MOS), y2: y(GOOD_MOS)}),
        marks.map((mark) => svg("line", {class: "grid", x1: mark.share * WIDTH, x2: mark.share * WIDTH, y1: 0, y2: HEIGHT})),
        // A lone point is drawn as a short line.
        row.lines.map((line) => svg("polyline", {class: "curve", points: (line.length > 1 ? line : [line[0], {...line[0], share: line[0].share + 0.004}])
            .map((point) => `${(point.share * WIDTH).toFixed(1)},${y(point.mos).toFixed(1)}`).join(" ")})));
    return h("li", {class: "timeline-row", title: more}, h("span", {class: "timeline-name"}, nameOfRow(row, isMasked)), drawing,
             h("span", {class: "timeline-facts"}, facts));
  });
  return h("figure", {class: "timeline card quality-course"},
      h("figcaption", {}, t("quality course"), h("span", {class: "legend"},
          h("i", {class: "key-good"}), t("good from", {mos: GOOD_MOS.toFixed(1)}), h("i", {class: "key-bad"}), t("bad below", {mos: BAD_MOS.toFixed(1)}))),
      labels, h("ul", {role: "list"}, plots));
}
