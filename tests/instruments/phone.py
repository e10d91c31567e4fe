"""Runs //tests/phone:phone: one process for each call, steered by a script (tests/phone/script.h)."""

import json
import queue
import subprocess
import threading
import time

from tests.instruments import audio


class PhoneFailed(AssertionError):
    """A step of a phone's script did not succeed; the message names it."""


class Call:
    """What a phone left of its call. `heard` begins at the answer; times of `report` count from there too.

    `heard` is at 8 kHz whatever the codec; `wide` is the same at the codec's own rate, `rate_hz`.
    """

    def __init__(self, report, wide, rate_hz):
        self.report = report
        self.wide = wide
        self.rate_hz = rate_hz
        self.heard = audio.resampled(wide, rate_hz)
        self.call = report["call"]
        self.media = report["media"]

    def at_s(self, step):
        """When the (first) step of this text began."""
        return next(entry["at_s"] for entry in self.report["steps"] if entry["step"] == step)

    def heard_between(self, from_s, to_s):
        return self.heard[int(from_s * audio.RATE_HZ):int(to_s * audio.RATE_HZ)]

    def wide_between(self, from_s, to_s):
        return self.wide[int(from_s * self.rate_hz):int(to_s * self.rate_hz)]


class Phone:
    """A phone that calls `uri` and does what `script` says.

        call = Phone(binary, uri, folder / "anna", "wait-answer; press 3; listen 20; hangup", number="+48601000001").end()
        call.heard, call.media["packets_lost"]
    """

    def __init__(self, binary, uri, path, script, number="+48601000001", **flags):
        """`path`: what it leaves is named so, with .wav and .json."""
        self._wav, self._json = f"{path}.wav", f"{path}.json"
        command = [str(binary), f"--to={uri}", f"--from={number}", f"--script={script}", f"--record={self._wav}",
                   f"--report={self._json}", "--verbose", *(f"--{name}={value}" for name, value in flags.items())]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._lines = queue.Queue()
        self._seen = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stderr:
            self._seen.append(line.rstrip("\n"))
            self._lines.put((time.monotonic(), self._seen[-1]))

    def wait_step(self, step, timeout_s=30):
        """Until this step of the script begins; when it did, by time.monotonic()."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                moment, line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise PhoneFailed(f"step '{step}' did not begin within {timeout_s} s: {self._seen}") from None
            if line.removeprefix("phone: ") == step:
                return moment

    def end(self, timeout_s=120):
        """Waits for the end of the script; raises PhoneFailed if a step failed."""
        call = self.end_anyhow(timeout_s)
        if self._process.returncode != 0:
            raise PhoneFailed(f"{self._seen[-1] if self._seen else 'phone'}"
                              f" (call: {json.dumps({**call.call, 'trace': None}) if call else 'no report'})")
        return call

    def end_anyhow(self, timeout_s=120):
        """The same, whether the script succeeded or not; None if it left no report."""
        try:
            self._process.wait(timeout_s)
        finally:
            self.kill()
        try:
            with open(self._json, encoding="utf-8") as file:
                report = json.load(file)
        except FileNotFoundError:
            return None
        return Call(report, *audio.read_any_rate(self._wav))

    def kill(self):
        """Ends it as it is; harmless when it has ended."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        self._process.stderr.close()
