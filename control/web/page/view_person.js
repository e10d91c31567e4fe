// For operators: everything that is kept about one number, to be handed out or erased.

import {call, download} from "./api.js";
import {button, h, icon, replace, setText} from "./dom.js";
import {phoneNumber, toE164} from "./format.js";
import {act, confirm, field, pageHead} from "./widgets.js";
import {t} from "./words.js";

export function personView(place) {
  const number = h("input", {name: "personNumber", type: "tel", autocomplete: "off", required: true, maxlength: 24});
  const complaint = h("p", {class: "complaint", role: "alert"});
  const outcome = h("p", {class: "outcome", role: "status"});
  const given = () => {
    const e164 = toE164(number.value);
    setText(complaint, e164 ? "" : t("number wrong"));
    setText(outcome, "");
    if (!e164) number.focus();
    return e164;
  };
  const exportButton = h("button", {type: "submit", class: "button primary"}, icon("download"), h("span", {}, t("export person")));
  const erase = button(t("erase person"), {icon: "trash", kind: "danger", onclick: async () => {
    const e164 = given();
    if (!e164 || !await confirm(t("erase question", {number: phoneNumber(e164)}), t("erase hint"), t("erase person"))) return;
    await act(erase, async () => {
      const erased = await call("ReportService/ErasePerson", {number: e164});
      setText(outcome, t("erased", {records: erased.recordsErased ?? 0, recordings: erased.recordingsErased ?? 0}));
    });
  }});
  const form = h("form", {class: "card person-form", onsubmit: (event) => {
    event.preventDefault();
    const e164 = given();
    if (e164) act(exportButton, () => download("export/person", {number: e164}, "person.zip"));
  }});
  replace(form, h("p", {class: "hint"}, t("person hint")), field(t("number"), number), complaint,
          h("div", {class: "dialog-foot"}, erase, exportButton), outcome);
  place.append(pageHead(t("person")), form);
}
