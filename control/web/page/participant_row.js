// One participant as a row: who, since when, how it sounds, and the buttons for them.

import {button, h, icon, set, setText} from "./dom.js";
import {clock, initials, masked, percent, phoneNumber, qualityBars, seconds} from "./format.js";
import {isMuted, isPresent} from "./conference_state.js";
import {t} from "./words.js";

export const ROW_HEIGHT = 68;

export function displayName(participant, isMasked) {
  return participant.name || displayNumber(participant, isMasked) || t("withheld");
}

export function displayNumber(participant, isMasked) {
  if (!participant.number) return "";
  return isMasked ? masked(participant.number) : phoneNumber(participant.number);
}

const STATES = {
  PARTICIPANT_STATE_DIALLING: "dialling", PARTICIPANT_STATE_RINGING: "ringing",
  PARTICIPANT_STATE_CONFIRMING: "confirming", PARTICIPANT_STATE_WAITING: "waiting",
};

// What is to be said of them besides the name, in order of weight.
export function notes(participant) {
  const found = [];
  if (participant.state === "PARTICIPANT_STATE_FAILED") found.push(t("failed", {why: participant.failure ?? ""}));
  if (STATES[participant.state]) found.push(t(STATES[participant.state]));
  if (participant.isHeld) found.push(t("held"));
  if (participant.isHeldByRemote) found.push(t("held by remote"));
  if (participant.isMuted) found.push(t("muted"));
  else if (participant.isSelfMuted) found.push(t("self-muted"));
  if (participant.isDeaf) found.push(t("deaf"));
  if (participant.groupId) found.push(t("group", {name: participant.groupId}));
  return found;
}

export function qualityWords(participant) {
  const quality = participant.quality;
  if (qualityBars(quality) === null) return t("quality unknown");
  return `${t("mos")} ${quality.mos.toFixed(1)} · ${t("loss")} ${percent(quality.lossRatio)} · ` +
         `${t("jitter")} ${Math.round(seconds(quality.interarrivalJitter) * 1000)} ms`;
}

// `actions`: {toggleMute(participant, element), openMenu(participant, element)}.
export function makeRow(actions) {
  return (row) => {
    const face = h("span", {class: "face", "aria-hidden": "true"});
    const name = h("span", {class: "name"});
    const role = h("span", {class: "role"});
    const below = h("span", {class: "below"});
    const state = h("span", {class: "row-state"});
    const hand = h("span", {class: "row-hand"}, icon("hand"), h("span", {class: "visually-hidden"}));
    const bars = h("span", {class: "bars", role: "img"}, h("i"), h("i"), h("i"), h("i"));
    const numbers = h("span", {class: "quality-numbers", "aria-hidden": "true"});
    const since = h("span", {class: "since"});
    const mute = button("", {kind: "quiet mute", onclick: (event) => actions.toggleMute(row.participant, event.currentTarget)});
    const menu = button("", {icon: "more", kind: "quiet menu", onclick: (event) => actions.openMenu(row.participant, event.currentTarget)});
    const micOn = icon("mic"), micOff = icon("mic-off");
    mute.replaceChildren(micOn, micOff);
    menu.lastElementChild.remove();
    row.parts = {face, name, role, below, state, hand, bars, numbers, since, mute, menu, micOn, micOff};
    return [face, h("span", {class: "who"}, h("span", {class: "name-line"}, name, role), h("span", {class: "below-line"}, below, state)),
            hand, h("span", {class: "quality"}, bars, numbers), since, h("span", {class: "row-buttons"}, mute, menu)];
  };
}

export function updateRow(row, participant, {isMasked, turn, now}) {
  row.participant = participant;
  const parts = row.parts;
  const name = displayName(participant, isMasked);
  const number = displayNumber(participant, isMasked);
  const muted = isMuted(participant);
  const present = isPresent(participant);
  set(row, {"data-participant": participant.participantId});
  row.classList.toggle("is-speaking", Boolean(participant.isSpeaking));
  row.classList.toggle("is-muted", muted);
  row.classList.toggle("is-away", !present);
  row.classList.toggle("has-hand", Boolean(participant.handRaiseTime));
  setText(parts.face, initials(participant.name) || "•");
  parts.face.dataset.tint = String(tintOf(participant));
  setText(parts.name, name);
  setText(parts.role, participant.role === "PARTICIPANT_ROLE_MODERATOR" ? t("moderator")
                    : participant.role === "PARTICIPANT_ROLE_PRESENTER" ? t("presenter") : "");
  setText(parts.below, participant.name ? number || t("withheld") : "");
  const said = notes(participant);
  if (participant.isSpeaking) said.unshift(t("speaking"));
  setText(parts.state, said.join(", "));
  parts.hand.hidden = !participant.handRaiseTime;
  if (participant.handRaiseTime) setText(parts.hand.lastElementChild, turn ? t("hand turn", {turn}) : t("hand raised"));
  parts.hand.dataset.turn = turn ? String(turn) : "";
  const bars = qualityBars(participant.quality);
  parts.bars.dataset.bars = bars === null ? "none" : String(bars);
  set(parts.bars, {"aria-label": bars === null ? t("quality unknown") : `${t("quality of 4", {bars})}: ${qualityWords(participant)}`,
                   title: qualityWords(participant)});
  setText(parts.numbers, bars === null ? "" : qualityNumbers(participant.quality));
  setText(parts.since, participant.joinTime && present ? clock((now - Date.parse(participant.joinTime)) / 1000) : "");
  const word = t(participant.isMuted ? "unmute whom" : "mute whom", {name});
  set(parts.mute, {"aria-label": word, title: word, "aria-pressed": String(Boolean(participant.isMuted))});
  parts.mute.hidden = !present;
  parts.micOn.toggleAttribute("hidden", muted);
  parts.micOff.toggleAttribute("hidden", !muted);
  const actions = t("actions for", {name});
  set(parts.menu, {"aria-label": actions, title: actions});
}

function qualityNumbers(quality) {
  return `${quality.mos.toFixed(1)} · ${percent(quality.lossRatio)} · ${Math.round(seconds(quality.interarrivalJitter) * 1000)} ms`;
}

// One of six quiet colours, the same for the same person.
function tintOf(participant) {
  let sum = 0;
  for (const letter of participant.name || participant.number || participant.participantId) sum = (sum * 31 + letter.codePointAt(0)) % 6007;
  return sum % 6;
}
