// For operators: reservations and the outbox of messages.

import {call, list} from "./api.js";
import {button, h} from "./dom.js";
import {moment, phoneNumber} from "./format.js";
import {act, confirm, empty, load, pageHead, pill, table} from "./widgets.js";
import {currentLanguage, t} from "./words.js";

const RESERVATION_STATES = {
  RESERVATION_STATE_LIVE: ["state live", "good"], RESERVATION_STATE_EXPIRED: ["state expired", ""],
  RESERVATION_STATE_CANCELLED: ["state cancelled", "warn"],
};

export function reservationsView(place) {
  const body = h("div", {});
  place.append(pageHead(t("reservations")), body);
  const show = () => load(body, async () => {
    const reservations = await list("ReservationService/ListReservations", "reservations", {}, 500);
    if (reservations.length === 0) return empty("calendar", t("nothing"));
    return h("div", {class: "card"}, table(t("reservations"), [
      {title: t("room number"), cell: (one) => h("b", {}, one.roomNumber)},
      {title: t("state"), cell: (one) => statePill(RESERVATION_STATES[one.state])},
      {title: t("made"), cell: (one) => moment(one.createTime, currentLanguage())},
      {title: t("valid until"), cell: (one) => moment(one.expireTime, currentLanguage())},
      {title: t("organiser"), cell: (one) => phoneNumber(one.organiserNumber) || t("withheld")},
      {title: t("extensions"), cell: (one) => String(one.extensionCount ?? 0)},
      {title: t("actions"), cell: (one) => one.state === "RESERVATION_STATE_LIVE" && button(t("cancel"), {kind: "quiet", onclick: async (event) => {
        const element = event.currentTarget;
        if (!await confirm(`${t("cancel")}: ${t("room", {number: one.roomNumber})}?`, "", t("cancel"))) return;
        if (await act(element, () => call("ReservationService/CancelReservation", {reservationId: one.reservationId}))) show();
      }})},
    ], reservations));
  });
  show();
}

const SMS_STATES = {
  SMS_STATE_NEW: ["sms new", ""], SMS_STATE_SENDING: ["sms sending", ""], SMS_STATE_SENT: ["sms sent", "good"],
  SMS_STATE_DELIVERED: ["sms delivered", "good"], SMS_STATE_FAILED: ["sms failed", "bad"], SMS_STATE_UNDELIVERED: ["sms undelivered", "bad"],
};

function statePill(state) {
  return state ? pill(t(state[0]), state[1]) : "";
}

export function messagesView(place) {
  const body = h("div", {});
  place.append(pageHead(t("messages")), body);
  const show = () => load(body, async () => {
    const messages = await list("SmsService/ListSms", "messages", {}, 500);
    if (messages.length === 0) return empty("message", t("nothing"));
    return h("div", {class: "card"}, table(t("messages"), [
      {title: t("recipient"), cell: (one) => phoneNumber(one.toNumber)},
      {title: t("state"), cell: (one) => statePill(SMS_STATES[one.state])},
      {title: t("made"), cell: (one) => moment(one.createTime, currentLanguage())},
      {title: t("attempts"), cell: (one) => String(one.attempts ?? 0)},
      {title: t("text"), wide: true, cell: (one) => [one.text ?? "", one.failure && h("span", {class: "hint"}, one.failure)]},
      {title: t("actions"), cell: (one) => (one.state === "SMS_STATE_FAILED" || one.state === "SMS_STATE_UNDELIVERED") &&
        button(t("retry"), {kind: "quiet", onclick: async (event) => {
          if (await act(event.currentTarget, () => call("SmsService/RetrySms", {smsId: one.smsId}))) show();
        }})},
    ], messages));
  });
  show();
}
