// The console: who is logged in, which view is shown, and the frame around it.

import {logOut, session, whenLoggedOut} from "./api.js";
import {button, h, icon, replace, set} from "./dom.js";
import {auditView} from "./view_audit.js";
import {conferenceView} from "./view_conference.js";
import {conferencesView} from "./view_conferences.js";
import {historyView, recordView} from "./view_history.js";
import {logInView} from "./view_log_in.js";
import {messagesView, reservationsView} from "./view_operation.js";
import {personView} from "./view_person.js";
import {recordingsView} from "./view_recordings.js";
import {act} from "./widgets.js";
import {chooseLanguage, currentLanguage, t} from "./words.js";

// `show(place, parameter, session)` fills the place and returns a function that ends the view, or nothing.
const VIEWS = [
  {path: "conferences", icon: "people", show: conferencesView},
  {path: "conference", show: conferenceView, under: "conferences"},
  {path: "history", icon: "clock", show: historyView},
  {path: "record", show: recordView, under: "history"},
  {path: "recordings", icon: "record", show: recordingsView},
  {path: "reservations", icon: "calendar", show: reservationsView, roles: ["operator"]},
  {path: "messages", icon: "message", show: messagesView, roles: ["operator"]},
  {path: "person", icon: "person", show: personView, roles: ["operator"]},
  {path: "audit", icon: "shield", show: auditView, roles: ["operator", "manager"]},
];

let who = null;
let endView = () => {};

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;  // Forbidden by the browser's settings.
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it holds until the page is left.
  }
}

function applyTheme(theme) {
  set(document.documentElement, {"data-theme": theme});
}

function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function useLanguage(language) {
  chooseLanguage(language);
  document.documentElement.lang = currentLanguage();
}

function allowed(view) {
  if (who.conferenceId) return view.path === "conference";
  return !view.roles || view.roles.includes(who.role);
}

function preferences() {
  return [
    button(t("switch language"), {kind: "quiet", lang: currentLanguage() === "pl" ? "en" : "pl", onclick: () => {
      useLanguage(currentLanguage() === "pl" ? "en" : "pl");
      remember("narada-language", currentLanguage());
      start();
    }}),
    button(t("switch theme"), {icon: isDark() ? "sun" : "moon", kind: "quiet", iconOnly: true, onclick: () => {
      applyTheme(isDark() ? "light" : "dark");
      remember("narada-theme", document.documentElement.dataset.theme);
      start();
    }}),
  ];
}

function brand() {
  return h("a", {class: "brand", href: "#/"}, h("img", {src: "/page/icon.svg", alt: "", width: 28, height: 28}), "Narada");
}

function frame() {
  const place = h("main", {class: "place", id: "content"});
  const links = VIEWS.filter((view) => view.icon && allowed(view)).map((view) =>
      h("a", {href: `#/${view.path}`, "data-path": view.path}, icon(view.icon), h("span", {}, t(view.path))));
  const nav = h("nav", {class: "nav", "aria-label": t("menu")}, links);
  replace(document.body,
          h("a", {class: "skip", href: "#content", onclick: (event) => {
            event.preventDefault();
            place.querySelector("h1")?.focus();
          }}, t("skip to content")),
          h("header", {class: "top"}, brand(), links.length > 0 && nav, h("div", {class: "top-end"},
              h("span", {class: "user"}, who.userName), preferences(),
              button(t("log out"), {icon: "exit", kind: "quiet", iconOnly: true, onclick: (event) =>
                act(event.currentTarget, async () => {
                  await logOut();
                  who = null;
                  location.hash = "";
                  start();
                })}))),
          place);
  return place;
}

function route() {
  endView();
  endView = () => {};
  const [, path = "", parameter = ""] = location.hash.split("/");
  const fallback = who.conferenceId ? ["conference", who.conferenceId] : ["conferences", ""];
  let view = VIEWS.find((one) => one.path === path && allowed(one));
  let argument = decodeURIComponent(parameter);
  if (!view) {
    view = VIEWS.find((one) => one.path === fallback[0]);
    argument = fallback[1];
  }
  const place = document.getElementById("content") ?? frame();
  for (const link of document.querySelectorAll(".nav a")) {
    set(link, {"aria-current": link.dataset.path === (view.under ?? view.path) ? "page" : null});
  }
  place.className = `place place-${view.path}`;
  place.replaceChildren();
  endView = view.show(place, argument, who) ?? (() => {});
  document.title = `${place.querySelector("h1")?.textContent ?? ""} · Narada`;
}

function start() {
  endView();
  endView = () => {};
  document.body.replaceChildren();
  if (who) {
    frame();
    route();
  } else {
    document.title = `${t("log in")} · Narada`;
    replace(document.body, h("header", {class: "top"}, brand(), h("div", {class: "top-end"}, preferences())),
            h("main", {class: "place", id: "content"}, logInView((answer) => {
              who = answer;
              start();
            })));
  }
}

whenLoggedOut(() => {
  if (!who) return;
  who = null;
  start();
});
addEventListener("hashchange", () => who && route());

applyTheme(remembered("narada-theme"));
useLanguage(remembered("narada-language") ?? (navigator.language.startsWith("pl") ? "pl" : "en"));
// A control that is just starting is asked again; who is logged in stays so.
for (;;) {
  try {
    who = await session();
    break;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
start();
