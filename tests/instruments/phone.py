"""Drives //tests/phone:phone, one process for each phone: commands in, events out."""

import json
import queue
import subprocess
import threading
import time


class Phone:
    """One phone.

        with Phone(binary, number="+48601000001") as phone:
            phone.call("sip:+48608608608@127.0.0.1:5060")
            phone.wait_for("answered", timeout_s=2)
            phone.record(path)
            phone.press("3")
    """

    def __init__(self, binary, **flags):
        command = [str(binary)] + [f"--{name}={value}" for name, value in flags.items()]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._events = queue.Queue()
        self.seen = []  # Every event, in order.
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Hangs up and ends."""
        if self._process.poll() is None:
            try:
                self._process.stdin.close()
                self._process.wait(5)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                self._process.kill()
                self._process.wait()
        self._process.stdout.close()

    def _read(self):
        for line in self._process.stdout:
            event = json.loads(line)
            self.seen.append(event)
            self._events.put(event)

    def command(self, *words):
        self._process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self._process.stdin.flush()

    def wait_for(self, name, timeout_s):
        """The next event of this name; those before it are passed over."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"no '{name}' within {timeout_s} s; seen: {self.seen}") from None
            if event["event"] == name:
                return event

    def call(self, uri):
        self.command("call", uri)

    def hang_up(self):
        self.command("hangup")

    def press(self, digits, path="rfc4733"):
        self.command("press", digits, path)

    def tone(self, hertz, dbov):
        self.command("tone", hertz, dbov)

    def play(self, path):
        self.command("play", path)

    def silence(self):
        self.command("silence")

    def record(self, path):
        self.command("record", path)

    def stop_recording(self):
        self.command("stop_record")
        self.wait_for("recorded", 5)

    def report(self):
        self.command("report")
        return self.wait_for("report", 5)
