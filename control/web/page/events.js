// Server-sent events that survive a control that went away: after a break the stream goes on behind the
// last event, and what could not be told comes as a new snapshot.
//   const stream = new EventStream("/api/conferences/conf-1/events", {onEvent, onState});
//   stream.close();

import {checkSession} from "./api.js";

const RETRY_MS = [150, 300, 600, 1000, 2000, 3000];
// The server says something at least every 10 s.
const SILENCE_MS = 25_000;

export class EventStream {
  #path;
  #handlers;
  #source = null;
  #lastId = "";
  #failures = 0;
  #timer = 0;
  #watchdog = 0;
  #isClosed = false;

  // `onState` is told "live", "waiting" and, where it is gone or not ours, "gone".
  constructor(path, handlers) {
    this.#path = path;
    this.#handlers = handlers;
    this.#open();
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#watchdog);
    this.#source?.close();
  }

  #open() {
    const cursor = this.#lastId ? `?cursor=${encodeURIComponent(this.#lastId)}` : "";
    this.#source = new EventSource(this.#path + cursor);
    this.#source.onopen = () => this.#heard();
    for (const kind of ["change", "beat", "gone"]) {
      this.#source.addEventListener(kind, (event) => this.#take(kind, event));
    }
    this.#source.onerror = () => this.#again();
    this.#heard(false);
  }

  #take(kind, event) {
    this.#heard();
    if (event.lastEventId) this.#lastId = event.lastEventId;
    if (kind === "change") this.#handlers.onEvent(JSON.parse(event.data));
    if (kind === "gone") {
      this.#handlers.onState("gone");
      this.close();
    }
  }

  #heard(isLive = true) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#again(), SILENCE_MS);
    if (!isLive) return;
    this.#failures = 0;
    this.#handlers.onState("live");
  }

  #again() {
    if (this.#isClosed) return;
    this.#source.close();
    clearTimeout(this.#watchdog);
    clearTimeout(this.#timer);
    this.#handlers.onState("waiting");
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    this.#timer = setTimeout(() => this.#open(), wait);
    checkSession();
  }
}
