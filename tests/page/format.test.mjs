import assert from "node:assert/strict";
import test from "node:test";

import {bytes, clock, initials, masked, percent, phoneNumber, qualityBars, seconds, toE164} from "../../control/web/page/format.js";

test("times are read as clocks are", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(67.9), "1:07");
  assert.equal(clock(3765), "1:02:45");
  assert.equal(clock(-5), "0:00");
  assert.equal(seconds("3.5s"), 3.5);
  assert.equal(seconds(undefined), 0);
});

test("numbers are grouped behind their country", () => {
  assert.equal(phoneNumber("+48608608608"), "+48 608 608 608");
  assert.equal(phoneNumber("+442079460000"), "+44 207 946 000 0");
  assert.equal(phoneNumber("+12025550123"), "+1 202 555 012 3");
  assert.equal(phoneNumber("+48******608"), "+48******608");
  assert.equal(phoneNumber(""), "");
  assert.equal(phoneNumber("<script>"), "<script>");
});

test("a masked number shows its country and last three digits", () => {
  assert.equal(masked("+48608608123"), "+48 *** *** 123");
});

test("what people type becomes E.164 or nothing", () => {
  assert.equal(toE164("608 608-608"), "+48608608608");
  assert.equal(toE164("+44 (20) 7946 0000"), "+442079460000");
  assert.equal(toE164("0044 2079460000"), "+442079460000");
  for (const wrong of ["", "12", "608608", "112", "+0123456789", "abc", "608 608 60x", "'; DROP TABLE"]) assert.equal(toE164(wrong), null, wrong);
});

test("initials are letters, whatever the name", () => {
  assert.equal(initials("Anna Kowalska"), "AK");
  assert.equal(initials("łukasz"), "Ł");
  assert.equal(initials("<script>alert(1)</script>"), "");
  assert.equal(initials(""), "");
  assert.equal(initials(undefined), "");
});

test("bars follow the E-model's steps", () => {
  assert.deepEqual([4.4, 3.9, 3.2, 2.7, 1.5].map((mos) => qualityBars({mos})), [4, 3, 2, 1, 0]);
  assert.equal(qualityBars(undefined), null);
  assert.equal(qualityBars({lossRatio: 0.1}), null);
});

test("small shares keep a digit", () => {
  assert.equal(percent(0), "0 %");
  assert.equal(percent(0.004), "0.4 %");
  assert.equal(percent(0.25), "25 %");
  assert.equal(bytes("1923840"), "1.9 MB");
  assert.equal(bytes(undefined), "0 B");
});
