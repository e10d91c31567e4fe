"""The console in a real browser, over real calls: what a button does is heard, what happens is seen."""

import json
import time
import urllib.error
import urllib.request
import zipfile

from tests.end_to_end.console_case import LEVEL_DBOV, RESULTS, SIZES, TONES_HZ, ConsoleCase
from tests.instruments import audio


class SteeringTest(ConsoleCase):
    def test_moderator_steers_a_conference_from_the_page(self):
        room, pin, phones = self.two_callers()
        began = time.monotonic()  # Of "mark all-in" at the second phone, more or less.
        self.log_in()
        self.open_conference(room)
        talker, listener = self.row("+48 601 000 100"), self.row("+48 601 000 101")
        self.browser.wait(f"{talker}.is-speaking")
        self.browser.wait(f"{listener}.is-speaking")
        moments = {}

        def do(name, selector, shown):
            moments[name] = time.monotonic() - began
            self.browser.click(selector)
            self.browser.wait(shown)

        do("mute", f"{talker} .mute", f"{talker}.is-muted")
        self.pause(2)
        do("unmute", f"{talker} .mute", f"{talker}:not(.is-muted)")
        self.pause(2)
        do("mute all", ".big:has-text('Mute all')", f"{listener}.is-muted")
        self.browser.wait(f"{talker}.is-muted")
        do("unmute all", ".big:has-text('Unmute all')", f"{listener}:not(.is-muted)")
        self.browser.click(".button.record")
        self.browser.wait(".recorder.is-running")
        self.pause(4)
        self.browser.click(".recorder-buttons .button:has-text('Pause')")
        self.browser.wait(".recorder.is-paused")
        self.browser.click(".recorder-buttons .button:has-text('Resume')")
        self.browser.wait(".recorder.is-running")
        self.browser.click(".recorder-buttons .button:has-text('Stop')")
        self.browser.wait(".recorder:not(.is-running)")
        do("lock", ".big:has-text('Lock')", ".pill:has-text('Locked')")
        late = self.enter(room, pin, "listen 10; hangup", number="+48601000103", name="late").end_anyhow()
        self.assertIn("room_locked", self.said(late.heard, "pl", "room_locked", "first_in_conference"))
        self.assertEqual(2, self.browser.count(".virtual-row:not([hidden])"))
        self.browser.click(".button.danger.wide")
        self.browser.click(".dialog .button.danger")
        self.browser.wait(".empty:has-text('has ended')")
        calls = [phone.end_anyhow() for phone in phones]
        self.assertEqual([True, True], [call.call["ended_by_peer"] for call in calls])
        said = ("recording_started", "recording_paused", "recording_resumed", "recording_stopped")
        self.assertEqual(list(said), self.said(calls[1].heard, "pl", *said))
        self.play_the_recording()
        self.look_at_the_timeline(room)
        self.hand_out_and_erase_a_person(room)
        self.assertEqual([], self.browser.errors())

        begin = calls[1].at_s("mark all-in")
        level = {name: audio.tone_level_dbov(calls[1].heard_between(begin + at + 1.2, begin + at + 1.8), TONES_HZ[0])
                 for name, at in moments.items() if name in ("mute", "unmute")}
        self.assertLess(level["mute"], -60, "the muted caller is heard")
        self.assertAlmostEqual(LEVEL_DBOV, level["unmute"], delta=1.5)

    def play_the_recording(self):
        """In the page: its sound comes, and a waveform is drawn from it."""
        self.browser.click(".nav a[data-path=recordings]")
        self.browser.wait(".recording .round")
        self.assertRegex(" ".join(self.browser.texts(".recording .pill")), r"\d+ kB|\d\.\d MB", "its size is not shown")
        self.browser.click(".recording .round")
        played = self.wait_until(lambda: self.browser.evaluate("document.querySelector('audio').currentTime > 1"), 10, "it does not play")
        self.assertTrue(played)
        self.assertGreater(self.browser.evaluate("document.querySelector('audio').duration"), 3)
        drawn = """(() => { const c = document.querySelector('.waveform');
                    return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((value) => value > 0); })()"""
        self.wait_until(lambda: self.browser.evaluate(drawn), 10, "no waveform is drawn")
        # Any place can be gone to before all of it has come.
        self.assertEqual([206, "100", True], self.browser.evaluate("""(async () => {
          const source = document.querySelector("audio").src;
          const whole = new Uint8Array(await (await fetch(source)).arrayBuffer());
          const part = await fetch(source, {headers: {Range: "bytes=100-199"}});
          const bytes = new Uint8Array(await part.arrayBuffer());
          return [part.status, part.headers.get("Content-Length"), bytes.every((value, at) => value === whole[100 + at])];
        })()"""))
        self.assertTrue(self.browser.evaluate("""new Promise((resolve) => {
          const audio = document.querySelector("audio");
          audio.addEventListener("seeked", () => resolve(audio.currentTime >= audio.duration - 1.5), {once: true});
          audio.currentTime = audio.duration - 1;
        })"""), "it cannot be gone to its end")
        self.browser.screenshot(RESULTS / "recording-played.png")

    def look_at_the_timeline(self, room):
        self.browser.click(".nav a[data-path=history]")
        self.browser.click(f"td a:has-text('{room}')")
        self.browser.wait(".timeline-row")
        self.assertEqual(2, self.browser.count(".timeline-bars"))
        self.assertGreaterEqual(self.browser.count(".timeline-bars .speech"), 2, "nobody is shown to have spoken")
        self.assertEqual(2, self.browser.count(".quality-course .quality-plot .curve"), "how they sounded is not drawn")
        self.assertTrue(all("MOS 4." in facts for facts in self.browser.texts(".quality-course .timeline-facts")))
        for scheme in ("light", "dark"):
            self.browser.scheme(scheme)
            for size, (width, height) in SIZES.items():
                self.browser.resize(width, height)
                self.browser.screenshot(RESULTS / f"timeline-{size}-{scheme}.png")
                self.assertEqual([], self.browser.axe())
        self.browser.resize(*SIZES["wide"])
        self.browser.scheme("light")

    def hand_out_and_erase_a_person(self, room):
        self.browser.click(".nav a[data-path=person]")
        self.browser.fill("input[name=personNumber]", "601 000 100")
        file = self.browser.download(".person-form button[type=submit]")
        with zipfile.ZipFile(file["path"]) as archive:
            calls = archive.read("calls.jsonl").decode()
            voices = [name for name in archive.namelist() if name.startswith("recordings/")]
        self.assertEqual("person.zip", file["name"])
        self.assertIn("+48601000100", calls)
        self.assertNotIn("+48601000101", calls)
        self.assertEqual(1, len(voices), voices)  # The own track, not the mix.
        self.browser.click(".person-form .button.danger")
        self.browser.click(".dialog .button.danger")
        self.browser.wait(".outcome:has-text('recordings 1')")
        self.browser.click(".nav a[data-path=recordings]")
        self.browser.wait(".empty:has-text('No recordings')")
        self.browser.click(".nav a[data-path=history]")
        self.browser.click(f"td a:has-text('{room}')")
        self.browser.wait(".timeline-name:has-text('withheld')")
        self.assertNotIn("601 000 100", " ".join(self.browser.texts(".timeline-name")))

    def test_page_shows_the_truth_again_after_control_was_killed(self):
        room, _, phones = self.two_callers(then="listen 120; hangup")
        self.log_in()
        self.open_conference(room)
        talker = self.row("+48 601 000 100")
        self.browser.click(f"{talker} .mute")
        self.browser.wait(f"{talker}.is-muted")
        self.kill(self.stack.control)
        self.browser.wait(".connection:has-text('Reconnecting')")
        self.restart(self.stack.control)
        self.browser.wait(".connection:has-text('Live')")
        self.wait_until(lambda: self.browser.count(".virtual-row:not([hidden])") == 2, 10, "the two are not shown again")
        # Nobody had to log in again, and commands work.
        if self.browser.count(f"{talker}.is-muted"):
            self.browser.click(f"{talker} .mute")
        self.browser.wait(f"{talker}:not(.is-muted)")
        for phone in phones:
            phone.kill()


