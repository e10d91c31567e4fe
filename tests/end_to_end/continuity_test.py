"""A mixer is killed in the middle of a conference: it is started again and the calls go on, and nobody signals anything."""

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio


class ContinuityTest(NaradaTest):
    def test_conference_goes_on_while_its_mixer_is_killed_and_others_can_join(self):
        room, pin = self.reserve("+48601000071")
        phones = [self.enter(room, pin, "tone 440@-20; listen 4; mark all-in; listen 25; hangup", number="+48601000072",
                             name="talker"),
                  self.enter(room, pin, "listen 6; mark all-in; listen 24; hangup", number="+48601000073", name="listener")]
        for phone in phones:
            phone.wait_step("mark all-in")
        self.kill(self.stack.mixer)
        self.assertEqual(["mixer was killed by SIGKILL and is started again"], self.stack.revive())
        self.wait_until(self.stack.mixer.health.is_serving, 20, "the mixer did not come back")
        self.pause(3)  # Who calls before control has found the mixer again is told 503 and when to try again.
        late = self.enter(room, pin, "listen 3; mark in; listen 2; hangup", number="+48601000074", name="late")
        late_call = late.end()
        listener, talker = phones[1].end(), phones[0].end()

        # The talker is heard on and on, but for the moment that the restart took.
        begin = listener.at_s("mark all-in")
        for second in range(2, 8):
            heard = listener.heard_between(begin + second, begin + second + 1)
            self.assertAlmostEqual(-20, audio.tone_level_dbov(heard, 440), delta=1)
        # Control found its conference again: who comes now is let into the same room.
        begin = late_call.at_s("mark in")
        self.assertAlmostEqual(-20, audio.tone_level_dbov(late_call.heard_between(begin, begin + 1), 440), delta=1)
        for call in (listener, talker):
            self.assertEqual(0, call.media["ssrc_changes"])
