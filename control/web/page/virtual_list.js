// A list of any length of which only what can be seen is in the document, so that 500 participants cost
// as much as 20. Rows have one height. Screen readers are told each row's place and how many there are.
//   const list = new VirtualList({rowHeight: 64, key: (item) => item.id, make, update, label});
//   list.show(items);      // new items or a new order
//   list.refresh(id);      // one of them changed
// `make()` gives a row's element, `update(element, item)` fills it; rows are used again for other items.

import {h, set} from "./dom.js";

const SPARE_ROWS = 6;  // Above and below what is seen.

export class VirtualList {
  #options;
  #items = [];
  #index = new Map();  // Of keys.
  #rows = new Map();  // Key to element.
  #free = [];
  #dirty = new Set();
  #frame = 0;
  #body;

  constructor(options) {
    this.#options = options;
    this.#body = h("ul", {class: "virtual-body", role: "list", "aria-label": options.label});
    this.element = h("div", {class: "virtual-list"}, this.#body);
    this.element.addEventListener("scroll", () => this.#schedule(), {passive: true});
    this.#body.addEventListener("keydown", (event) => this.#move(event));
    new ResizeObserver(() => this.#schedule()).observe(this.element);
  }

  show(items) {
    this.#items = items;
    this.#index = new Map(items.map((item, at) => [this.#options.key(item), at]));
    this.#dirty.add(null);  // All.
    this.#schedule();
  }

  refresh(key, item) {
    const at = this.#index.get(key);
    if (at === undefined) return;
    if (item) this.#items[at] = item;
    this.#dirty.add(key);
    this.#schedule();
  }

  get length() {
    return this.#items.length;
  }

  #schedule() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const {rowHeight, key, update} = this.#options;
    const count = this.#items.length;
    this.#body.style.height = `${count * rowHeight}px`;
    const top = this.element.scrollTop;
    const first = Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
    const last = Math.min(count, Math.ceil((top + this.element.clientHeight) / rowHeight) + SPARE_ROWS);
    const visible = new Set();
    for (let at = first; at < last; ++at) visible.add(key(this.#items[at]));
    for (const [id, row] of this.#rows) {
      // A row that holds the focus stays, or the keyboard would lose its place.
      if (visible.has(id) || (this.#index.has(id) && row.contains(document.activeElement))) continue;
      this.#rows.delete(id);
      row.hidden = true;
      this.#free.push(row);
    }
    const all = this.#dirty.has(null);
    for (let at = first; at < last; ++at) {
      const item = this.#items[at];
      const id = key(item);
      let row = this.#rows.get(id);
      const isNew = !row;
      if (isNew) {
        row = this.#free.pop() ?? this.#newRow();
        row.hidden = false;
        this.#rows.set(id, row);
      }
      if (isNew || all || this.#dirty.has(id)) update(row, item);
      const place = `translateY(${at * rowHeight}px)`;
      if (row.style.transform !== place) row.style.transform = place;
      set(row, {"aria-setsize": count, "aria-posinset": at + 1});
    }
    if (all) this.#keepDomOrder();
    this.#dirty.clear();
  }

  #newRow() {
    const row = h("li", {class: "virtual-row", role: "listitem"});
    row.append(...this.#options.make(row));
    this.#body.append(row);
    return row;
  }

  // Tab and screen readers follow the document's order.
  #keepDomOrder() {
    const focused = document.activeElement;
    const ordered = [...this.#rows].sort(([a], [b]) => this.#index.get(a) - this.#index.get(b));
    let next = this.#body.firstElementChild;
    for (const [, row] of ordered) {
      if (row === next) {
        next = next.nextElementSibling;
      } else if (!row.contains(focused)) {
        this.#body.insertBefore(row, next);
      }
    }
  }

  // Arrow keys go to the same button of the next row.
  #move(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    const row = event.target.closest(".virtual-row");
    if (!step || !row || event.target.matches("input, select")) return;
    const id = [...this.#rows].find(([, element]) => element === row)?.[0];
    const at = this.#index.get(id) + step;
    if (!(at >= 0 && at < this.#items.length)) return;
    event.preventDefault();
    const {rowHeight} = this.#options;
    const top = at * rowHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    const bottom = top + rowHeight - this.element.clientHeight;
    if (bottom > this.element.scrollTop) this.element.scrollTop = bottom;
    const place = [...row.querySelectorAll("button")].indexOf(event.target);
    this.#draw();
    this.#rows.get(this.#options.key(this.#items[at]))?.querySelectorAll("button")[place]?.focus();
  }
}
