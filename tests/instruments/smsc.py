"""An SMSC to send to: smsc.js in a process of its own, and what came to it."""

import json
import os
import pathlib
import subprocess
import threading
import time

_FOLDER = pathlib.Path(__file__).resolve().parent
_MODULES = _FOLDER.parent.parent / "third_party" / "npm" / "node_modules"


class Smsc:
    """
        smsc = Smsc()
        smsc.set(throttle_every=3)           # the fields of `policy` in smsc.js
        smsc.messages()                      # {"to": ..., "text": ...} of each that is whole
        smsc.close()
    """

    def __init__(self, port=0):
        self._events = []
        self._changed = threading.Condition()
        self._process = None
        self.port = port
        self.start()

    def start(self):
        """Begins, or begins again on the same port; what came before is not forgotten."""
        self._process = subprocess.Popen(["node", _FOLDER / "smsc.js", str(self.port)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, env=os.environ | {"NODE_PATH": str(_MODULES)})
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        known = len(self.events("listening"))
        self.port = self.wait_for("listening", known + 1)[-1]["port"]

    def stop(self):
        """Ends at once, with whatever is connected."""
        self._process.kill()
        self._process.wait()

    def close(self):
        self.stop()
        self._process.stdin.close()
        self._process.stdout.close()

    def set(self, **policy):
        known = len(self.events("policy"))
        self._process.stdin.write(json.dumps(policy) + "\n")
        self._process.stdin.flush()
        self.wait_for("policy", known + 1)

    def events(self, kind):
        with self._changed:
            return [event for event in self._events if event["event"] == kind]

    def wait_for(self, kind, count=1, timeout_s=20):
        """The events of this kind, as soon as there are so many."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                found = [event for event in self._events if event["event"] == kind]
                if len(found) >= count:
                    return found
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"only {len(found)} of {count} {kind} came to the SMSC")

    def accepted(self, to=None):
        """The submit_sm that were taken, answered or not, oldest first."""
        return [event for event in self.events("submit")
                if event["status"] == 0 and (to is None or event["to"] == to.lstrip("+"))]

    def messages(self, to=None):
        """The messages of which every part has come, put together as a phone does it; copies of parts do not count."""
        whole = {}
        for part in self.accepted(to):
            reference, count, number = _numbering(part)
            key = (part["to"], reference if count > 1 else part["text"], count)
            parts = whole.setdefault(key, {})
            parts.setdefault(number, part["text"])
        return [{"to": "+" + number, "text": "".join(parts[i] for i in sorted(parts))}
                for (number, _, count), parts in whole.items() if len(parts) == count]

    def copies(self, to=None):
        """How many parts came that had come before: duplicates."""
        return len(self.repeated(to))

    def repeated(self, to=None):
        """The submit_sm of which a copy came later, each with that copy."""
        last, found = {}, []
        for part in self.accepted(to):
            key = (part["to"], *_numbering(part), part["text"])
            if key in last:
                found.append((last[key], part))
            last[key] = part
        return found

    def _read(self, process):
        for line in process.stdout:
            with self._changed:
                self._events.append(json.loads(line))
                self._changed.notify_all()


def _numbering(part):
    """(reference, parts, number) by the header of concatenation."""
    for element in part["udh"]:
        if element.startswith("0003"):
            return element[4:6], int(element[6:8], 16), int(element[8:10], 16)
    return "", 1, 1
