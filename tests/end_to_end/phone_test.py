"""Phones that no softphone of ours can be: other packet times, L16, every SRTP suite, bad networks, keys as tones.

Made of tests/phone, whose codecs and SRTP are the libraries themselves. Each phone under test meets an ordinary one (A-law,
20 ms) in a room of their own; all meetings of a class happen side by side.
"""

import numpy

from tests.end_to_end.harness import NaradaTest, built
from tests.instruments import audio

_LEVEL_DBOV = -20
_THEIR_HZ, _ORDINARY_HZ = 1020, 620
_DTMF_HZ = (697, 770, 852, 941, 1209, 1336, 1477)
_ENTER = "wait-answer; listen 1; press 2; listen 1; press {room}#; listen 1; press {pin}#"
_IN_AFTER_S = 12  # Keys and the prompts of the entry are over.


class MeetingTest(NaradaTest):
    """`MEETINGS`: the flags of tests/phone by the name of the test that judges the meeting."""

    CONFIG = ('mixer { codecs { preference: "opus" preference: "G722" preference: "PCMA" preference: "PCMU"'
              ' preference: "L16/8000" preference: "L16/16000" preference: "L16/48000" } }')
    MEETINGS = {}
    SAYS = f"tone {_THEIR_HZ}@{_LEVEL_DBOV}; listen 8"
    LASTS_S = 8

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls is MeetingTest:
            return
        phones = {}
        wanted = [name for name in cls.MEETINGS if cls.is_wanted(f"test_{name}")]
        for index, name in enumerate(wanted):
            room, pin = cls.new_reservation()
            enter = f"{_ENTER.format(room=room, pin=pin)}; listen {_IN_AFTER_S - 6}; mark in"
            number = f"+486030000{index:02}"
            phones[name] = (
                cls.new_phone(f"{enter}; {cls.SAYS}; hangup", number, f"{name}-other", **cls.MEETINGS[name]),
                cls.new_phone(f"{enter}; tone {_ORDINARY_HZ}@{_LEVEL_DBOV}; listen {cls.LASTS_S}; hangup", number, f"{name}-ordinary",
                              codecs="pcma"))
        cls.calls = {name: [phone.end_anyhow(90) for phone in pair] for name, pair in phones.items()}

    def meeting(self, name):
        """(call of the phone under test, call of the ordinary one), each of which did all that its script says."""
        for call in self.calls[name]:
            self.assertIsNotNone(call, "a phone left no report")
            self.assertEqual("ok", call.report["result"])
        return self.calls[name]

    def assert_heard(self, call, hertz, delta=1.0):
        """A tone at its level, in most of the seconds in which both say theirs."""
        begin = call.at_s("mark in") + 1.5
        levels = [audio.tone_level_dbov(call.wide_between(begin + at, begin + at + 1), hertz, call.rate_hz)
                  for at in numpy.arange(0, 4, 0.5)]
        self.assertAlmostEqual(_LEVEL_DBOV, float(numpy.median(levels)), delta=delta, msg=f"{hertz} Hz: {levels}")

    def assert_not_heard(self, call, hertz):
        begin = call.at_s("mark in") + 1.5
        level = audio.tone_level_dbov(call.wide_between(begin, begin + 4), hertz, call.rate_hz)
        self.assertLess(level, _LEVEL_DBOV - 50, f"{hertz} Hz")


def _codec(codecs, **flags):
    return {"codecs": codecs, **flags}


class OtherPhonesTest(MeetingTest):
    MEETINGS = {
        "l16_of_8_khz": _codec("l16/8000"),
        "l16_of_16_khz": _codec("l16/16000"),
        "l16_of_48_khz": _codec("l16/48000", ptime=10),
        "stereo_opus": _codec("opus-stereo"),
        "packets_of_10_ms": _codec("pcma", ptime=10),
        "packets_of_30_ms": _codec("pcmu", ptime=30),
        "packets_of_60_ms": _codec("pcma", ptime=60),
        "g722_in_packets_of_30_ms": _codec("g722", ptime=30),
        "g722_in_packets_of_50_ms": _codec("g722", ptime=50),
        "opus_in_packets_of_10_ms": _codec("opus", ptime=10),
        "opus_in_packets_of_60_ms": _codec("opus", ptime=60),
        "aes_cm_128_with_a_tag_of_80_bits": _codec("pcma", srtp="AES_CM_128_HMAC_SHA1_80"),
        "aes_cm_128_with_a_tag_of_32_bits": _codec("g722", srtp="AES_CM_128_HMAC_SHA1_32"),
        "aes_cm_256_with_a_tag_of_80_bits": _codec("opus", srtp="AES_256_CM_HMAC_SHA1_80"),
        "aes_cm_256_with_a_tag_of_32_bits": _codec("pcmu", srtp="AES_256_CM_HMAC_SHA1_32", ptime=10),
        "aes_gcm_128": _codec("pcma", srtp="AEAD_AES_128_GCM"),
        "aes_gcm_256": _codec("opus", srtp="AEAD_AES_256_GCM", ptime=40),
    }

    def judge(self, name):
        flags = self.MEETINGS[name]
        other, ordinary = self.meeting(name)
        self.assertEqual(flags["codecs"], other.media["codec"])
        self.assertEqual("srtp" in flags, other.media["is_secure"])
        self.assertEqual(0, other.media["packets_unauthentic"])
        self.assertEqual(0, other.media["packets_unexpected"])
        self.assertEqual(0, other.media["packets_lost"])
        self.assert_heard(other, _ORDINARY_HZ)
        self.assert_heard(ordinary, _THEIR_HZ)
        self.assert_not_heard(other, _THEIR_HZ)
        self.assert_not_heard(ordinary, _ORDINARY_HZ)
        # It is sent what it asked for: so many packets a second, neighbours in time as in number.
        talked_s = other.call["talked_s"]
        self.assertAlmostEqual(1000 / flags.get("ptime", 20), other.media["packets_received"] / talked_s, delta=3)
        self.assertEqual(0, other.media["timestamp_slips"])


