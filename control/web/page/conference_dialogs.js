// Calling out with the address book, announcements, invitations by SMS.

import {call, list} from "./api.js";
import {button, h, replace, setText} from "./dom.js";
import {phoneNumber, readNumbers, toE164} from "./format.js";
import {act, field, load, openDialog, select, toast} from "./widgets.js";
import {currentLanguage, explain, t, tOr} from "./words.js";

// A button for each announcement that control knows.
export async function announcementButtons(target) {
  const {announcements = []} = await call("ConferenceService/ListAnnouncements", {conferenceId: target.conferenceId});
  return announcements.map(({announcementId}) => {
    const words = tOr(`announcement ${announcementId}`, announcementId.replaceAll("_", " "));
    return button(words, {icon: "play", kind: "item", onclick: (event) => act(event.currentTarget, async () => {
      await call("ConferenceService/PlayAnnouncement", {...target, announcementId});
      toast(words);
    })});
  });
}

const languages = () => [["LANGUAGE_POLISH", t("polish")], ["LANGUAGE_ENGLISH", t("english")]];
const ownLanguage = () => (currentLanguage() === "pl" ? "LANGUAGE_POLISH" : "LANGUAGE_ENGLISH");
const requestId = () => crypto.randomUUID();

// ---- Calling out

export function callOut(conferenceId, session) {
  const number = h("input", {type: "tel", autocomplete: "off", required: true, maxlength: 24});
  const name = h("input", {autocomplete: "off", maxlength: 64});
  const group = h("input", {autocomplete: "off", maxlength: 64});
  const role = select([["PARTICIPANT_ROLE_PARTICIPANT", t("participant")], ["PARTICIPANT_ROLE_PRESENTER", t("presenter")],
                       ["PARTICIPANT_ROLE_MODERATOR", t("moderator")]], "PARTICIPANT_ROLE_PARTICIPANT");
  const language = select(languages(), ownLanguage());
  const save = h("input", {type: "checkbox", id: "save-contact"});
  const groupField = field(`${t("contact group")} (${t("optional")})`, group);
  groupField.hidden = true;
  save.addEventListener("change", () => (groupField.hidden = !save.checked));
  const complaint = h("p", {class: "complaint", role: "alert"});
  const book = h("div", {class: "address-book"});
  const submit = h("button", {type: "submit", class: "button primary"}, t("call"));

  const dial = (whom) => call("ConferenceService/CallOut", {
    requestId: requestId(), conferenceId, number: whom.number, name: whom.name ?? "", role: role.value, language: language.value,
  }).then(() => toast(t("calling whom", {name: whom.name || phoneNumber(whom.number)})));
  const showBook = () => act(null, async () => {
    const contacts = await list("ContactService/ListContacts", "contacts").catch((error) => {
      if (error.reason === "NOT_BUILT" || error.code === "UNIMPLEMENTED") return null;
      throw error;
    });
    if (contacts) replace(book, addressBook(contacts, dial, showBook));
  });
  const form = h("form", {onsubmit: (event) => {
    event.preventDefault();
    const e164 = toE164(number.value);
    setText(complaint, e164 ? "" : t("number wrong"));
    if (!e164) return number.focus();
    act(submit, async () => {
      if (save.checked) {
        await call("ContactService/PutContact", {contact: {number: e164, name: name.value.trim(), group: group.value.trim()}});
      }
      await dial({number: e164, name: name.value.trim()});
      number.value = name.value = "";
      save.checked = false;
      groupField.hidden = true;
      number.focus();
      showBook();
    });
  }}, h("p", {class: "hint"}, t("call out hint")), field(t("number"), number), complaint, field(`${t("name")} (${t("optional")})`, name),
      h("div", {class: "two"}, field(t("role"), role), field(t("language"), language)),
      !session.conferenceId && h("div", {class: "check"}, save, h("label", {for: "save-contact"}, t("save contact"))), groupField,
      h("div", {class: "dialog-foot"}, submit));
  openDialog(t("call out title"), form, book);
  if (!session.conferenceId) showBook();
}

