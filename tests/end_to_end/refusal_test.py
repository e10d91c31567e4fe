"""Who may not enter learns nothing: unknown room, expired room and wrong PIN sound the same and take the same time."""

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio

_EIGHT_DAYS = "--clock_offset=192h"


class RefusalTest(NaradaTest):
    def test_three_wrong_pins_end_with_goodbye(self):
        room, pin = self.reserve("+48601000031")
        wrong = self.another(pin)
        once = f"press {room}#; listen 1; press {wrong}#; listen 4"
        call = self.phone(f"wait-answer; listen 1; press 2; listen 1; {once}; {once}; {once}; wait-hangup 20",
                          number="+48601000032").end()
        self.assertTrue(call.call["ended_by_peer"])
        self.assertEqual(["wrong_room_or_pin"] * 3 + ["goodbye"], self.said(call.heard, "pl", "wrong_room_or_pin", "goodbye"))

    def test_refusals_sound_the_same_and_take_the_same_time(self):
        expired_room, expired_pin = self.reserve("+48601000033")
        self.restart_control_with([_EIGHT_DAYS])
        try:
            room, pin = self.reserve("+48601000034")
            unknown = next(f"{number:05}" for number in range(10000, 99999)
                           if f"{number:05}" not in (room, expired_room))
            calls = [self.refused_call(*entry) for entry in
                     ((unknown, pin), (expired_room, expired_pin), (room, self.another(pin)))]
        finally:
            self.restart_control_with([])
        waits = [wait for wait, _ in calls]
        self.assertLess(max(waits) - min(waits), 0.15, f"seconds to the refusal: {waits}")
        for _, heard in calls[1:]:
            # Aligned by the refusal itself, what is heard from the last key on is the same recording for recording.
            length = min(len(heard), len(calls[0][1]))
            likeness = audio.similarity(heard[:length], calls[0][1][:length - audio.RATE_HZ // 2])
            self.assertGreater(likeness.max(), 0.95)

    def refused_call(self, room, pin):
        """(seconds from the last key to the refusal, what is heard from the refusal on)"""
        call = self.phone(f"wait-answer; listen 1; press 2; listen 1; press {room}#; listen 1; press {pin}#; mark keyed;"
                          " listen 7; hangup", number="+48601000035").end()
        said = audio.transcript(call.heard, self.recordings("pl", "wrong_room_or_pin"))
        self.assertEqual(["wrong_room_or_pin"], [name for _, name in said])
        at_s = said[0][0]
        return at_s - call.at_s("mark keyed"), call.heard_between(at_s, at_s + 5)

    @staticmethod
    def another(pin):
        return f"{(int(pin) + 1) % 1_000_000:06}"
