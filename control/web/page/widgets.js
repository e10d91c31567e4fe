// What several views are made of: dialogs, toasts, forms, tables.

import {button, h, icon, replace, setText} from "./dom.js";
import {explain, t} from "./words.js";

// ---- Words that pass by. One region, so that a screen reader says them once.

const toasts = h("div", {class: "toasts", role: "status", "aria-live": "polite"});

export function toast(words, kind = "") {
  if (!toasts.isConnected) document.body.append(toasts);
  const note = h("div", {class: `toast ${kind}`}, words);
  toasts.append(note);
  setTimeout(() => note.remove(), kind === "bad" ? 7000 : 4000);
}

// Runs what a button does: busy meanwhile, and says what went wrong.
export async function act(element, work) {
  element?.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    toast(explain(error), "bad");
    return undefined;
  } finally {
    element?.removeAttribute("aria-busy");
  }
}

// ---- Dialogs: the browser's own, which hold the focus and close by Escape.

export function openDialog(title, ...content) {
  const dialog = h("dialog", {class: "dialog", "aria-label": title});
  const close = button(t("close"), {icon: "close", kind: "quiet", iconOnly: true, onclick: () => dialog.close()});
  dialog.append(h("header", {class: "dialog-head"}, h("h2", {}, title), close),
                h("div", {class: "dialog-body"}, ...content.flat().filter(Boolean)));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();  // Beside it.
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Resolves to true if it was meant.
export function confirm(title, hint, words) {
  return new Promise((resolve) => {
    let meant = false;
    const dialog = openDialog(title, h("p", {class: "hint"}, hint), h("div", {class: "dialog-foot"},
        button(t("cancel"), {onclick: () => dialog.close()}),
        button(words, {kind: "danger", onclick: () => {
          meant = true;
          dialog.close();
        }})));
    dialog.addEventListener("close", () => resolve(meant));
  });
}

// ---- Forms

let fields = 0;

export function field(label, input, hint) {
  const id = `field-${++fields}`;
  input.id = id;
  const note = hint && h("p", {class: "hint", id: `${id}-hint`}, hint);
  if (note) input.setAttribute("aria-describedby", note.id);
  return h("div", {class: "field"}, h("label", {for: id}, label), input, note);
}

export function select(options, chosen, attributes = {}) {
  return h("select", attributes, options.map(
      ([value, words]) => h("option", {value, selected: value === chosen}, words)));
}

// ---- Lists of records

export function empty(iconName, words, hint) {
  return h("div", {class: "empty"}, h("span", {class: "empty-icon"}, icon(iconName)), h("p", {class: "empty-title"}, words),
           hint && h("p", {class: "hint"}, hint));
}

// A table that becomes cards where there is no room for columns. `columns`: [{title, cell: (row) => child, wide}].
export function table(label, columns, rows) {
  return h("div", {class: "table-frame"}, h("table", {class: "table", "aria-label": label},
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", {scope: "col"}, column.title)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(
          (column) => h("td", {"data-title": column.title, class: column.wide ? "wide" : null}, column.cell(row))))))));
}

export function pill(words, kind = "") {
  return h("span", {class: `pill ${kind}`}, words);
}

export function pageHead(title, ...actions) {
  return h("header", {class: "page-head"}, h("h1", {tabindex: "-1"}, title), h("div", {class: "page-actions"}, actions));
}

// Shows what `work` gives, or why it cannot.
export async function load(element, work) {
  replace(element, h("p", {class: "hint loading"}, t("loading")));
  try {
    replace(element, ...[await work()].flat());
  } catch (error) {
    replace(element, empty("shield", explain(error)));
  }
}

export {setText};
