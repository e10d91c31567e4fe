"""The greeting and the menu: at once, in the right language, and never a dead end."""

import time

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio

# Impatient, so that the tests need not wait six seconds for each silence.
_IMPATIENT = 'control { dialogue { no_input { seconds: 1 } inter_digit { seconds: 1 } } }'


class GreetingTest(NaradaTest):
    def test_polish_greeting_is_heard_within_500_ms_of_the_answer(self):
        call = self.phone("wait-answer; listen 6; hangup").end()
        said = audio.transcript(call.heard, self.recordings("pl", "greeting"))
        self.assertEqual(["greeting"], [name for _, name in said])
        self.assertLess(said[0][0], 0.5)
        self.assertLess(audio.onset_s(call.heard), 0.5)

    def test_recording_arrives_sample_for_sample(self):
        """No tick is left out and none is doubled: one slip of 20 ms would break this correlation."""
        call = self.phone("wait-answer; listen 6; hangup").end()
        self.assertGreater(audio.similarity(call.heard, self.recordings("pl", "greeting")["greeting"]).max(), 0.95)
        self.assertEqual(0, call.media["timestamp_jumps"])

    def test_softphone_hears_greeting_and_menu(self):
        microphone = self.folder / "silence.wav"
        audio.write(microphone, audio.tone(440, -60, 60))
        phone = self.baresip("softphone", "+48601000002", microphone)
        phone.call(self.uri)
        phone.wait_for("CALL_ESTABLISHED", 5)
        time.sleep(6)
        phone.close()
        said = self.said(audio.read(phone.heard()), "pl", "greeting", "goodbye", "enter_room")
        self.assertEqual(["greeting"], said)

    def test_softphone_without_asserted_identity_is_answered_by_tcp_too(self):
        call = self.phone("wait-answer; listen 2; hangup", transport="tcp", uri=self.uri + ";transport=tcp").end()
        self.assertIsNotNone(audio.onset_s(call.heard))

    def test_number_that_is_not_ours_is_refused_clearly(self):
        wrong = self.uri.replace("608608608", "608608609")
        call = self.phone("wait-refused 404", uri=wrong).end()
        self.assertEqual(404, call.call["status"])


class MenuTest(NaradaTest):
    CONFIG = _IMPATIENT

    def test_key_1_changes_the_language_of_everything_after_it(self):
        call = self.phone("wait-answer; listen 1; press 1; listen 24; press 2; listen 5; hangup").end()
        after = call.heard[int(call.at_s("press 1") * audio.RATE_HZ):]
        self.assertEqual(["language_changed", "main_menu", "enter_room"],
                         self.said(after, "en", "language_changed", "main_menu", "enter_room"))
        # The way back is offered in its own language, nothing else is.
        self.assertEqual({"offer_language"}, set(self.said(
            after, "pl", "offer_language", "language_changed", "main_menu", "enter_room", "no_input")))

    def test_key_is_heard_while_the_menu_is_spoken(self):
        call = self.phone("wait-answer; listen 2; press 2; listen 5; hangup").end()
        said = audio.transcript(call.heard, self.recordings("pl", "enter_room", "main_menu"))
        self.assertEqual(["enter_room"], [name for _, name in said])
        self.assertLess(said[0][0] - call.at_s("press 2"), 0.6)

    def test_zero_repeats_the_menu_and_star_comes_back_to_it(self):
        call = self.phone("wait-answer; listen 1; press 0; listen 21; press 2; listen 5; press *; listen 21;"
                          " hangup").end()
        self.assertEqual(["main_menu", "enter_room", "main_menu"], self.said(call.heard, "pl", "main_menu", "enter_room"))

    def test_no_input_is_asked_again_and_ends_with_goodbye(self):
        call = self.phone("wait-answer; wait-hangup 120").end(150)
        self.assertTrue(call.call["ended_by_peer"])
        said = self.said(call.heard, "pl", "main_menu", "no_input", "goodbye")
        self.assertEqual(["main_menu", "no_input", "main_menu", "no_input", "main_menu", "no_input", "goodbye"], said)

    def test_wrong_key_is_told_apart_from_none(self):
        call = self.phone("wait-answer; listen 1; press 9; listen 3; press 8; listen 3; press 7; wait-hangup 20").end()
        self.assertEqual(["wrong_input", "wrong_input", "wrong_input", "goodbye"],
                         self.said(call.heard, "pl", "wrong_input", "goodbye", "no_input"))

    def test_key_by_sip_info_counts_as_well(self):
        call = self.phone("wait-answer; listen 2; press-info 2; listen 5; hangup", event_payload_type=0).end()
        self.assertEqual(["enter_room"], self.said(call.heard, "pl", "enter_room"))
