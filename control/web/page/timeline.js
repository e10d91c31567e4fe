// Who was in, and who spoke: one line a person over the time of the conference. The layout is pure.

import {h, svg} from "./dom.js";
import {clock, masked, phoneNumber, seconds} from "./format.js";
import {currentLanguage, t} from "./words.js";

// In the room until the call ended, but not while the menu was heard before.
export function enteredAt(call) {
  const inside = seconds(call.conferenceDuration) * 1000;
  return inside > 0 && call.endTime ? Date.parse(call.endTime) - inside : Date.parse(call.answerTime ?? call.startTime);
}

// Rows of {name, from, to, speech: [[from, to], ...], seconds, speechSeconds}, times as shares of the whole.
export function timelineRows(record, calls, now = Date.now()) {
  const begin = Date.parse(record.startTime);
  const end = record.endTime ? Date.parse(record.endTime) : now;
  const whole = Math.max(1, end - begin);
  const share = (time) => Math.min(1, Math.max(0, (time - begin) / whole));
  return calls.map((call) => {
    const to = call.endTime ? Date.parse(call.endTime) : end;
    const from = enteredAt(call);
    const speech = (call.speech ?? []).map((span) => [Date.parse(span.startTime), span.endTime ? Date.parse(span.endTime) : to]);
    return {
      name: call.name || call.number || "",
      from: share(from), to: share(to),
      speech: speech.map(([a, b]) => [share(a), share(b)]),
      seconds: seconds(call.conferenceDuration) || Math.max(0, to - from) / 1000,
      speechSeconds: speech.reduce((sum, [a, b]) => sum + Math.max(0, b - a) / 1000, 0),
    };
  }).sort((a, b) => a.from - b.from);
}

// Up to `count` round times for the axis, as {share, seconds}.
export function axisMarks(totalSeconds, count = 6) {
  const steps = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800];
  const step = steps.find((one) => totalSeconds / one <= count) ?? 86400;
  const marks = [];
  for (let at = 0; at <= totalSeconds; at += step) marks.push({share: totalSeconds > 0 ? at / totalSeconds : 0, seconds: at});
  return marks;
}

const LINE = 34, WIDTH = 1000;

// The round times of a conference's clock, and their labels.
export function axis(record) {
  const total = ((record.endTime ? Date.parse(record.endTime) : Date.now()) - Date.parse(record.startTime)) / 1000;
  const marks = axisMarks(total);
  const begun = new Date(record.startTime);
  const hour = (mark) => new Intl.DateTimeFormat(currentLanguage(), {timeStyle: total < 300 ? "medium" : "short"})
      .format(new Date(begun.getTime() + mark.seconds * 1000));
  const labels = h("div", {class: "timeline-axis", "aria-hidden": "true"}, marks.map((mark) => {
    const label = h("span", {}, hour(mark));
    label.style.left = `${mark.share * 100}%`;
    return label;
  }));
  return {marks, labels};
}

export function nameOfRow(row, isMasked) {
  return (/^\+/.test(row.name) ? (isMasked ? masked(row.name) : phoneNumber(row.name)) : row.name) || t("withheld");
}

export function timeline(record, calls, {isMasked = false} = {}) {
  const rows = timelineRows(record, calls);
  const {marks, labels} = axis(record);
  const bars = rows.map((row) => {
    const drawing = svg("svg", {class: "timeline-bars", viewBox: `0 0 ${WIDTH} ${LINE}`, preserveAspectRatio: "none", "aria-hidden": "true"},
        marks.map((mark) => svg("line", {class: "grid", x1: mark.share * WIDTH, x2: mark.share * WIDTH, y1: 0, y2: LINE})),
        svg("rect", {class: "present", x: row.from * WIDTH, y: 11, width: Math.max(2, (row.to - row.from) * WIDTH), height: 12, rx: 4}),
        row.speech.map(([from, to]) => svg("rect", {class: "speech", x: from * WIDTH, y: 7, width: Math.max(2, (to - from) * WIDTH), height: 20, rx: 3})));
    return h("li", {class: "timeline-row"},
        h("span", {class: "timeline-name"}, nameOfRow(row, isMasked)), drawing,
        h("span", {class: "timeline-facts"}, `${clock(row.seconds)} · ${t("spoke")} ${clock(row.speechSeconds)}`));
  });
  return h("figure", {class: "timeline card"},
      h("figcaption", {}, t("timeline"), h("span", {class: "legend"}, h("i", {class: "key-present"}), t("present"), h("i", {class: "key-speech"}), t("spoke"))),
      labels,
      h("ul", {role: "list"}, bars));
}
