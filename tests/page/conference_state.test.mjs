import assert from "node:assert/strict";
import test from "node:test";

import {ConferenceState} from "../../control/web/page/conference_state.js";

const person = (id, more = {}) => ({participantId: id, name: id, number: "+48601000001", state: "PARTICIPANT_STATE_JOINED",
                                    joinTime: `2026-01-01T10:00:0${id.length}Z`, ...more});
const begun = (...participants) => {
  const state = new ConferenceState();
  state.apply({sequence: "5", snapshot: {conferenceId: "conf-1", roomNumber: "12345", participants}});
  return state;
};
const ids = (state, options) => state.rows(options).map((one) => one.participantId);

test("a snapshot replaces what was known", () => {
  const state = begun(person("a"), person("bb"));
  state.apply({sequence: "2", snapshot: {conferenceId: "conf-1", participants: [person("ccc")]}});
  assert.deepEqual(ids(state), ["ccc"]);
  assert.equal(state.sequence, 2);
});

test("participants come, change and leave", () => {
  const state = begun(person("a"));
  state.apply({sequence: "6", participant: person("bb")});
  state.apply({sequence: "7", participant: person("a", {isMuted: true})});
  assert.deepEqual(ids(state), ["a", "bb"]);
  assert.equal(state.participants.get("a").isMuted, true);
  state.apply({sequence: "8", participant: person("a", {state: "PARTICIPANT_STATE_LEFT"})});
  assert.deepEqual(ids(state), ["bb"]);
});

test("a change that was told before is not applied again", () => {
  const state = begun(person("a"));
  assert.deepEqual(state.apply({sequence: "5", participant: person("bb")}), {});
  assert.deepEqual(ids(state), ["a"]);
});

test("the conference's own state keeps its participants", () => {
  const state = begun(person("a"));
  state.apply({sequence: "6", conference: {conferenceId: "conf-1", isLocked: true}});
  assert.equal(state.conference.isLocked, true);
  assert.deepEqual(ids(state), ["a"]);
});

test("raised hands stand first, in their turn; then moderators, presenters, the rest by when they came", () => {
  const state = begun(person("aaaa"), person("b", {role: "PARTICIPANT_ROLE_PRESENTER"}), person("cc", {role: "PARTICIPANT_ROLE_MODERATOR"}),
                      person("ddd", {handRaiseTime: "2026-01-01T10:05:00.500Z"}), person("eeeee", {handRaiseTime: "2026-01-01T10:05:00Z"}), person("ff"));
  assert.deepEqual(ids(state), ["eeeee", "ddd", "cc", "b", "ff", "aaaa"]);
});

test("speaking does not move a row", () => {
  const state = begun(person("a"), person("bb"));
  const before = ids(state);
  state.apply({sequence: "6", participant: person("bb", {isSpeaking: true})});
  assert.deepEqual(ids(state), before);
});

test("filters find names, numbers, and what holds", () => {
  const state = begun(person("a", {name: "Anna"}), person("bb", {name: "", number: "+48602333444", isSelfMuted: true}), person("ccc", {isSpeaking: true}));
  assert.deepEqual(ids(state, {filter: "ann"}), ["a"]);
  assert.deepEqual(ids(state, {filter: "602 333"}), ["bb"]);
  assert.deepEqual(ids(state, {show: "muted"}), ["bb"]);
  assert.deepEqual(ids(state, {show: "speaking"}), ["ccc"]);
  assert.deepEqual(ids(state, {filter: "nobody"}), []);
});

test("counts tell those who are called from those who are in", () => {
  const state = begun(person("a", {isMuted: true}), person("bb", {state: "PARTICIPANT_STATE_RINGING"}));
  assert.deepEqual(state.counts(), {joined: 1, muted: 1, speaking: 0, hands: 0, dialling: 1});
});

test("an ended conference is over and empty", () => {
  const state = begun(person("a"));
  assert.deepEqual(state.apply({sequence: "6", ended: {}}), {over: true});
  assert.equal(state.isOver, true);
  assert.deepEqual(ids(state), []);
});
