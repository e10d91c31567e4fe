// The page's words in Polish and English. Pure but for the choice of language.
//   t("participants", {count: 3})
// A word is a text with {places}, or a function of them where grammar asks for it.

import {ENGLISH} from "./words_en.js";
import {POLISH} from "./words_pl.js";

export const LANGUAGES = {pl: POLISH, en: ENGLISH};

let language = "en";

export function chooseLanguage(wanted) {
  language = wanted in LANGUAGES ? wanted : "en";
}

export function currentLanguage() {
  return language;
}

export function t(key, places = {}) {
  const word = LANGUAGES[language][key];
  if (word === undefined) throw new Error(`no word for ${key}`);
  if (typeof word === "function") return word(places);
  return word.replace(/\{(\w+)\}/g, (_, name) => String(places[name] ?? ""));
}

// A word that may not be there, such as that of an announcement of the operator's own.
export function tOr(key, otherwise) {
  return key in LANGUAGES[language] ? t(key) : otherwise;
}

// What an error means to a person; the server's own words where there is no better.
export function explain(error) {
  const known = LANGUAGES[language][`error ${error.reason}`];
  if (known) return known.replace("{seconds}", String(Math.ceil(error.retryAfterS || 1)));
  return error.message || String(error);
}
