// All recordings that are kept.

import {list} from "./api.js";
import {h} from "./dom.js";
import {recordingCards} from "./recording_card.js";
import {empty, load, pageHead} from "./widgets.js";
import {t} from "./words.js";

export function recordingsView(place) {
  const body = h("div", {class: "stack"});
  place.append(pageHead(t("recordings")), body);
  load(body, async () => {
    const [recordings, records] = await Promise.all([
      list("ReportService/ListConferenceRecordings", "recordings", {}, 500),
      list("ReportService/ListConferenceRecords", "records", {}, 1000).catch(() => [])]);
    const rooms = new Map(records.map((one) => [one.conferenceRecordId, one.roomNumber]));
    if (recordings.length === 0) return empty("record", t("recordings empty"));
    return recordingCards(recordings, (one) => rooms.get(one.conferenceRecordId) ?? "");
  });
}
