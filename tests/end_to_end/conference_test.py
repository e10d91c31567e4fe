"""Three callers meet: each hears the two others as loud as they are, never itself, and no key that was pressed."""

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio

_TONES_HZ = (440, 620, 1020)
_LEVEL_DBOV = -20
_DTMF_HZ = (697, 770, 852, 941, 1209, 1336, 1477)


# Where the machine held up a phone for a moment, the phone's tone has a dent: so many windows may have one.
_DENTS_MAX = 2


def _dents(levels_dbov):
    """The windows in which a tone is not as loud as it was sent, within 1 dB."""
    return [level for level in levels_dbov if abs(level - _LEVEL_DBOV) > 1]


class MeetingTest(NaradaTest):
    def callers(self, room, pin, script, tones=_TONES_HZ):
        """All of them in the room, each saying its tone from then on; then `script` (or one for each)."""
        scripts = [script] * len(tones) if isinstance(script, str) else script
        enter = f"wait-answer; listen 1; press 2; listen 1; press {room}#; listen 1; press {pin}#; listen 6"
        return [self.phone(f"{enter}; tone {hertz}@{_LEVEL_DBOV}; listen 4; mark all-in; {own}",
                           number=f"+4860100004{index}", name=f"{hertz}hz")
                for index, (hertz, own) in enumerate(zip(tones, scripts))]


# Two classes, so that ./test runs them side by side.
class MinuteTest(MeetingTest):
    def test_three_tones_reach_the_two_others_at_their_level_for_a_minute(self):
        room, pin = self.reserve("+48601000041")
        calls = [phone.end(150) for phone in self.callers(room, pin, "listen 60; hangup")]
        for own, call in zip(_TONES_HZ, calls):
            begin = call.at_s("mark all-in") + 1
            windows = [call.heard_between(begin + second, begin + second + 2) for second in range(0, 56, 2)]
            for hertz in _TONES_HZ:
                levels = [audio.tone_level_dbov(window, hertz) for window in windows]
                if hertz == own:
                    self.assertLess(max(levels), _LEVEL_DBOV - 50, f"{own} Hz hears itself")
                else:
                    dents = _dents(levels)
                    self.assertLessEqual(len(dents), _DENTS_MAX, f"{own} Hz hears {hertz} Hz at {dents} dBov")
            self.assertEqual(0, call.media["timestamp_jumps"], f"{own} Hz was sent a torn clock")
            self.assertEqual(0, call.media["packets_lost"], f"{own} Hz lost packets of the mixer")
            self.assertEqual(0, call.media["reported_lost"], f"the mixer lost packets of {own} Hz")


