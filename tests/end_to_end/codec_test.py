"""Any phone with any other: each pair of codecs, with and without SRTP, spoken by a softphone that people use.

In each call both say a tone at the same time, then others near the edges of the codecs' bands, then each a sentence: what
the other hears is as loud as it was said, holds nothing of oneself and no image of a tone at another rate, and is understood.
"""

import dataclasses
import functools
import itertools
import threading

import numpy

from tests.end_to_end.harness import NaradaTest, built
from tests.instruments import audio
from tests.instruments.baresip import CODECS

_LEVEL_DBOV = -23  # Of each tone; three of them are still in the range that equalisation leaves alone.
_OWN_TONES_HZ = (1020, 1380)  # Of the first phone and the second: in every codec's band.
# What an image or an alias of would lie within another codec's band: near the edges of 4 and 8 kHz, and beyond them.
_EDGE_TONES_HZ = (3137, 6211, 11317)
_IMAGES_DB = 60  # Below the tone: the stop-band of our resampling.

# Seconds since the answer: keys are pressed until about the tenth.
_TONE = (18.0, 23.0)
_EDGES = (23.0, 28.0)
_SENTENCES_FROM = (29.0, 34.0)
_END = 39.0
_SENTENCES = ("enter_room", "enter_pin")
_UNDERSTOOD, _OTHER_WORDS = 0.6, 0.5  # Of audio.likeness: 0.9 and 0.4 on a machine with nothing else to do.


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two phones that meet in a room of their own."""

    codecs: tuple
    is_secure: bool

    @property
    def name(self):
        return f"{self.codecs[0]}_and_{self.codecs[1]}" + ("_by_srtp" if self.is_secure else "")


_PAIRS = {pair.name: pair for pair in (
    Pair(codecs, is_secure) for codecs in itertools.combinations_with_replacement(CODECS, 2) for is_secure in (False, True))}
_AT_A_TIME = 10


def edges_of(codec):
    """Those of the edge tones that a phone of this codec can say."""
    return [edge for edge in _EDGE_TONES_HZ if edge < 0.48 * CODECS[codec][1]]


@functools.cache
def sentence(name, rate_hz):
    """A sentence to be said, one of the prompts: (samples, rate)."""
    return audio.resampled(*audio.read_any_rate(built().prompts / "pl" / f"{name}.wav"), rate_hz)


def microphone(side, codec):
    """All that a phone says in its call."""
    rate_hz = CODECS[codec][1]
    said = numpy.zeros(int((_END + 30) * rate_hz))
    for hertz, (begin, end) in [(_OWN_TONES_HZ[side], _TONE), *((edge, _EDGES) for edge in edges_of(codec))]:
        tone = audio.tone(hertz, _LEVEL_DBOV, end - begin, rate_hz)
        said[int(begin * rate_hz):][:len(tone)] += tone
    words = sentence(_SENTENCES[side], rate_hz)
    said[int(_SENTENCES_FROM[side] * rate_hz):][:len(words)] += words
    return said


def from_the_answer(heard, rate_hz):
    """baresip begins to write some seconds after the answer, and ends with the call: silence in front makes up for it."""
    return numpy.concatenate((numpy.zeros(max(0, int(_END * rate_hz) - len(heard))), heard)), rate_hz


def level_dbov(heard, rate_hz, hertz, span):
    """Of a tone, in most seconds of the time in which it is said.

    A softphone that the machine holds up drops or doubles a frame, which dents a second: the median has no dents.
    """
    begins = numpy.arange(span[0] + 1, span[1] - 1.4, 0.5)
    seconds = [heard[int(begin * rate_hz):int((begin + 1) * rate_hz)] for begin in begins]
    return float(numpy.median([audio.tone_level_dbov(second, hertz, rate_hz) for second in seconds]))


def images_hz(hertz, from_hz, to_hz):
    """Where a tone said at one rate appears at another one that does not filter it."""
    rates = {8000, from_hz, to_hz}
    found = {abs(turn * rate + sign * hertz) for rate in rates for turn in range(7) for sign in (1, -1)}
    return sorted(image for image in found if 100 < image < 0.48 * to_hz and image != hertz)


class CodecPairTest(NaradaTest):
    """One test a pair; the calls of all that are wanted run side by side, before the first of them is judged."""

    CONFIG = 'mixer { codecs { preference: "opus" preference: "G722" preference: "PCMA" preference: "PCMU" } }'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        wanted = [pair for name, pair in _PAIRS.items() if cls.is_wanted(f"test_{name}")]
        cls.heard = {}
        cls.failures = {}
        slots = threading.Semaphore(_AT_A_TIME)
        threads = [threading.Thread(target=cls.hold, args=(pair, slots)) for pair in wanted]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @classmethod
    def hold(cls, pair, slots):
        """The call of a pair: leaves what each phone heard, or why it did not."""
        with slots:
            try:
                cls.heard[pair] = cls.meet(pair)
            except Exception as failure:  # Told by the pair's test.
                cls.failures[pair] = failure

    @classmethod
    def meet(cls, pair):
        room, pin = cls.new_reservation()
        phones = []
        try:
            for side, codec in enumerate(pair.codecs):
                path = cls.folder / f"{pair.name}-{side}.wav"
                audio.write(path, microphone(side, codec), *CODECS[codec][1:])
                number = f"+4860200{len(cls.heard) + len(cls.failures):02}{side:02}"
                phones.append(cls.new_baresip(f"{pair.name}-{side}", number, path, codec=codec, is_secure=pair.is_secure))
            for phone in phones:
                phone.call(cls.uri)
                phone.wait_for("CALL_ESTABLISHED", 10)
                phone.established()
            for keys in ("2", f"{room}#", f"{pin}#"):
                cls.pause(1.5)
                for phone in phones:
                    phone.press(keys, pause_s=0.2)
            for phone in phones:
                phone.wait_since_established(_END)
        finally:
            for phone in phones:
                phone.close()
        return [from_the_answer(*audio.read_any_rate(phone.heard())) for phone in phones]

    def judge(self, pair):
        if pair in self.failures:
            raise self.failures[pair]
        for side, (heard, rate_hz) in enumerate(self.heard[pair]):
            other = 1 - side
            with self.subTest(f"{pair.codecs[side]} hears {pair.codecs[other]}"):
                self.assertEqual(CODECS[pair.codecs[side]][1], rate_hz)
                self.judge_tones(pair, side, heard, rate_hz)
                narrow = audio.resampled(heard, rate_hz)
                spoken = narrow[int((_SENTENCES_FROM[0] - 1) * audio.RATE_HZ):]
                likeness = {name: audio.likeness(spoken, sentence(name, audio.RATE_HZ)) for name in _SENTENCES}
                self.assertGreater(likeness[_SENTENCES[other]], _UNDERSTOOD, "the other is not understood")
                self.assertLess(likeness[_SENTENCES[side]], _OTHER_WORDS, "it hears itself")

    def judge_tones(self, pair, side, heard, rate_hz):
        other = 1 - side
        self.assertAlmostEqual(_LEVEL_DBOV, level_dbov(heard, rate_hz, _OWN_TONES_HZ[other], _TONE), delta=1)
        own = level_dbov(heard, rate_hz, _OWN_TONES_HZ[side], _TONE)
        self.assertLess(own, _LEVEL_DBOV - 50, "it hears itself")
        for hertz in set(edges_of(pair.codecs[side])) & set(edges_of(pair.codecs[other])):
            self.assertAlmostEqual(_LEVEL_DBOV, level_dbov(heard, rate_hz, hertz, _EDGES), delta=3, msg="both can carry it")
        from_hz = CODECS[pair.codecs[other]][1]
        if from_hz == rate_hz:  # What else is heard is the codecs' own.
            return
        for hertz in edges_of(pair.codecs[other]):
            for image in images_hz(hertz, from_hz, rate_hz):
                if min(abs(image - edge) for edge in _EDGE_TONES_HZ) < 50:
                    continue
                if "g722" in pair.codecs and image == 8000 - hertz:  # It splits its band at 4 kHz, with images of its own.
                    continue
                # A codec's own noise may be louder than that, but it has no lines.
                around = [level_dbov(heard, rate_hz, image + aside, _EDGES) for aside in (-143, -97, 97, 143)]
                limit = max(_LEVEL_DBOV - _IMAGES_DB, float(numpy.median(around)) + 10)
                self.assertLess(level_dbov(heard, rate_hz, image, _EDGES), limit, f"image of {hertz} Hz at {image} Hz")


for _name, _pair in _PAIRS.items():
    setattr(CodecPairTest, f"test_{_name}", lambda self, pair=_pair: self.judge(pair))
