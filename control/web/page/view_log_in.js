// By account, or by a moderator's PIN for one conference.

import {logIn} from "./api.js";
import {h, replace} from "./dom.js";
import {field} from "./widgets.js";
import {explain, t} from "./words.js";

export function logInView(onLoggedIn) {
  const form = h("form", {class: "card log-in-form"});
  const complaint = h("p", {class: "complaint", role: "alert"});
  let isByPin = false;

  function show() {
    const user = h("input", {name: "userName", autocomplete: "username", required: true, maxlength: 128, autocapitalize: "none"});
    const password = h("input", {name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 256});
    const room = h("input", {name: "roomNumber", inputmode: "numeric", autocomplete: "off", required: true, maxlength: 12, pattern: "[0-9 ]+"});
    const pin = h("input", {name: "pin", type: "password", inputmode: "numeric", autocomplete: "off", required: true, maxlength: 16});
    const tab = (words, value) => h("button", {type: "button", class: "tab", "aria-pressed": String(isByPin === value), onclick: () => {
      isByPin = value;
      show();
      form.querySelector("input").focus();
    }}, words);
    const submit = h("button", {type: "submit", class: "button primary wide"}, h("span", {}, t(isByPin ? "enter" : "log in")));
    complaint.textContent = "";
    form.onsubmit = async (event) => {
      event.preventDefault();
      submit.setAttribute("aria-busy", "true");
      complaint.textContent = "";
      try {
        onLoggedIn(await logIn(isByPin ? {roomNumber: room.value.replaceAll(" ", ""), pin: pin.value}
                                       : {userName: user.value, password: password.value}));
      } catch (error) {
        complaint.textContent = explain(error);
        submit.removeAttribute("aria-busy");
        (isByPin ? pin : password).select();
      }
    };
    replace(form, h("div", {class: "tabs", role: "group", "aria-label": t("log in")}, tab(t("with account"), false), tab(t("with pin"), true)),
            isByPin ? [field(t("room number"), room), field(t("moderator pin"), pin)]
                    : [field(t("user name"), user), field(t("password"), password)],
            complaint, submit);
  }
  show();
  return h("div", {class: "log-in"}, h("h1", {tabindex: "-1"}, "Narada"), h("p", {class: "lead"}, t("log-in greeting")), form);
}
