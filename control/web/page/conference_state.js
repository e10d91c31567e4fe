// What the page knows of one conference: a snapshot and the numbered changes after it. Pure.
//   const state = new ConferenceState();
//   state.apply(change);   // a WatchConferenceResponse as JSON
//   state.rows({filter: "", show: "all"})

const GONE = new Set(["PARTICIPANT_STATE_LEFT"]);

export class ConferenceState {
  conference = null;  // Without participants.
  participants = new Map();  // By id.
  sequence = 0;
  isOver = false;
  // Counts changes that may alter which rows there are or their order.
  revision = 0;

  // What changed: {all: true}, {participantId}, {conference: true} or {over: true}.
  apply(change) {
    const sequence = Number(change.sequence ?? 0);
    if (change.snapshot) {
      const {participants = [], ...conference} = change.snapshot;
      this.conference = conference;
      this.participants = new Map(participants.map((one) => [one.participantId, one]));
      this.sequence = sequence;
      this.isOver = false;
      ++this.revision;
      return {all: true};
    }
    // A change from before the snapshot says nothing new.
    if (sequence <= this.sequence && !change.missed && !change.ended) return {};
    this.sequence = sequence;
    if (change.ended) {
      this.isOver = true;
      this.participants.clear();
      ++this.revision;
      return {over: true};
    }
    if (change.conference) {
      const {participants, ...conference} = change.conference;
      this.conference = conference;
      return {conference: true};
    }
    if (change.participant) return this.#applyParticipant(change.participant);
    return {};
  }

  #applyParticipant(participant) {
    const id = participant.participantId;
    const before = this.participants.get(id);
    if (GONE.has(participant.state)) {
      this.participants.delete(id);
    } else {
      this.participants.set(id, participant);
    }
    if (!before || GONE.has(participant.state) || orderKey(before) !== orderKey(participant) ||
        before.name !== participant.name || before.isSpeaking !== participant.isSpeaking ||
        isMuted(before) !== isMuted(participant)) {
      ++this.revision;
    }
    return {participantId: id};
  }

  counts() {
    let joined = 0, muted = 0, speaking = 0, hands = 0, dialling = 0;
    for (const one of this.participants.values()) {
      if (isPresent(one)) ++joined; else ++dialling;
      if (isMuted(one)) ++muted;
      if (one.isSpeaking) ++speaking;
      if (one.handRaiseTime) ++hands;
    }
    return {joined, muted, speaking, hands, dialling};
  }

  // The participants to show, in order: raised hands by their turn, moderators, presenters, the rest by
  // when they came. Who speaks does not move: a list that jumps cannot be clicked.
  rows({filter = "", show = "all"} = {}) {
    const wanted = filter.trim().toLocaleLowerCase();
    const digits = wanted.replace(/[\s-]/g, "");
    return [...this.participants.values()]
        .filter((one) => show === "all" || (show === "hands" && one.handRaiseTime) ||
                         (show === "speaking" && one.isSpeaking) || (show === "muted" && isMuted(one)))
        .filter((one) => !wanted || (one.name ?? "").toLocaleLowerCase().includes(wanted) ||
                         (digits && (one.number ?? "").includes(digits)))
        .sort((a, b) => (orderKey(a) < orderKey(b) ? -1 : 1));
  }
}

export function isMuted(participant) {
  return Boolean(participant.isMuted || participant.isSelfMuted);
}

export function isPresent(participant) {
  return !participant.state || participant.state === "PARTICIPANT_STATE_JOINED" ||
         participant.state === "PARTICIPANT_STATE_WAITING";
}

// "BEGIN" before "PARTICIPANT": each key is a text that sorts.
function orderKey(participant) {
  const rank = participant.handRaiseTime ? `0${sortable(participant.handRaiseTime)}`
               : participant.role === "PARTICIPANT_ROLE_MODERATOR" ? "1"
               : participant.role === "PARTICIPANT_ROLE_PRESENTER" ? "2" : "3";
  return `${rank} ${sortable(participant.joinTime)} ${participant.participantId}`;
}

// RFC 3339 times with and without fractions, comparable as text.
function sortable(timestamp) {
  if (!timestamp) return "9";
  const [whole, fraction = ""] = timestamp.replace("Z", "").split(".");
  return `${whole}.${fraction.padEnd(9, "0")}`;
}
