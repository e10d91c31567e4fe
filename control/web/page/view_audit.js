// Who did what.

import {list} from "./api.js";
import {h} from "./dom.js";
import {moment} from "./format.js";
import {empty, load, pageHead, pill, table} from "./widgets.js";
import {currentLanguage, t} from "./words.js";

export function auditView(place) {
  const body = h("div", {});
  place.append(pageHead(t("audit")), body);
  load(body, async () => {
    const entries = await list("AuditService/ListAuditEntries", "entries", {}, 500);
    if (entries.length === 0) return empty("shield", t("nothing"));
    return h("div", {class: "card"}, table(t("audit"), [
      {title: t("time"), cell: (one) => moment(one.time, currentLanguage(), {dateStyle: "short", timeStyle: "medium"})},
      {title: t("who"), cell: (one) => [one.actor ?? "", h("span", {class: "hint"}, [one.capacity, one.channel].filter(Boolean).join(" · "))]},
      {title: t("what"), cell: (one) => h("b", {}, one.command ?? "")},
      {title: t("where"), wide: true, cell: (one) => [one.conferenceId ?? "", one.detail && h("span", {class: "hint"}, one.detail)]},
      {title: t("outcome"), cell: (one) => pill(one.outcome ?? "", one.outcome === "OK" ? "good" : "warn")},
    ], entries));
  });
}
