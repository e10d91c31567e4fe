"""Who hangs up before the answer leaves nothing behind: no leg, no call, no answer that nobody waits for."""

import signal

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio, grpc_client


class HangupTest(NaradaTest):
    def test_call_given_up_while_control_thinks_is_cancelled(self):
        self.give_up_while_stopped(self.stack.control)

    def test_call_given_up_while_the_mixer_makes_its_leg_is_cancelled(self):
        self.give_up_while_stopped(self.stack.mixer)

    def give_up_while_stopped(self, program):
        program.process.send_signal(signal.SIGSTOP)
        try:
            call = self.phone("listen 0.5; hangup").end()
        finally:
            program.process.send_signal(signal.SIGCONT)
        self.assertEqual(487, call.call["status"], call.call["trace"])  # Request Terminated, RFC 3261 §9.
        self.assertFalse(call.call["is_answered"])
        self.wait_until(lambda: not self.legs(), message=f"the mixer kept {self.legs()}")
        self.pause(1)  # What was under way in the program that stood still is over, too.
        self.assertEqual([], self.legs())
        call = self.phone("wait-answer; listen 2; hangup").end()
        self.assertIsNotNone(audio.onset_s(call.heard))
        self.wait_until(lambda: not self.legs(), message="a call that ended left a leg")

    def legs(self):
        """The ids of the mixer's legs."""
        leg = grpc_client.messages("mixer", "leg")
        with grpc_client.plain_channel(self.options.grpc_address(self.options.mixer_port)) as channel:
            legs = grpc_client.services("mixer", "leg").LegServiceStub(channel)
            return [entry.leg_id for entry in legs.ListLegs(leg.ListLegsRequest(), timeout=5).legs]
