"""What was spoken is kept: control is killed, and neither the reservation nor its SMS is lost."""

import re

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio


class DurabilityTest(NaradaTest):
    def test_killed_control_keeps_the_reservation_and_sends_the_sms(self):
        spool = self.data / "sms"
        spool.rename(self.data / "sms-away")
        spool.write_text("in the way: no message can leave")
        phone = self.phone("wait-answer; listen 1; press 3; listen 20; mark spoken; listen 60", number="+48601000061")
        phone.wait_step("mark spoken", 60)
        self.kill(self.stack.control)
        phone.kill()
        spool.unlink()
        (self.data / "sms-away").rename(spool)
        self.assertNotIn("+48601000061", [message["To"] for message in self.messages()])
        self.restart(self.stack.control)
        message = self.message_to("+48601000061", timeout_s=90)
        room, pin = re.search(r"(\d{5}) i PIN: (\d{6})", message["text"]).groups()
        self.assertEqual("+48601000061", self.reservation(room)["organiser_number"])
        call = self.enter(room, pin, "listen 5; hangup", number="+48601000062").end()
        self.assertEqual(["first_in_conference"], self.said(call.heard, "pl", "first_in_conference", "wrong_room_or_pin"))

    def test_conference_goes_on_while_control_is_killed(self):
        room, pin = self.reserve("+48601000063")
        phones = [self.enter(room, pin, "tone 440@-20; listen 4; mark all-in; listen 13; press *6; listen 4; hangup",
                             number="+48601000064", name="talker"),
                  self.enter(room, pin, "listen 6; mark all-in; listen 9; hangup", number="+48601000065", name="listener")]
        phones[0].wait_step("mark all-in")
        phones[1].wait_step("mark all-in")
        self.kill(self.stack.control)
        self.pause(4)
        self.restart(self.stack.control)
        listener = phones[1].end_anyhow()
        talker = phones[0].end()
        begin = listener.at_s("mark all-in")
        for second in (0, 1, 2, 3):
            heard = listener.heard_between(begin + second, begin + second + 1)
            self.assertAlmostEqual(-20, audio.tone_level_dbov(heard, 440), delta=1)
        # The control that took the call up obeys its keys, in its language.
        self.assertEqual(["muted"], self.said(talker.heard, "pl", "muted", "unmuted"))
