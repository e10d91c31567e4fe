// Everything that can be done to one participant.

import {call} from "./api.js";
import {announcementButtons} from "./conference_dialogs.js";
import {isPresent} from "./conference_state.js";
import {button, h} from "./dom.js";
import {displayName, displayNumber, notes, qualityWords} from "./participant_row.js";
import {act, confirm, field, load, openDialog, select} from "./widgets.js";
import {t} from "./words.js";

const NEW_GROUP = "\u0000new";

export function openParticipantMenu(conferenceId, state, participantId, isMasked) {
  const participant = state.participants.get(participantId);
  if (!participant) return;
  const name = displayName(participant, isMasked);
  const target = {conferenceId, participantId};
  let dialog;
  const send = (method, body = {}) => (event) =>
    act(event?.currentTarget, () => call(`ConferenceService/${method}`, {...target, ...body})).then((done) => done && dialog.close());
  const update = (body) => send("UpdateParticipant", body);
  const item = (words, iconName, onclick, kind = "") => button(words, {icon: iconName, kind: `item ${kind}`, onclick});

  const head = [participant.name && displayNumber(participant, isMasked), ...notes(participant), qualityWords(participant)].filter(Boolean);
  const content = [h("p", {class: "hint"}, head.join(" · "))];
  if (!isPresent(participant)) {
    content.push(h("div", {class: "items"}, item(t("cancel call"), "phone-down", send("CancelCallOut"), "danger")));
  } else {
    const isPresenter = participant.role === "PARTICIPANT_ROLE_PRESENTER";
    content.push(gain(participant, target), group(state, participant, target), h("div", {class: "items"},
      item(t(participant.isMuted ? "unmute" : "mute"), participant.isMuted ? "mic" : "mic-off", update({isMuted: !participant.isMuted})),
      participant.handRaiseTime && item(t("give floor"), "star", update({isHandRaised: false, role: "PARTICIPANT_ROLE_PRESENTER"})),
      participant.handRaiseTime && item(t("lower hand"), "hand", update({isHandRaised: false})),
      participant.role !== "PARTICIPANT_ROLE_MODERATOR" && item(t(isPresenter ? "make participant" : "make presenter"), "star",
        update({role: isPresenter ? "PARTICIPANT_ROLE_PARTICIPANT" : "PARTICIPANT_ROLE_PRESENTER"})),
      item(t(participant.isDeaf ? "make hear" : "make deaf"), participant.isDeaf ? "speaker" : "speaker-off", update({isDeaf: !participant.isDeaf})),
      item(t(participant.isHeld ? "unhold" : "hold"), participant.isHeld ? "play" : "pause", update({isHeld: !participant.isHeld})),
      item(t("roll call"), "people", send("TellRollCall")),
      item(t("announce to"), "megaphone", () => {
        dialog.close();
        const items = h("div", {class: "items"});
        openDialog(`${t("announce to")}: ${name}`, items);
        load(items, () => announcementButtons(target));
      }),
      item(t("disconnect"), "phone-down", async () => {
        dialog.close();
        if (await confirm(t("disconnect whom", {name}), t("disconnect hint"), t("disconnect"))) {
          await act(null, () => call("ConferenceService/DisconnectParticipant", target));
        }
      }, "danger")));
  }
  dialog = openDialog(name, ...content);
  dialog.classList.add("sheet");
}

function gain(participant, target) {
  const words = h("output", {class: "gain-words"});
  const slider = h("input", {type: "range", min: -20, max: 20, step: 1, value: Math.round(participant.gainDb ?? 0),
    oninput: () => tell(),
    onchange: () => act(slider, () => call("ConferenceService/UpdateParticipant", {...target, gainDb: Number(slider.value)}))});
  const tell = () => {
    const db = t("gain of", {db: slider.value > 0 ? `+${slider.value}` : slider.value});
    words.textContent = db;
    slider.setAttribute("aria-valuetext", db);
  };
  tell();
  return h("div", {class: "gain"}, field(t("gain"), slider), words);
}

function group(state, participant, target) {
  const known = (state.conference?.groups ?? []).map((one) => one.groupId).filter(Boolean).sort();
  const send = (groupId) => act(choice, () => call("ConferenceService/UpdateParticipant", {...target, groupId}));
  // A side room hears itself alone; who whispers hears the whole room as well, which does not hear them.
  const make = (text) => act(choice, async () => {
    const groupId = text.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 32);
    if (!groupId) return;
    const groups = state.conference?.groups ?? [];
    if (!groups.some((one) => one.groupId === groupId)) {
      await call("ConferenceService/UpdateConference",
          {conferenceId: target.conferenceId, groups: [...groups, {groupId, heardGroupIds: kind.value === "whisper" ? [groupId, ""] : [groupId]}]});
    }
    await call("ConferenceService/UpdateParticipant", {...target, groupId});
  });
  const kind = select([["side", t("side room")], ["whisper", t("whisper")]], "side", {"aria-label": t("group kind")});
  const name = h("input", {maxlength: 32, placeholder: t("group name"), "aria-label": t("group name"), onkeydown: (event) => {
    if (event.key === "Enter" && name.value.trim()) make(name.value.trim());
  }});
  const choice = select([["", t("whole room")], ...known.map((id) => [id, id]), [NEW_GROUP, t("new group")]], participant.groupId ?? "", {
    onchange: () => {
      fresh.hidden = choice.value !== NEW_GROUP;
      if (fresh.hidden) send(choice.value); else name.focus();
    }});
  const fresh = h("div", {class: "group-new", hidden: true}, kind, name,
      button(t("make group"), {icon: "check", kind: "quiet", iconOnly: true, onclick: () => name.value.trim() && make(name.value.trim())}));
  return h("div", {class: "group-choice"}, field(t("move to group"), choice), fresh);
}
