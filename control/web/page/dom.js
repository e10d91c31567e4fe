// Makes elements. Text only ever becomes text nodes, so a hostile name is a hostile name and no markup.
//   h("button", {class: "quiet", onclick: end, "aria-label": t("end")}, icon("phone-down"), t("end"))

export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  set(element, attributes ?? {});
  append(element, children);
  return element;
}

export function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else if (value === undefined || value === null || value === false) {
      element.removeAttribute(key);
    } else {
      const text = value === true ? "" : String(value);
      if (element.getAttribute(key) !== text) element.setAttribute(key, text);
    }
  }
}

function append(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

// Changes text only where it differs: screen readers and the layout notice every touch.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

// Strokes of 24 by 24 icons.
const STROKES = {
  mic: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3M8.5 21h7",
  "mic-off": "M4 4l16 16M9 9v3a3 3 0 0 0 5 2.2M15 11V6a3 3 0 0 0-5.7-1.3M5 11a7 7 0 0 0 11.6 5.2M19 11a7 7 0 0 1-.5 2.6M12 18v3M8.5 21h7",
  hand: "M8 13V5.5a1.5 1.5 0 0 1 3 0V11M11 11V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8a7 7 0 0 1-7 7c-2.5 0-4-1.2-5.2-3L2.6 14.4a1.6 1.6 0 0 1 2.7-1.7L8 15",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9.5h-13z",
  unlock: "M7 11V8a5 5 0 0 1 9.7-1.7M5.5 11h13v9.5h-13z",
  record: "M12 5a7 7 0 1 0 0 14a7 7 0 0 0 0-14zM12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5z",
  pause: "M8 5v14M16 5v14",
  play: "M7 4.5l12 7.5l-12 7.5z",
  stop: "M6 6h12v12H6z",
  lecture: "M3 4h18v11H3zM12 15v3M8 21l4-3l4 3",
  "phone-out": "M14 5h5v5M19 5l-6 6M6.6 4H4.5A1.5 1.5 0 0 0 3 5.6A17 17 0 0 0 18.4 21a1.5 1.5 0 0 0 1.6-1.5v-2.7a1.5 1.5 0 0 0-1.2-1.5l-2.6-.5a1.5 1.5 0 0 0-1.5.6l-.7 1a12.5 12.5 0 0 1-6-6l1-.7a1.5 1.5 0 0 0 .6-1.5l-.5-2.7A1.5 1.5 0 0 0 7.6 4z",
  "phone-down": "M3 15.5c-.6-1.6-.3-3.2 1-4.3c4.7-3.6 11.3-3.6 16 0c1.3 1.1 1.6 2.7 1 4.3l-.4.9c-.3.6-.9.9-1.5.7l-2.7-.8a1.3 1.3 0 0 1-.9-1.2v-1.9a11 11 0 0 0-7 0v1.9c0 .6-.4 1.1-.9 1.2l-2.7.8c-.6.2-1.2-.1-1.5-.7z",
  speaker: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  "speaker-off": "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  message: "M4 5h16v11H9.5L5.5 20v-4H4z",
  megaphone: "M4 10v4h3l9 4.5v-13L7 10zM19 9.5a3.5 3.5 0 0 1 0 5M7.5 14l1.2 5.5h2.6L10 15.5",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20",
  people: "M9 5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7zM2.5 20a6.5 6.5 0 0 1 13 0M16 5.4a3.5 3.5 0 0 1 0 6.2M18 14.2a6.5 6.5 0 0 1 3.5 5.8",
  person: "M12 4a4 4 0 1 0 0 8a4 4 0 0 0 0-8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
  calendar: "M4 6h16v14H4zM4 10.5h16M8 3.5V7M16 3.5V7",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  download: "M12 4v11M7.5 11l4.5 4.5l4.5-4.5M4.5 20h15",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5",
  eye: "M2.5 12S6 5.5 12 5.5S21.5 12 21.5 12S18 18.5 12 18.5S2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6z",
  "eye-off": "M4 4l16 16M9.9 5.7A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-2.6 3.3M6.3 7.6A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.3-1.1M9.9 9.9a3 3 0 0 0 4.2 4.2",
  sun: "M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  close: "M6 6l12 12M18 6L6 18",
  check: "M4.5 12.5l5 5l10-11",
  back: "M14.5 5.5L8 12l6.5 6.5",
  shield: "M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5c-4.5-1.5-7.5-5-7.5-9.5V6z",
  exit: "M14 4H5v16h9M10 12h10.5M17 8.5l3.5 3.5l-3.5 3.5",
  star: "M12 3.5l2.6 5.5l6 .8l-4.4 4.2l1.1 6l-5.3-3l-5.3 3l1.1-6L3.4 9.8l6-.8z",
  book: "M5 4h13v16H5zM9 4v16M3 8h2M3 12h2M3 16h2",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", STROKES[name]);
  svg.append(path);
  return svg;
}

export function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  set(element, attributes ?? {});
  append(element, children);
  return element;
}

// A button of the page: an icon, words, or both. Icon buttons have their words as a label.
export function button(words, {icon: iconName, onclick, kind = "", iconOnly = false, ...attributes} = {}) {
  return h("button", {type: "button", class: `button ${kind}`, onclick,
                      "aria-label": iconOnly ? words : null, title: iconOnly ? words : null, ...attributes},
           iconName && icon(iconName), iconOnly ? null : h("span", {}, words));
}