class BadNetworkTest(MeetingTest):
    """What the network does to one phone's packets, the other hears as little of as can be."""

    MEETINGS = {
        "loss_of_1_percent": {"loss_percent": 1, "trouble_seed": 1},
        "loss_of_5_percent": {"loss_percent": 5, "trouble_seed": 5},
        "loss_of_5_percent_by_opus": {"loss_percent": 5, "trouble_seed": 6, "codecs": "opus"},
        "loss_of_5_percent_by_g722": {"loss_percent": 5, "trouble_seed": 7, "codecs": "g722"},
        "loss_of_10_percent": {"loss_percent": 10, "trouble_seed": 10},
        "jitter_of_50_ms": {"jitter": "50ms", "trouble_seed": 50},
        "jitter_of_100_ms": {"jitter": "100ms", "trouble_seed": 100},
        "packets_out_of_order_and_twice": {"reordered_percent": 5, "duplicated_percent": 5, "trouble_seed": 2},
        "a_clock_that_runs_fast": {"skew_ppm": 200},
    }
    _GAP_MAX_S = 0.06
    # Jitter is learnt from what it did: the first seconds of a call may have a gap.
    SAYS = f"tone {_THEIR_HZ}@{_LEVEL_DBOV}; listen 14; silence; listen 1; say {{sentence}}; listen 2"
    LASTS_S = 22
    _SENTENCE = "enter_room"

    @classmethod
    def setUpClass(cls):
        cls.SAYS = BadNetworkTest.SAYS.replace("{sentence}", str(built().prompts / "pl" / f"{cls._SENTENCE}.wav"))
        super().setUpClass()

    def judge(self, name):
        _, ordinary = self.meeting(name)
        self.assert_heard(ordinary, _THEIR_HZ, delta=1.5 if "10_percent" in name else 1.0)
        begin = ordinary.at_s("mark in")
        if "10_percent" not in name:
            gap_s = longest_quiet_s(ordinary.heard_between(begin + 3, begin + 13))
            self.assertLessEqual(gap_s, self._GAP_MAX_S)
        spoken = ordinary.heard_between(begin + 14, begin + 30)
        likeness = audio.likeness(spoken, self.recordings("pl", self._SENTENCE)[self._SENTENCE])
        # Other words are alike by 0.4, the same ones over a good network by 0.9: packets that are lost are not said again.
        self.assertGreater(likeness, 0.55, "the sentence is not understood")


def longest_quiet_s(heard):
    """The longest time in which a tone is more than 25 dB below its level, in steps of 5 ms."""
    step = audio.RATE_HZ // 200
    longest = run = 0
    for start in range(0, len(heard) - step + 1, step):
        run = run + 1 if audio.level_dbov(heard[start:start + step]) < _LEVEL_DBOV - 25 else 0
        longest = max(longest, run)
    return longest * step / audio.RATE_HZ


for _class in (OtherPhonesTest, BadNetworkTest):
    for _name in _class.MEETINGS:
        setattr(_class, f"test_{_name}", lambda self, name=_name: self.judge(name))


class InBandKeysTest(NaradaTest):
    """A phone without telephone-event presses keys by their tones (field: many gateways)."""

    def test_key_3_by_tones_reserves(self):
        call = self.phone("wait-answer; listen 2; press-inband 3; listen 5; hangup", number="+48601000081",
                          event_payload_type=0).end()
        self.assertEqual("ok", call.report["result"])
        room, pin = self.room_and_pin("+48601000081")
        self.assertTrue(room and pin)

    def test_room_and_pin_by_tones_are_enough_and_none_of_them_is_heard_inside(self):
        room, pin = self.new_reservation()
        inside = self.phone(f"{_ENTER.format(room=room, pin=pin)}; listen 10; mark in; listen 18; hangup",
                            number="+48601000082", name="inside")
        caller = self.phone(f"wait-answer; listen 1; press-inband 2; listen 1; press-inband {room}#; listen 1;"
                            f" press-inband {pin}#; listen 6; mark in; press-inband 5; listen 1; press-inband 7; listen 3;"
                            f" say {built().prompts / 'pl' / 'enter_pin.wav'}; listen 2; hangup",
                            number="+48601000083", name="caller", event_payload_type=0)
        caller.end()
        call = inside.end()
        heard = call.heard[int(call.at_s("mark in") * audio.RATE_HZ):]
        self.assertGreater(audio.likeness(heard, self.recordings("pl", "enter_pin")["enter_pin"]), 0.7, "the caller is not in")
        # Both tones of a key, a low one and a high one, and next to nothing else: no speech has that.
        size = audio.RATE_HZ // 20
        for start in range(0, len(heard) - size, size // 2):
            levels = sorted((audio.tone_level_dbov(heard[start:start + size], hertz), hertz) for hertz in _DTMF_HZ)
            (third, _), (weaker, one_hz), (_, other_hz) = levels[-3:]
            is_pair = min(one_hz, other_hz) < 1000 < max(one_hz, other_hz)
            self.assertFalse(is_pair and weaker > -40 and weaker - third > 15, f"a key is heard at {start / audio.RATE_HZ} s")
