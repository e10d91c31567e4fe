// Conferences that were: the list, and one of them with its timeline.

import {call, list} from "./api.js";
import {button, h, icon, replace} from "./dom.js";
import {clock, moment, phoneNumber} from "./format.js";
import {qualityWords} from "./participant_row.js";
import {qualityPlot} from "./quality_plot.js";
import {recordingCards} from "./recording_card.js";
import {timeline} from "./timeline.js";
import {empty, load, pageHead, table} from "./widgets.js";
import {currentLanguage, t} from "./words.js";

const length = (record) => (record.endTime ? clock((Date.parse(record.endTime) - Date.parse(record.startTime)) / 1000) : t("live"));

export function historyView(place) {
  const body = h("div", {});
  const from = h("input", {type: "date", "aria-label": t("from"), onchange: () => show()});
  const to = h("input", {type: "date", "aria-label": t("to"), onchange: () => show()});
  const range = () => ({range: {
    startTime: from.value ? new Date(`${from.value}T00:00`).toISOString() : undefined,
    endTime: to.value ? new Date(new Date(`${to.value}T00:00`).getTime() + 86_400_000).toISOString() : undefined}});
  place.append(pageHead(t("history"), h("label", {class: "inline"}, t("from"), from), h("label", {class: "inline"}, t("to"), to),
      h("a", {class: "button", href: "/api/export/conferences.csv", download: true}, icon("download"), h("span", {}, t("export csv")))), body);
  const show = () => load(body, async () => {
    const records = await list("ReportService/ListConferenceRecords", "records", range(), 500);
    if (records.length === 0) return empty("clock", t("history empty"));
    return h("div", {class: "card"}, table(t("history"), [
      {title: t("room number"), cell: (one) => h("a", {href: `#/record/${encodeURIComponent(one.conferenceRecordId)}`}, one.roomNumber)},
      {title: t("time"), cell: (one) => moment(one.startTime, currentLanguage())},
      {title: t("duration"), cell: length},
      {title: t("in the room"), cell: (one) => t("participants", {count: one.participantCount ?? 0})},
      {title: t("most at once"), cell: (one) => String(one.participantCountMax ?? 0)},
      {title: t("recordings"), cell: (one) => String(one.recordingIds?.length ?? 0)},
    ], records));
  });
  show();
}

export function recordView(place, recordId) {
  const body = h("div", {class: "stack"});
  const head = pageHead(t("history"), h("a", {class: "button", href: "#/history"}, icon("back"), h("span", {}, t("history"))));
  place.append(head, body);
  let isMasked = false;
  load(body, async () => {
    const [records, calls] = await Promise.all([
      list("ReportService/ListConferenceRecords", "records", {}, 2000),
      list("ReportService/ListCallRecords", "records", {conferenceRecordId: recordId}, 2000)]);
    const record = records.find((one) => one.conferenceRecordId === recordId);
    if (!record) return empty("clock", t("history empty"));
    head.querySelector("h1").textContent = t("conference of", {number: record.roomNumber, time: moment(record.startTime, currentLanguage())});
    if (calls.length === 0) return empty("people", t("no calls"));
    const drawing = h("div", {class: "stack"});
    const draw = () => replace(drawing, timeline(record, calls, {isMasked}), qualityPlot(record, calls, {isMasked}));
    draw();
    const mask = button(t("hide numbers"), {icon: "eye-off", kind: "quiet", onclick: () => {
      isMasked = !isMasked;
      mask.lastElementChild.textContent = t(isMasked ? "show numbers" : "hide numbers");
      draw();
    }});
    const recordings = h("div", {class: "stack"});
    call("ReportService/ListConferenceRecordings", {conferenceRecordId: recordId, pageSize: 100})
        .then((answer) => replace(recordings, ...recordingCards(answer.recordings ?? [])), () => {});
    return [h("div", {class: "row-end"}, mask), drawing, recordings, h("div", {class: "card"}, table(t("participants", {count: calls.length}), [
      {title: t("caller"), cell: (one) => one.name || phoneNumber(one.number) || t("withheld")},
      {title: t("joined at"), cell: (one) => moment(one.answerTime, currentLanguage(), {timeStyle: "medium"})},
      {title: t("left at"), cell: (one) => moment(one.endTime, currentLanguage(), {timeStyle: "medium"})},
      {title: t("quality"), cell: (one) => qualityWords(one)},
    ], calls))];
  });
}