class HostileTest(ConsoleCase):
    """V27, V28 of docs/field-failures.md: what strangers write stays text, and what they send changes nothing."""

    def test_hostile_names_are_shown_and_not_run(self):
        name = "<img src=x onerror=alert(1)>"
        room, _, phones = self.two_callers(names=(name, "'; DROP TABLE calls; --"))
        self.log_in()
        self.open_conference(room)
        names = self.browser.texts(".virtual-row .name")
        self.assertIn(name, names)
        self.assertIn("'; DROP TABLE calls; --", names)
        self.browser.click(f"{self.row('onerror')} .menu")
        self.browser.wait(".dialog h2:has-text('onerror')")
        self.assertEqual(0, self.browser.count("img[src=x]"))
        self.assertEqual([], self.browser.errors())
        for phone in phones:
            phone.kill()

    def ask(self, path, body=None, **headers):
        """(status, body) of a request that no page of ours made."""
        request = urllib.request.Request(f"{self.site}{path}", data=body and json.dumps(body).encode(),
                                         headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def test_strangers_requests_change_and_leak_nothing(self):
        room, _ = self.new_reservation()
        password = self.operator_password()
        credentials = {"userName": "operator", "password": password}
        json_type = "application/json"
        self.assertEqual(403, self.ask("/api/log-in", credentials, Content_Type=json_type, Origin="http://evil.example")[0])
        self.assertEqual(403, self.ask("/api/log-in", credentials, Content_Type="text/plain")[0])
        for cookie in ("narada=" + "0" * 64, "narada=' OR '1'='1", "narada=operator", f"narada={password}"):
            self.assertEqual(401, self.ask("/api/ReservationService/ListReservations", {}, Content_Type=json_type, Cookie=cookie)[0])
        for path in ("/../../etc/passwd", "/page/..%2f..%2fetc%2fpasswd", "/api/recordings/..%2f..%2fsecrets/tracks/pin.key", "/data/secrets/pin.key"):
            status, body = self.ask(path)
            self.assertIn(status, (400, 401, 404), path)
            self.assertNotIn("root:", body)
        for name in ("' OR 1=1 --", "operator'--", "\" OR \"\"=\""):
            self.assertIn(self.ask("/api/log-in", {"userName": name, "password": name}, Content_Type=json_type)[0], (401, 429))
        self.assertIsNone(self.reservation(room)["cancelled_at"])

    def test_pins_and_passwords_are_in_no_log(self):
        """V14."""
        room, pin = self.new_reservation()
        self.log_in()
        self.ask("/api/log-in", {"userName": "operator", "password": "wrong-password-canary"}, Content_Type="application/json")
        self.ask("/api/log-in", {"roomNumber": room, "pin": "31415926"}, Content_Type="application/json")
        log = self.stack.control.log_path.read_text(encoding="utf-8", errors="replace")
        for secret in (self.operator_password(), "wrong-password-canary", "31415926", pin):
            self.assertNotIn(secret, log)


class LookTest(ConsoleCase):
    """Every view at every size, light and dark: no serious violation of WCAG, nothing wider than the window; and pictures."""

    def look(self, name):
        for size, (width, height) in SIZES.items():
            self.browser.resize(width, height)
            for scheme in ("light", "dark"):
                self.browser.scheme(scheme)
                self.pause(0.15)
                self.browser.screenshot(RESULTS / f"{name}-{size}-{scheme}.png")
                with self.subTest(view=name, size=size, scheme=scheme):
                    if (size, scheme) in (("wide", "light"), ("narrow", "dark")):  # Each layout and each set of colours once.
                        self.assertEqual([], self.browser.axe())
                    self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
        self.browser.resize(*SIZES["wide"])

    def test_views(self):
        self.browser.open()
        self.browser.goto(self.site)
        self.browser.wait("input[name=userName]")
        self.look("log-in")
        room, _, phones = self.two_callers(names=("Anna Kowalska", ""))
        self.log_in()
        self.look("conferences")
        self.open_conference(room)
        self.look("conference")
        for name, selector in (("participant", f"{self.row('Anna')} .menu"), ("call-out", ".big:has-text('Call out')"),
                               ("invite", ".big:has-text('Invite')")):
            self.browser.click(selector)
            self.browser.wait(".dialog")
            self.look(name)
            self.browser.press("Escape")
            self.browser.wait(".dialog", state="detached")
        for phone in phones:
            phone.kill()
        for name in ("history", "recordings", "reservations", "messages", "person", "audit"):
            self.browser.click(f".nav a[data-path={name}]")
            self.browser.wait("h1")
            self.look(name)
        self.browser.click("button:has-text('Polski')")
        self.browser.wait("text=Rezerwacje")
        self.assertEqual([], self.browser.errors())


# Stands for the server's events: as many participants as are asked for, and changes as fast as are asked for.
_CROWD = """
window.EventSource = class extends EventTarget {
  constructor() {
    super();
    this.sequence = 0;
    window.crowd = this;
    setTimeout(() => { this.onopen?.(); this.snapshot(500); }, 0);
  }
  close() {}
  send(change) {
    const event = new MessageEvent("change", {lastEventId: `crowd.${++this.sequence}`, data: JSON.stringify({sequence: String(this.sequence), ...change})});
    this.dispatchEvent(event);
  }
  participant(at, more = {}) {
    return {participantId: `call-${at}`, number: `+48601${String(at).padStart(6, "0")}`, name: at % 3 ? `Person ${at}` : "",
            role: "PARTICIPANT_ROLE_PARTICIPANT", state: "PARTICIPANT_STATE_JOINED", joinTime: new Date(1.7e12 + at * 1000).toISOString(),
            quality: {mos: 4.2, lossRatio: 0.001, interarrivalJitter: "0.003s"}, ...more};
  }
  snapshot(count) {
    this.send({snapshot: {conferenceId: "conf-x", roomNumber: "12345", startTime: new Date(1.7e12).toISOString(),
                          participants: [...Array(count)].map((_, at) => this.participant(at))}});
  }
};
"""

# Half a minute of a busy room in five seconds: who speaks changes 100 times a second, somebody comes or goes 10 times.
_CHURN = """new Promise((resolve) => {
  const frames = [];
  let last = performance.now(), changes = 0;
  const begin = last;
  const frame = (now) => {
    frames.push(now - last);
    last = now;
    if (now - begin < 5000) requestAnimationFrame(frame); else {
      frames.sort((a, b) => a - b);
      resolve({frames: frames.length, median: frames[frames.length >> 1], p99: frames[Math.floor(frames.length * 0.99)], worst: frames.at(-1),
               changes, rows: document.querySelectorAll(".virtual-row").length});
    }
  };
  requestAnimationFrame(frame);
  const timer = setInterval(() => {
    if (performance.now() - begin > 5000) return clearInterval(timer);
    for (let k = 0; k < 2; ++k, ++changes) {
      const at = (changes * 7919) % 500;
      crowd.send({participant: crowd.participant(at, {isSpeaking: changes % 2 === 0})});
    }
    if (changes % 10 === 0) {
      const at = 500 + (changes / 10) % 50;
      crowd.send({participant: crowd.participant(at, changes % 20 ? {state: "PARTICIPANT_STATE_LEFT"} : {})});
    }
    document.querySelector(".virtual-list").scrollTop += 40;
  }, 20);
})"""


class CrowdTest(ConsoleCase):
    def test_page_stays_smooth_with_five_hundred(self):
        self.browser.open(script=_CROWD)
        self.browser.goto(self.site)
        self.browser.fill("input[name=userName]", "operator")
        self.browser.fill("input[name=password]", self.operator_password())
        self.browser.click("button[type=submit]")
        self.browser.wait(".nav")
        self.browser.evaluate("location.hash = '#/conference/conf-x'")
        self.browser.wait(".virtual-row:nth-child(8)")
        self.assertIn("500", self.browser.text(".conference-facts"))
        measured = self.browser.evaluate(_CHURN)
        print(f"  500 participants: {json.dumps(measured)}", flush=True)
        (RESULTS / "crowd.json").write_text(json.dumps(measured), encoding="utf-8")
        self.browser.screenshot(RESULTS / "crowd.png")
        self.assertLess(measured["rows"], 60, "more rows than can be seen are in the document")
        # The page's own work, on a machine that does much else: far from what a person would call stuck.
        self.assertLess(measured["median"], 50)
        self.assertEqual([], self.browser.errors())
