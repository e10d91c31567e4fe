// One recording: player, waveform, download, deletion.

import {call} from "./api.js";
import {button, h, icon, replace, set, setText} from "./dom.js";
import {bytes, clock, moment, seconds} from "./format.js";
import {act, confirm, pill, toast} from "./widgets.js";
import {drawWaveform, peaksOf, WAVEFORM_SECONDS_MAX} from "./waveform.js";
import {currentLanguage, t} from "./words.js";

// The track that holds everybody.
const MIX = "mix";

export function recordingCards(recordings, roomOf = () => "") {
  return recordings.map((one) => recordingCard(one, roomOf(one)));
}

function trackWords(trackId, at) {
  return trackId === MIX || trackId === "" ? t("mix") : t("track", {number: at});
}

function recordingCard(recording, room) {
  const id = recording.recordingId;
  const tracks = recording.trackIds?.length > 0 ? recording.trackIds : [MIX];
  let track = tracks.includes(MIX) ? MIX : tracks[0];
  const path = (name) => `/api/recordings/${encodeURIComponent(id)}/tracks/${encodeURIComponent(name)}`;
  const audio = h("audio", {preload: "none", src: path(track)});
  const card = h("article", {class: "card recording", "data-recording": id});
  const words = h("span", {});
  const play = h("button", {type: "button", class: "button primary round", onclick: () => (audio.paused ? audio.play() : audio.pause())});
  const position = h("input", {type: "range", class: "position", min: 0, max: Math.max(1, Math.round(seconds(recording.duration))), step: 0.1, value: 0,
    "aria-label": t("position"), oninput: () => (audio.currentTime = Number(position.value))});
  const canvas = h("canvas", {class: "waveform", width: 1200, height: 96, role: "img", "aria-label": t("waveform", {time: clock(seconds(recording.duration))})});
  const download = h("a", {class: "button", href: `${path(track)}?download=1`, download: true}, icon("download"), h("span", {}, t("download")));
  const tell = () => {
    const isPlaying = !audio.paused && !audio.ended;
    set(play, {"aria-label": t(isPlaying ? "pause" : "play"), title: t(isPlaying ? "pause" : "play")});
    replace(play, icon(isPlaying ? "pause" : "play"));
    const length = Number.isFinite(audio.duration) ? audio.duration : seconds(recording.duration);
    position.max = Math.max(1, length);
    position.value = audio.currentTime;
    position.setAttribute("aria-valuetext", clock(audio.currentTime));
    setText(words, `${clock(audio.currentTime)} / ${clock(length)}`);
    if (peaks) drawWaveform(canvas, peaks, length > 0 ? audio.currentTime / length : 0);
  };
  let peaks = null;
  const showWaveform = async () => {
    peaks = null;
    if (seconds(recording.duration) > WAVEFORM_SECONDS_MAX) return;
    try {
      peaks = await peaksOf(path(track));
      tell();
    } catch {
      canvas.hidden = true;  // The player says what is wrong when it is asked to play.
    }
  };
  for (const event of ["play", "pause", "ended", "timeupdate", "durationchange", "seeked"]) audio.addEventListener(event, tell);
  audio.addEventListener("error", () => toast(t("error UNREACHABLE"), "bad"));
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    showWaveform();
  }).observe(canvas);

  const choices = tracks.length > 1 && h("select", {"aria-label": t("recordings"), onchange: (event) => {
    track = event.target.value;
    audio.src = path(track);
    download.href = `${path(track)}?download=1`;
    showWaveform();
  }}, tracks.map((name, at) => h("option", {value: name, selected: name === track}, trackWords(name, at))));
  const remove = button(t("delete"), {icon: "trash", kind: "quiet danger", onclick: async (event) => {
    const element = event.currentTarget;
    if (!await confirm(t("delete recording"), t("delete recording hint"), t("delete"))) return;
    audio.pause();
    if (await act(element, () => call("ReportService/DeleteConferenceRecording", {recordingId: id}))) card.remove();
  }});
  card.append(h("header", {class: "recording-head"}, h("h2", {}, room ? `${t("room", {number: room})} · ` : "", moment(recording.startTime, currentLanguage())),
                h("span", {class: "conference-pills"}, pill(clock(seconds(recording.duration))), recording.sizeBytes && pill(bytes(recording.sizeBytes)),
                  recording.expireTime && pill(t("expires on", {time: moment(recording.expireTime, currentLanguage(), {dateStyle: "medium"})})))),
              h("div", {class: "wave-frame"}, canvas), h("div", {class: "player"}, play, position, h("span", {class: "timer"}, words)), audio,
              h("div", {class: "recording-foot"}, choices, download, remove));
  tell();
  return card;
}
