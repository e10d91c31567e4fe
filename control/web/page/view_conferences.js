// Which conferences are running.

import {h, replace} from "./dom.js";
import {EventStream} from "./events.js";
import {moment} from "./format.js";
import {empty, pageHead, pill} from "./widgets.js";
import {currentLanguage, t} from "./words.js";

export function conferencesView(place) {
  const connection = h("span", {class: "connection", role: "status"});
  const list = h("div", {class: "conference-cards", "aria-live": "off"});
  place.append(pageHead(t("conferences"), connection), list);
  const stream = new EventStream("/api/conferences/events", {
    onEvent: (event) => replace(list, ...cards(event.conferences ?? [])),
    onState: (state) => replace(connection, pill(t(state === "live" ? "live" : "reconnecting"), state === "live" ? "good" : "warn")),
  });
  return () => stream.close();
}

function cards(conferences) {
  if (conferences.length === 0) return [empty("people", t("no conferences"), t("no conferences hint"))];
  return conferences.map((one) => h("a", {class: "card conference-card", href: `#/conference/${encodeURIComponent(one.conferenceId)}`},
      h("span", {class: "conference-room"}, t("room", {number: one.roomNumber})),
      h("span", {class: "conference-count"}, t("participants", {count: one.participantCount ?? 0})),
      h("span", {class: "conference-pills"}, one.tenantId ? pill(one.tenantId) : pill(t("on demand")),
        one.isLocked && pill(t("locked"), "warn"), one.isLecture && pill(t("lecture")),
        one.recording === "RECORDING_STATUS_RUNNING" && pill(t("recording running"), "bad")),
      h("span", {class: "hint"}, t("since", {time: moment(one.startTime, currentLanguage(), {timeStyle: "short"})}))));
}
