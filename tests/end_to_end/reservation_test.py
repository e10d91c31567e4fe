"""Reserving by phone: what is spoken, what is sent and what is kept are one and the same; and the way back in."""

import re

from launcher.options import primary_address
from tests.end_to_end.harness import NUMBER, NaradaTest
from tests.instruments import audio

_WEEK_US = 7 * 24 * 3600 * 1_000_000
_POLISH_INVITATION = (r"Zapraszam na telekonferencję dnia DD/MM o godzinie gg:mm pod numerem \+48 608 608 608\."
                      r" Proszę podać numer pokoju konferencyjnego: (\d{5}) i PIN: (\d{6})")
_ENGLISH_INVITATION = (r"You are invited to a teleconference on DD/MM at hh:mm, number \+48 608 608 608\."
                       r" Please enter conference room number: (\d{5}) and PIN: (\d{6})")


class ReservationTest(NaradaTest):
    def test_spoken_digits_sms_and_database_agree(self):
        call = self.phone("wait-answer; listen 1; press 3; listen 30; hangup", number="+48601000011").end()
        message = self.message_to("+48601000011")
        room, pin = re.fullmatch(_POLISH_INVITATION, message["text"]).groups()
        self.assertEqual((room + pin) * 2, self.spoken_digits(call.heard, "pl"))
        row = self.reservation(room)
        self.assertEqual(("+48601000011", NUMBER, "pl", 0),
                         (row["organiser_number"], row["access_number"], row["language"], row["extensions"]))
        self.assertEqual(_WEEK_US, row["expires_at"] - row["created_at"])

    def test_softphone_that_nobody_configured_reserves_too(self):
        """Its SIP comes from an interface of the machine, its RTP from loopback; both from there where there is none."""
        microphone = self.folder / "silence.wav"
        audio.write(microphone, audio.tone(440, -60, 60))
        phone = self.baresip("softphone", "+48601000010", microphone,
                             is_on_loopback=primary_address("0.0.0.0") == "127.0.0.1")
        phone.call(self.uri)
        phone.wait_for("CALL_ESTABLISHED", 5)
        self.pause(1)
        phone.press("3")
        room, pin = self.room_and_pin("+48601000010")
        self.pause(30)
        phone.close()
        self.assertEqual((room + pin) * 2, self.spoken_digits(audio.read(phone.heard()), "pl"))
        self.assertEqual("+48601000010", self.reservation(room)["organiser_number"])

    def test_caller_who_chose_english_gets_everything_in_english(self):
        call = self.phone("wait-answer; listen 1; press 1; listen 1; press 3; listen 30; hangup",
                          number="+48601000012").end()
        room, pin = re.fullmatch(_ENGLISH_INVITATION, self.message_to("+48601000012")["text"]).groups()
        self.assertEqual((room + pin) * 2, self.spoken_digits(call.heard, "en"))
        self.assertEqual("en", self.reservation(room)["language"])

    def test_zero_repeats_and_two_goes_straight_in(self):
        call = self.phone("wait-answer; listen 1; press 3; listen 3; press 0; listen 12; press 2; listen 8; hangup",
                          number="+48601000013").end()
        self.assertEqual(["first_in_conference"], self.said(call.heard, "pl", "first_in_conference"))
        room, pin = self.room_and_pin("+48601000013")
        self.assertTrue(self.spoken_digits(call.heard, "pl").endswith(room + pin))

    def test_second_call_joins_with_room_and_pin(self):
        room, pin = self.reserve("+48601000014")
        call = self.phone(f"wait-answer; listen 1; press 2; listen 5; press {room}#; listen 5; press {pin}#; listen 8; hangup",
                          number="+48601000015").end()
        self.assertEqual(["enter_room", "enter_pin", "first_in_conference"],
                         self.said(call.heard, "pl", "enter_room", "enter_pin", "first_in_conference", "wrong_room_or_pin"))

    def test_caller_without_a_mobile_number_is_asked_for_one(self):
        call = self.phone("wait-answer; listen 1; press 3; listen 14; press 601000016#; listen 2; press 1; listen 25; hangup",
                          number="+48221000016").end()
        self.assertIn("enter_mobile", self.said(call.heard, "pl", "enter_mobile"))
        room, pin = self.room_and_pin("+48601000016")
        self.assertIn(room + pin, self.spoken_digits(call.heard, "pl"))
        self.assertEqual("+48221000016", self.reservation(room)["organiser_number"])

    def test_withheld_number_is_not_kept(self):
        self.phone("wait-answer; listen 1; press 3; listen 2; press 601000017#; listen 2; press 1; listen 4; hangup",
                   number="+48601000018", identity="anonymous").end()
        room, _ = self.room_and_pin("+48601000017")
        self.assertEqual("", self.reservation(room)["organiser_number"])

    def test_no_pin_is_in_a_log_or_readable_in_the_database(self):
        _, pin = self.reserve("+48601000019")
        for path in [*(self.data / "logs").iterdir(), *self.data.glob("narada.sqlite*")]:
            self.assertNotIn(pin.encode(), path.read_bytes(), f"the PIN stands in {path.name}")

    def spoken_digits(self, heard, language):
        digits = {name: recording for name, recording in self.recordings(language, "digit_").items()}
        end = self.recordings(language, "valid_until")
        said = [name for _, name in audio.transcript(heard, digits | end)]
        if "valid_until" in said:  # The digits of the date are no room number.
            last = len(said) - 1 - said[::-1].index("valid_until")
            after = self.spoken_after(said[last:])
            said = said[:last] + after
        return "".join(name.removeprefix("digit_") for name in said if name.startswith("digit_"))

    @staticmethod
    def spoken_after(said):
        """A repetition that was asked for: eleven digits at the end."""
        digits = [name for name in said if name.startswith("digit_")]
        return digits[-11:] if len(digits) >= 11 else []


class ExtensionTest(NaradaTest):
    def test_key_4_moves_the_expiry_by_exactly_seven_days(self):
        room, pin = self.reserve("+48601000021")
        before = self.reservation(room)["expires_at"]
        call = self.phone(f"wait-answer; listen 1; press 4; listen 1; press {room}#; listen 1; press {pin}#; listen 8; hangup",
                          number="+48221000022").end()
        self.assertEqual(["extended"], self.said(call.heard, "pl", "extended", "wrong_room_or_pin"))
        self.assertEqual(before + _WEEK_US, self.reservation(room)["expires_at"])
        self.assertEqual(1, self.reservation(room)["extensions"])

    def test_key_in_the_room_moves_the_expiry_by_exactly_seven_days(self):
        room, pin = self.new_reservation()
        before = self.reservation(room)["expires_at"]
        call = self.enter(room, pin, "press *4; listen 5; hangup", number="+48221000025").end()
        self.assertEqual(["extended"], self.said(call.heard, "pl", "extended", "extension_refused", "service_unavailable"))
        self.assertEqual(before + _WEEK_US, self.reservation(room)["expires_at"])

    def test_extension_with_a_wrong_pin_changes_nothing(self):
        room, pin = self.reserve("+48601000023")
        wrong = f"{(int(pin) + 1) % 1_000_000:06}"
        before = self.reservation(room)["expires_at"]
        call = self.phone(f"wait-answer; listen 1; press 4; listen 1; press {room}#; listen 1; press {wrong}#; listen 6; hangup",
                          number="+48221000024").end()
        self.assertEqual(["wrong_room_or_pin"], self.said(call.heard, "pl", "extended", "wrong_room_or_pin"))
        self.assertEqual(before, self.reservation(room)["expires_at"])
