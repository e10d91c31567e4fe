import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";

import {chooseLanguage, explain, LANGUAGES, t} from "../../control/web/page/words.js";

const PAGE = new URL("../../control/web/page/", import.meta.url);

test("both languages have the same words with the same places", () => {
  const {pl, en} = LANGUAGES;
  assert.deepEqual(Object.keys(pl).sort(), Object.keys(en).sort());
  const places = (word) => (typeof word === "function" ? "function" : (word.match(/\{\w+\}/g) ?? []).sort().join());
  for (const key of Object.keys(en)) assert.equal(places(pl[key]), places(en[key]), key);
});

test("every word that the page asks for is there", () => {
  for (const file of fs.readdirSync(PAGE).filter((name) => name.endsWith(".js"))) {
    for (const [, key] of fs.readFileSync(new URL(file, PAGE), "utf8").matchAll(/\bt\("([^"]+)"\s*[,)]/g)) {
      assert.ok(key in LANGUAGES.en, `${file}: ${key}`);
    }
  }
});

test("Polish counts as Poles do", () => {
  chooseLanguage("pl");
  assert.deepEqual([1, 2, 5, 12, 22, 25, 112, 122].map((count) => t("parts", {count})),
                   ["1 część", "2 części", "5 części", "12 części", "22 części", "25 części", "112 części", "122 części"]);
  assert.equal(t("send", {count: 1}), "Wyślij 1 wiadomość");
  assert.equal(t("send", {count: 3}), "Wyślij 3 wiadomości");
  chooseLanguage("en");
});

test("an error is explained, or says what the server said", () => {
  assert.equal(explain({reason: "LOG_IN_SLOWED", retryAfterS: 3.2}), "Too many tries. Try again in 4 s.");
  assert.equal(explain({reason: "SOMETHING_NEW", message: "the server's words"}), "the server's words");
});

test("no script makes markup out of text", () => {
  for (const file of fs.readdirSync(PAGE).filter((name) => name.endsWith(".js"))) {
    const text = fs.readFileSync(new URL(file, PAGE), "utf8");
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, file);
  }
});
