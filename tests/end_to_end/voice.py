"""A phone in a conference that says one tone, and what it hears of the others' tones at which moment."""

import numpy

from tests.instruments import audio


class Voice:
    """A phone in the room that says its tone; what it hears is asked for by the time of this machine."""

    def __init__(self, phone, hertz):
        self.phone, self.hertz = phone, hertz
        self._in_at = self.phone.wait_step("mark in")
        self.call = None

    def end(self, timeout_s=120):
        self.call = self.phone.end(timeout_s)

    def heard(self, begin, end):
        """What it heard between these times of time.monotonic()."""
        mark = self.call.at_s("mark in")
        return self.call.heard_between(mark + begin - self._in_at, mark + end - self._in_at)

    def level_dbov(self, hertz, moment):
        """Of a tone, in the second around this time; the middle of several looks, for the machine may stumble."""
        looks = [audio.tone_level_dbov(self.heard(moment + at - 0.2, moment + at + 0.2), hertz) for at in (-0.3, 0, 0.3)]
        return float(numpy.median(looks))
