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
        self.assertLess(max(waits) - min(waits), 0.25, f"seconds to the refusal: {waits}")
        for _, said in calls:
            self.assertEqual(["wrong_room_or_pin", "enter_room"], said)

    def refused_call(self, room, pin):
        """(seconds from the last key to the refusal, all that is said from then on)"""
        call = self.phone(f"wait-answer; listen 1; press 2; listen 1; press {room}#; listen 1; mark last;"
                          f" press {pin}; mark keyed; listen 9; hangup", number="+48601000035").end()
        keyed_s = call.at_s("mark last")
        after = call.heard_between(keyed_s, keyed_s + 9)
        said = audio.transcript(after, self.recordings("pl", "wrong_", "enter_", "locked_", "service_", "goodbye", "no_input"))
        return said[0][0] + keyed_s - call.at_s("mark keyed"), [name for _, name in said]

    @staticmethod
    def another(pin):
        return f"{(int(pin) + 1) % 1_000_000:06}"
