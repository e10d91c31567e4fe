// One running conference: who is in, and everything a moderator does to it.

import {call} from "./api.js";
import {announce, callOut, invite} from "./conference_dialogs.js";
import {ConferenceState, isPresent} from "./conference_state.js";
import {button, h, icon, replace, set, setText} from "./dom.js";
import {EventStream} from "./events.js";
import {clock, moment, seconds} from "./format.js";
import {openParticipantMenu} from "./participant_menu.js";
import {displayName, makeRow, ROW_HEIGHT, updateRow} from "./participant_row.js";
import {VirtualList} from "./virtual_list.js";
import {act, confirm, empty, pageHead, pill, toast} from "./widgets.js";
import {currentLanguage, t} from "./words.js";

export function conferenceView(place, conferenceId, session) {
  const view = new ConferenceView(place, conferenceId, session);
  return () => view.close();
}

class ConferenceView {
  #state = new ConferenceState();
  #id;
  #session;
  #place;
  #isMasked = false;
  #show = "all";
  #filter = "";
  #turns = new Map();  // Of raised hands, by participant.
  #revision = -1;
  #recordedAt = 0;  // When `recordedDuration` was heard.
  #frame = 0;
  #parts = {};

  constructor(place, conferenceId, session) {
    this.#place = place;
    this.#id = conferenceId;
    this.#session = session;
    this.#build();
    this.#stream = new EventStream(`/api/conferences/${encodeURIComponent(conferenceId)}/events`, {
      onEvent: (change) => this.#take(change),
      onState: (state) => this.#tellConnection(state),
    });
    this.#ticker = setInterval(() => this.#tick(), 1000);
  }

  #stream;
  #ticker;

  close() {
    this.#stream.close();
    clearInterval(this.#ticker);
    cancelAnimationFrame(this.#frame);
  }

  // ---- The frame of the view

  #build() {
    const parts = this.#parts;
    parts.connection = h("span", {class: "connection", role: "status"});
    parts.pills = h("span", {class: "conference-pills"});
    parts.count = h("p", {class: "hint conference-facts"});
    parts.head = pageHead(t("room", {number: "…"}), parts.pills, parts.connection);
    parts.list = new VirtualList({
      rowHeight: ROW_HEIGHT, label: t("in the room"), key: (one) => one.participantId,
      make: makeRow({
        toggleMute: (participant, element) => act(element, () => call("ConferenceService/UpdateParticipant",
            {conferenceId: this.#id, participantId: participant.participantId, isMuted: !participant.isMuted})),
        openMenu: (participant) => openParticipantMenu(this.#id, this.#state, participant.participantId, this.#isMasked),
      }),
      update: (row, participant) => updateRow(row, participant, {
        isMasked: this.#isMasked, turn: this.#turns.get(participant.participantId), now: Date.now()}),
    });
    parts.nobody = h("div", {class: "nobody", hidden: true}, empty("people", t("nobody matches")));
    this.#place.append(parts.head, parts.count, h("div", {class: "conference"},
        h("section", {class: "roster card", "aria-label": t("in the room")}, this.#buildTools(), parts.list.element, parts.nobody),
        this.#buildControls()));
  }

  #buildTools() {
    const parts = this.#parts;
    const search = h("input", {type: "search", class: "search", placeholder: t("find participant"), "aria-label": t("find participant"), oninput: () => {
      this.#filter = search.value;
      this.#redraw();
    }});
    parts.chips = ["all", "speaking", "hands", "muted"].map((show) => h("button", {type: "button", class: "chip", "data-show": show, onclick: () => {
      this.#show = show;
      this.#redraw();
    }}));
    const mask = button("", {kind: "quiet", onclick: () => {
      this.#isMasked = !this.#isMasked;
      tellMask();
      this.#redraw();
    }});
    const tellMask = () => {
      const words = t(this.#isMasked ? "show numbers" : "hide numbers");
      replace(mask, icon(this.#isMasked ? "eye" : "eye-off"));
      set(mask, {"aria-label": words, title: words});
    };
    tellMask();
    return h("div", {class: "roster-tools"}, h("div", {class: "search-frame"}, icon("search"), search),
             h("div", {class: "chips", role: "group", "aria-label": t("in the room")}, parts.chips), mask);
  }

  #buildControls() {
    const parts = this.#parts;
    const big = (name, iconName, words, onclick, kind = "") => {
      parts[name] = button(words, {icon: iconName, kind: `big ${kind}`, onclick: (event) => onclick(event.currentTarget)});
      return parts[name];
    };
    const update = (element, change) => act(element, () => call("ConferenceService/UpdateConference", {conferenceId: this.#id, ...change}));
    const muteAll = (element, isMuted) => act(element, () => call("ConferenceService/MuteAll", {conferenceId: this.#id, isMuted}));
    const record = (element, command) => act(element, () => call("ConferenceService/ControlRecording",
        {conferenceId: this.#id, command: `RECORDING_COMMAND_${command}`}));
    const conference = () => this.#state.conference ?? {};
    parts.timer = h("span", {class: "timer", role: "timer"});
    return h("section", {class: "controls", "aria-label": t("whole room controls")},
        h("div", {class: "control-grid"},
          big("muteAll", "mic-off", t("mute all"), (element) => muteAll(element, true)),
          big("unmuteAll", "mic", t("unmute all"), (element) => muteAll(element, false)),
          big("lock", "lock", t("lock"), (element) => update(element, {isLocked: !conference().isLocked}), "toggle"),
          big("lecture", "lecture", t("lecture"), (element) => update(element, {isLecture: !conference().isLecture}), "toggle"),
          big("callOut", "phone-out", t("call out"), () => callOut(this.#id, this.#session)),
          big("invite", "message", t("invite"), () => invite(conference())),
          big("announce", "megaphone", t("announce"), () => announce(this.#id))),
        h("div", {class: "recorder card"},
          h("span", {class: "recorder-state"}, h("span", {class: "dot", "aria-hidden": "true"}), parts.recordWords = h("span", {}), parts.timer),
          h("span", {class: "recorder-buttons"},
            parts.record = button(t("record"), {icon: "record", kind: "record", onclick: (event) => record(event.currentTarget, "START")}),
            parts.pause = button(t("pause recording"), {icon: "pause", onclick: (event) => record(event.currentTarget, "PAUSE")}),
            parts.resume = button(t("resume recording"), {icon: "record", onclick: (event) => record(event.currentTarget, "RESUME")}),
            parts.stop = button(t("stop recording"), {icon: "stop", onclick: (event) => record(event.currentTarget, "STOP")}))),
        parts.end = button(t("end conference"), {icon: "phone-down", kind: "danger wide", onclick: async (event) => {
          const element = event.currentTarget;
          const meant = await confirm(t("end question"), t("end hint", {count: this.#state.counts().joined}), t("end conference"));
          if (meant) await act(element, () => call("ConferenceService/EndConference", {conferenceId: this.#id}));
        }}));
  }

  // ---- What happens

  #take(change) {
    const before = this.#state.conference?.recording;
    const changed = this.#state.apply(change);
    if (changed.over) return this.#tellOver("conference over", "conference over hint");
    if (changed.all || changed.conference) {
      this.#recordedAt = Date.now();
      if (before && before !== this.#state.conference.recording) this.#tellRecording();
    }
    if (changed.participantId) {
      const participant = this.#state.participants.get(changed.participantId);
      if (participant?.state === "PARTICIPANT_STATE_FAILED") {
        toast(`${displayName(participant, this.#isMasked)}: ${t("failed", {why: participant.failure ?? ""})}`, "bad");
      }
      if (this.#state.revision === this.#revision) this.#parts.list.refresh(changed.participantId, participant);
    }
    // Many changes of one moment are drawn once.
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#state.revision !== this.#revision) this.#redraw();
      this.#tellConference();
    });
  }

  #redraw() {
    this.#revision = this.#state.revision;
    const hands = this.#state.rows({show: "hands"});
    this.#turns = new Map(hands.map((one, at) => [one.participantId, at + 1]));
    const rows = this.#state.rows({filter: this.#filter, show: this.#show});
    this.#parts.list.show(rows);
    this.#parts.list.element.hidden = rows.length === 0;
    this.#parts.nobody.hidden = rows.length > 0;
    const counts = this.#state.counts();
    const numbers = {all: this.#state.participants.size, speaking: counts.speaking, hands: counts.hands, muted: counts.muted};
    for (const chip of this.#parts.chips) {
      const show = chip.dataset.show;
      setText(chip, `${t(`show ${show}`)} ${numbers[show]}`);
      set(chip, {"aria-pressed": String(show === this.#show)});
    }
  }

  #tellConference() {
    const conference = this.#state.conference;
    if (!conference || this.#state.isOver) return;
    const parts = this.#parts;
    const title = t("room", {number: conference.roomNumber});
    const heading = parts.head.querySelector("h1");
    if (heading.textContent !== title) {
      heading.textContent = title;
      document.title = `${title} · Narada`;
    }
    const recording = conference.recording;
    const facts = [t("participants", {count: this.#state.counts().joined}),
                   t("since", {time: moment(conference.startTime, currentLanguage(), {timeStyle: "short"})})];
    if (conference.expireTime) facts.push(t("expires", {time: moment(conference.expireTime, currentLanguage())}));
    setText(parts.count, facts.join(" · "));
    const pills = [conference.isLocked && [t("locked"), "warn"], conference.isLecture && [t("lecture on"), "plain"]].filter(Boolean);
    const key = JSON.stringify(pills);
    if (parts.pills.dataset.key !== key) {
      parts.pills.dataset.key = key;
      replace(parts.pills, ...pills.map(([words, kind]) => pill(words, kind)));
    }
    this.#toggle(parts.lock, conference.isLocked, "lock", "unlock", conference.isLocked ? "unlock" : "lock");
    this.#toggle(parts.lecture, conference.isLecture, "lecture", "lecture off", "lecture");
    const isRunning = recording === "RECORDING_STATUS_RUNNING", isPaused = recording === "RECORDING_STATUS_PAUSED";
    parts.record.hidden = isRunning || isPaused;
    parts.pause.hidden = !isRunning;
    parts.resume.hidden = !isPaused;
    parts.stop.hidden = !isRunning && !isPaused;
    const recorder = parts.timer.closest(".recorder");
    recorder.classList.toggle("is-running", isRunning);
    recorder.classList.toggle("is-paused", isPaused);
    setText(parts.recordWords, isRunning ? t("recording running") : isPaused ? t("recording paused") : t("recordings"));
    this.#tellTimer();
  }

  #toggle(element, isOn, offWords, onWords, iconName) {
    if (element.dataset.on === String(Boolean(isOn))) return;
    element.dataset.on = String(Boolean(isOn));
    set(element, {"aria-pressed": String(Boolean(isOn))});
    replace(element, icon(iconName), h("span", {}, t(isOn ? onWords : offWords)));
  }

  #tellTimer() {
    const conference = this.#state.conference;
    const isRunning = conference?.recording === "RECORDING_STATUS_RUNNING";
    const isOff = !isRunning && conference?.recording !== "RECORDING_STATUS_PAUSED";
    const recorded = seconds(conference?.recordedDuration) + (isRunning ? (Date.now() - this.#recordedAt) / 1000 : 0);
    setText(this.#parts.timer, isOff ? "" : clock(recorded));
  }

  #tellRecording() {
    const words = {RECORDING_STATUS_RUNNING: "recording running", RECORDING_STATUS_PAUSED: "recording paused"}[this.#state.conference.recording];
    if (words) toast(t(words));
  }

  #tick() {
    if (this.#state.isOver) return;
    this.#tellTimer();
    for (const row of this.#parts.list.element.querySelectorAll(".virtual-row:not([hidden])")) {
      const one = row.participant;
      if (one?.joinTime && isPresent(one)) setText(row.parts.since, clock((Date.now() - Date.parse(one.joinTime)) / 1000));
    }
  }

  #tellConnection(state) {
    if (state === "gone") return this.#tellOver("conference gone", "no conferences hint");
    const isLive = state === "live";
    if (this.#parts.connection.dataset.state === state) return;
    this.#parts.connection.dataset.state = state;
    replace(this.#parts.connection, pill(t(isLive ? "live" : "reconnecting"), isLive ? "good" : "warn"));
  }

  #tellOver(title, hint) {
    if (this.#state.conference === null && this.#session.conferenceId) hint = "conference over hint";
    this.close();
    const room = this.#state.conference && t("room", {number: this.#state.conference.roomNumber});
    replace(this.#place, pageHead(room ?? t("conferences")), empty("phone-down", t(title), t(hint)),
            !this.#session.conferenceId && h("p", {class: "centred"}, h("a", {class: "button", href: "#/conferences"}, icon("back"), t("conferences"))));
  }
}