class ConferenceTest(MeetingTest):
    def test_key_pressed_in_the_room_is_not_heard(self):
        room, pin = self.reserve("+48601000045")
        calls = [phone.end(60) for phone in self.callers(
            room, pin, ["listen 2; press 5; listen 4; hangup", "listen 8; hangup"], tones=_TONES_HZ[:2])]
        begin = calls[1].at_s("mark all-in")
        for second in (1, 1.5, 2, 2.5, 3, 3.5):
            heard = calls[1].heard_between(begin + second, begin + second + 0.5)
            for hertz in _DTMF_HZ:
                self.assertLess(audio.tone_level_dbov(heard, hertz), -60, f"{hertz} Hz at {second} s")

    def test_entry_and_exit_are_heard(self):
        """By two who stay: who is left alone hears music instead."""
        room, pin = self.reserve("+48601000046")
        stay = [self.enter(room, pin, "mark in; listen 26; hangup", number=f"+4860100004{index}", name=f"stays-{index}")
                for index in (7, 8)]
        stay[0].wait_step("mark in")
        visitor = self.enter(room, pin, "listen 2; hangup", number="+48601000049", name="visitor")
        heard = stay[0].end()
        stay[1].end()
        visitor.end()
        inside = heard.heard[int(heard.at_s("mark in") * audio.RATE_HZ):]
        self.assertEqual(["entry_tone", "exit_tone"], self.said(inside, "sounds", "entry_tone", "exit_tone"))

    def test_muted_caller_is_not_heard_until_unmuted(self):
        room, pin = self.reserve("+48601000049")
        calls = [phone.end(60) for phone in self.callers(
            room, pin, ["listen 1; press *6; listen 5; press *6; listen 5; hangup", "listen 13; hangup"],
            tones=_TONES_HZ[:2])]
        talker, listener = calls
        # Both phones count from their own answer; the listener's place of the mute is found by the tone itself.
        begin = listener.at_s("mark all-in")
        levels = [audio.tone_level_dbov(listener.heard_between(begin + at, begin + at + 0.5), _TONES_HZ[0])
                  for at in (0, 4, 9)]
        self.assertAlmostEqual(_LEVEL_DBOV, levels[0], delta=1)
        self.assertLess(levels[1], -60)
        self.assertAlmostEqual(_LEVEL_DBOV, levels[2], delta=1)
        self.assertEqual(["muted", "unmuted"], self.said(talker.heard, "pl", "muted", "unmuted"))

    def test_caller_on_hold_is_neither_heard_nor_lost(self):
        self.hold("hold-inactive", "+48601000040")

    def test_music_of_a_phone_that_holds_with_sendonly_is_not_heard(self):
        """Its tone stands for the music that it goes on sending."""
        holder = self.hold("hold", "+48601000051")
        self.assertGreater(holder.media["packets_sent"], (holder.at_s("hangup") - 1) * 50, "the phone fell silent itself")

    def hold(self, command, organiser):
        """Holds for five seconds in a conference of two and comes back; the call of the one who held."""
        room, pin = self.reserve(organiser)
        holder, listener = [phone.end(60) for phone in self.callers(
            room, pin, [f"listen 2; {command}; listen 5; resume; listen 6; hangup", "listen 14; hangup"], tones=_TONES_HZ[:2])]
        begin = listener.at_s("mark all-in")
        levels = [audio.tone_level_dbov(listener.heard_between(begin + at, begin + at + 0.5), _TONES_HZ[0])
                  for at in (0.5, 4.5, 10)]
        self.assertAlmostEqual(_LEVEL_DBOV, levels[0], delta=1)
        self.assertLess(levels[1], -60)
        self.assertAlmostEqual(_LEVEL_DBOV, levels[2], delta=1)
        # The one who held hears the other again, too.
        after = holder.at_s("resume") + 2
        self.assertAlmostEqual(_LEVEL_DBOV, audio.tone_level_dbov(holder.heard_between(after, after + 1), _TONES_HZ[1]),
                               delta=1)
        return holder

    def test_softphones_talk_to_each_other(self):
        room, pin = self.reserve("+48601000050")
        heard = {}
        phones = []
        for index, hertz in enumerate(_TONES_HZ[:2]):
            microphone = self.folder / f"microphone-{hertz}.wav"
            audio.write(microphone, audio.tone(hertz, _LEVEL_DBOV, 120))
            phones.append(self.baresip(f"softphone-{hertz}", f"+4860100005{index}", microphone))
        for phone in phones:
            phone.call(self.uri)
            phone.wait_for("CALL_ESTABLISHED", 5)
            self.pause(1.5)
            phone.press("2")
            self.pause(1.5)
            phone.press(f"{room}#")
            self.pause(1.5)
            phone.press(f"{pin}#")
        self.pause(12)
        for phone, hertz in zip(phones, _TONES_HZ):
            phone.close()
            heard[hertz] = audio.read(phone.heard())
        for own, other in (_TONES_HZ[:2], _TONES_HZ[1::-1]):
            last = [heard[own][-half * audio.RATE_HZ // 2:(1 - half) * audio.RATE_HZ // 2] for half in range(4, 14)]
            dents = _dents([audio.tone_level_dbov(part, other) for part in last])
            self.assertLessEqual(len(dents), _DENTS_MAX, f"{own} Hz hears {other} Hz at {dents} dBov")
            self.assertLess(max(audio.tone_level_dbov(part, own) for part in last), _LEVEL_DBOV - 50)
