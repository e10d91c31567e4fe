"""A conference of 500: how soon a click is heard, and how smooth the page stays meanwhile.

NARADA_CROWD_CLICKS=500 makes a long campaign of it, to be run on a machine that does nothing else.
"""

import bisect
import json
import os
import random
import threading

import numpy

from tests.end_to_end.console_case import RESULTS, ConsoleCase
from tests.end_to_end.harness import NUMBER, rtp_block
from tests.instruments.crowd import Crowd, tone_level_dbov

_COUNT = 500
_TALKER, _LISTENER = "crowd-1", "crowd-2"
_HZ, _LEVEL_DBOV = 2500, -18  # Far from the tones of coming and going.
_TICK_S, _TARGET_S, _SHOWN_S = 0.02, 0.1, 0.2
_SHORT = 30
CLICKS = int(os.environ.get("NARADA_CROWD_CLICKS", str(_SHORT)))

# How long each frame of the page takes, from now on; when the clicks are, and when a row turns muted or open, by the
# clock of the wall.
_WATCH = """(() => {
  window.frames_ms = [];
  window.clicks_ms = [];
  window.turns_ms = [];
  let last = performance.now();
  const frame = (now) => {
    frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new MutationObserver((changes) => {
    for (const {target, oldValue} of changes) {
      const isMuted = target.classList.contains("is-muted");
      if (/is-muted/.test(oldValue) !== isMuted) turns_ms.push(performance.timeOrigin + performance.now());
    }
  }).observe(document.querySelector(".virtual-list"), {subtree: true, attributes: true, attributeFilter: ["class"], attributeOldValue: true});
  document.addEventListener("click", (event) => clicks_ms.push(performance.timeOrigin + event.timeStamp), true);
})()"""


class _Churn:
    """Who speaks changes several times a second; every second somebody leaves, and somebody comes."""

    def __init__(self, crowd, others):
        self._crowd, self._others = crowd, list(others)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        speaking = []
        for step in range(10 ** 6):
            if self._is_over.wait(0.25):
                return
            if step % 4 == 0:
                gone = self._others.pop(random.randrange(len(self._others)))
                speaking = [one for one in speaking if one != gone]
                self._crowd.hang_up(gone)
                self._others += self._crowd.call(1)
            if len(speaking) > 4:
                self._crowd.be_silent([speaking.pop(0)])
            speaking.append(random.choice(self._others))
            self._crowd.say(speaking[-1:], random.choice((700, 900, 1300, 1700)), -34)

    def end(self):
        self._is_over.set()
        self._thread.join(5)


class HundredsTest(ConsoleCase):
    @classmethod
    def setUpClass(cls):
        low, high = rtp_block(2 * (_COUNT + 40))
        cls.OPTIONS = {"rtp_ports": f"{low}-{high}"}
        super().setUpClass()

    def test_clicks_are_heard_at_once_with_five_hundred_in_the_room(self):
        room, pin = self.new_reservation()
        self.log_in()
        crowd = Crowd(self.options.grpc_address(self.options.control_port), NUMBER, room, pin, listeners=[_LISTENER])
        self.addCleanup(crowd.close)
        # Places are left for those who come while others leave.
        ids = crowd.call(_COUNT - 4)
        self.browser.click(f".conference-card:has-text('{room}')")
        self.wait_until(lambda: f"{_COUNT - 4} participants" in self.browser.text(".conference-facts"), 40, "they are not all in")
        crowd.say([_TALKER], _HZ, _LEVEL_DBOV)
        churn = _Churn(crowd, ids[2:])
        self.addCleanup(churn.end)
        self.browser.evaluate(_WATCH)
        self.browser.evaluate("""new Promise((resolve) => {
          const scroll = setInterval(() => (document.querySelector(".virtual-list").scrollTop += 37), 30);
          setTimeout(() => (clearInterval(scroll), resolve()), 4000);
        })""")
        frames = numpy.array(self.browser.evaluate("frames_ms"))
        rows = self.browser.count(".virtual-row")
        self.browser.screenshot(RESULTS / "hundreds.png")
        self.browser.fill(".search", crowd.number_of(_TALKER))
        talker = ".virtual-row:not([hidden])"
        self.browser.wait(f"{talker}.is-speaking")
        for at in range(CLICKS):
            self.browser.click(f"{talker} .mute")
            self.browser.wait(f"{talker}{'.is-muted' if at % 2 == 0 else ':not(.is-muted)'}")
            self.pause(random.uniform(0.12, 0.2))  # At any moment of the mixer's tick.
        self.pause(0.3)
        churn.end()
        clicks, turns = ([moment / 1000 for moment in self.browser.evaluate(name)] for name in ("clicks_ms", "turns_ms"))
        # Of several changes to the row in one frame each is told.
        shown = numpy.array([turns[bisect.bisect_left(turns, click)] - click for click in clicks])
        self.report(frames, rows, self.delays(clicks, crowd.heard(_LISTENER)), shown)
        self.assertEqual([], self.browser.errors())

    def delays(self, clicks, heard):
        """From each click until its effect came to the listener, in seconds."""
        self.assertEqual(CLICKS, len(clicks))
        times = [moment for moment, _ in heard]
        delays = []
        for at, click in enumerate(clicks):
            mutes = at % 2 == 0
            for moment, payload in heard[bisect.bisect_left(times, click):]:
                level = tone_level_dbov(payload, _HZ)
                if (level < _LEVEL_DBOV - 20) if mutes else (level > _LEVEL_DBOV - 6):
                    delays.append(moment - click)
                    break
            else:
                self.fail(f"click {at} was never heard")
        return numpy.array(delays)

    def report(self, frames, rows, delays, shown):
        def spread(values):
            return {"p50": round(float(numpy.percentile(values, 50)), 1), "p99": round(float(numpy.percentile(values, 99)), 1),
                    "worst": round(float(values.max()), 1)}

        p50, p99 = (float(numpy.percentile(delays, share)) for share in (50, 99))
        measured = {"participants": _COUNT, "clicks": len(delays), "click_to_audible_ms": spread(delays * 1000),
                    "click_to_shown_ms": spread(shown * 1000), "frame_ms": spread(frames), "rows": rows}
        print(f"  a conference of {_COUNT}: {json.dumps(measured)}", flush=True)
        (RESULTS / "hundreds.json").write_text(json.dumps(measured), encoding="utf-8")
        self.assertLess(rows, 60, "more rows than can be seen are in the document")
        self.assertGreater(float(delays.min()), 0)
        if CLICKS > _SHORT:
            self.assertLess(p99, _TICK_S + _TARGET_S)
            self.assertLess(float(numpy.percentile(shown, 99)), _SHOWN_S)
            self.assertLess(float(numpy.percentile(frames, 99)), 100)
            return
        # Beside other tests, which take the cores for many milliseconds, the middle has to keep what all are to keep alone.
        self.assertLess(p50, _TICK_S + _TARGET_S)
        self.assertLess(float(numpy.percentile(shown, 50)), _SHOWN_S)
        self.assertLess(p99, 3)
        self.assertLess(float(numpy.percentile(frames, 50)), 50)