function addressBook(contacts, dial, reload) {
  const title = h("h3", {}, t("address book"));
  if (contacts.length === 0) return [title, h("p", {class: "hint"}, t("address book empty"))];
  const groups = new Map();
  for (const one of contacts) {
    const name = one.group ?? "";
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const entry = (one) => h("li", {class: "contact"},
      button(one.name || phoneNumber(one.number), {icon: "phone-out", kind: "item", onclick: (event) => act(event.currentTarget, () => dial(one))}),
      h("span", {class: "hint"}, one.name ? phoneNumber(one.number) : ""),
      button(t("delete contact", {name: one.name || one.number}), {icon: "trash", kind: "quiet", iconOnly: true, onclick: (event) =>
        act(event.currentTarget, () => call("ContactService/DeleteContact", {contactId: one.contactId}).then(reload))}));
  return [title, ...[...groups].sort(([a], [b]) => a.localeCompare(b)).flatMap(([name, members]) => [
    name && h("div", {class: "contact-group"}, h("h4", {}, name), button(t("call all", {name}), {icon: "phone-out", kind: "quiet", onclick: (event) =>
      act(event.currentTarget, async () => {
        for (const one of members) await dial(one);
      })})),
    h("ul", {class: "contacts"}, members.map(entry)),
  ])];
}

// ---- Announcements

export function announce(conferenceId) {
  const items = h("div", {class: "items"});
  openDialog(t("announcements title"), h("p", {class: "hint"}, t("announcement hint")), items);
  load(items, () => announcementButtons({conferenceId}));
}

// ---- Invitations

export function invite(conference) {
  const numbers = h("textarea", {rows: 4, autocomplete: "off", required: true, oninput: () => tell()});
  const language = select(languages(), ownLanguage(), {onchange: () => preview()});
  const complaint = h("p", {class: "complaint", role: "alert"});
  const text = h("blockquote", {class: "sms"});
  const facts = h("p", {class: "hint", role: "status"});
  const submit = h("button", {type: "submit", class: "button primary"}, h("span", {}, t("send", {count: 0})));
  let parts = 0, alphabet = "";
  const tell = () => {
    const {numbers: wanted, wrong} = readNumbers(numbers.value);
    setText(submit.firstElementChild, t("send", {count: wanted.length}));
    setText(complaint, wrong.length > 0 ? t("numbers wrong", {numbers: wrong.join(", ")}) : "");
    if (parts === 0) return setText(facts, "");
    const one = `${t("parts", {count: parts})}, ${t(alphabet === "SMS_ALPHABET_GSM7" ? "alphabet gsm7" : "alphabet ucs2")}`;
    setText(facts, wanted.length > 1 ? `${one} · ${t("total parts", {count: parts * wanted.length})}` : one);
  };
  const preview = async () => {
    try {
      const answer = await call("SmsService/PreviewSms", {language: language.value, conferenceId: conference.conferenceId});
      parts = answer.parts ?? 0;
      alphabet = answer.alphabet;
      setText(text, answer.text ?? "");
    } catch (error) {
      parts = 0;
      setText(text, explain(error));
    }
    tell();
  };
  const dialog = openDialog(t("invitations title"), h("form", {onsubmit: (event) => {
    event.preventDefault();
    const {numbers: wanted, wrong} = readNumbers(numbers.value);
    if (wanted.length === 0 || wrong.length > 0) return numbers.focus();
    act(submit, async () => {
      const answer = await call("ConferenceService/SendInvitations",
          {requestId: requestId(), conferenceId: conference.conferenceId, numbers: wanted, language: language.value});
      toast(t("sent", {count: answer.smsIds?.length ?? wanted.length}));
      dialog.close();
    });
  }}, field(t("numbers"), numbers, t("numbers hint")), complaint, field(t("language"), language),
      h("h3", {}, t("preview")), text, facts, h("div", {class: "dialog-foot"}, submit)));
  preview();
}
