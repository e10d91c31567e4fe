"""What a moderator does in the page beyond muting: heard by the phones, shown in the list, kept in the audit log."""

import re
import time

from tests.end_to_end.console_case import RESULTS, ConsoleCase
from tests.end_to_end.harness import free_ports
from tests.end_to_end.voice import Voice

_LEVEL_DBOV = -20
_ANNA_HZ, _BOGDAN_HZ, _CELINA_HZ = 440, 1020, 620
_ANNA, _BOGDAN, _CELINA = "+48601000701", "+48601000702", "+48601000777"


class CallsTest(ConsoleCase):
    CONFIG = 'control { conferences { call_out_prefixes: "+48" call_outs_max: 2 } }'

    @classmethod
    def setUpClass(cls):
        cls.called_port = free_ports(1)[0]
        cls.FLAGS = cls.FLAGS | {"sip": [f"--outbound_proxy=sip:127.0.0.1:{cls.called_port}"]}
        super().setUpClass()

    def voice(self, room, pin, number, name, hertz, then):
        return self.enter(room, pin, f"tone {hertz}@{_LEVEL_DBOV}; mark in; {then}", number=number, name=name, display_name=name)

    def open_menu(self, name):
        self.browser.click(f"{self.row(name)} .menu")
        self.browser.wait(".dialog")

    def choose(self, name, action, shown):
        """In the participant's menu; until the list shows it."""
        self.open_menu(name)
        self.browser.click(f".dialog .item:has-text('{action}')")
        self.browser.wait(".dialog", state="detached")
        self.browser.wait(shown)

    def note(self, name, wait_s=1.6):
        """The second that is nearly over now, after some time for what was done."""
        self.pause(wait_s)
        self.at[name] = time.monotonic() - 0.7

    def called_phone(self, script, name):
        phone = self.phone(script, number=_CELINA, name=name, uri="", sip_port=self.called_port)
        phone.wait_step(script.partition(";")[0])  # It listens by then.
        return phone

    def test_everything_else_that_the_page_can_do_to_a_conference(self):
        self.at = {}
        room, pin = self.new_reservation()
        phones = [self.voice(room, pin, _ANNA, "Anna", _ANNA_HZ, "wait-hangup 170"),
                  self.voice(room, pin, _BOGDAN, "Bogdan", _BOGDAN_HZ, "listen 7; press *5; wait-hangup 170")]
        self.log_in()
        anna, bogdan = (Voice(phone, hertz) for phone, hertz in zip(phones, (_ANNA_HZ, _BOGDAN_HZ)))
        self.open_conference(room)
        self.hands_and_lecture()
        self.settings_of_one()
        self.side_room_and_whisper()
        silent, celina = self.call_out()
        self.announce_and_tell()
        sent = self.invite(room)
        self.open_menu("Celina")
        self.browser.click(".dialog .item:has-text('Disconnect')")
        self.browser.click(".dialog[aria-label='Disconnect Celina?'] .button.danger")
        self.browser.wait(self.row("Celina"), state="detached")
        called = celina.end(30)
        self.assertEqual(["removed"], self.said(called.heard, "en", "removed", "conference_ended"))  # The page's language.
        self.browser.click(".button.danger.wide")
        self.browser.click(".dialog .button.danger")
        self.browser.wait(".empty:has-text('has ended')")
        self.assertEqual([], self.browser.errors())
        for voice in (anna, bogdan):
            voice.end()
        self.check_audio(anna, bogdan, silent.end(30))
        self.check_messages(room, sent)
        commands = {row["command"] for row in self.rows("SELECT command FROM audit WHERE channel = 'console' AND outcome = 'OK'")}
        self.assertLessEqual({"update_participant", "update_conference", "call_out", "cancel_call_out", "play_announcement", "roll_call",
                              "send_invitations", "disconnect", "end_conference"}, commands)

    def hands_and_lecture(self):
        bogdan = self.row("Bogdan")
        self.browser.wait(f"{bogdan}.has-hand .row-hand[data-turn='1']")
        self.assertIn("1", self.browser.text(".chip[data-show=hands]"))
        self.browser.click(".big:has-text('Lecture')")
        self.browser.wait(".pill:has-text('Lecture mode')")
        self.note("lecture", 10)  # Behind the words about it and about the hand.
        self.browser.screenshot(RESULTS / "lecture.png")
        self.choose("Bogdan", "Give the floor", f"{bogdan}:has-text('Presenter')")
        self.browser.wait(f"{bogdan}:not(.has-hand)")
        self.note("floor", 9)
        self.browser.click(".big:has-text('End lecture')")
        self.browser.wait(".pill:has-text('Lecture mode')", state="detached")
        self.pause(4)

    def settings_of_one(self):
        self.open_menu("Anna")
        self.browser.fill(".gain input", "-6")
        self.browser.wait(".gain-words:has-text('-6 dB')")
        self.browser.press("Escape")
        self.note("lower")
        self.open_menu("Anna")
        self.assertEqual("-6 dB", self.browser.text(".gain-words"))
        self.browser.fill(".gain input", "0")
        self.browser.press("Escape")
        self.note("as loud as before")
        anna = self.row("Anna")
        self.choose("Anna", "Let hear nothing", f"{anna}:has-text('hears nothing')")
        self.note("deaf")
        self.choose("Anna", "Let hear again", f"{anna}:not(:has-text('hears nothing'))")
        self.note("hears again")
        self.choose("Anna", "Put on hold", f"{anna}:has-text('on hold')")
        self.note("held", 3)
        self.choose("Anna", "Take off hold", f"{anna}:not(:has-text('on hold'))")
        self.note("not held", 3.5)

    def make_group(self, name, group, kind):
        self.open_menu(name)
        self.browser.select(".group-choice select", "New group…")
        self.browser.select(".group-new select", kind)
        self.browser.fill(".group-new input", group)
        self.browser.press("Enter")
        self.browser.wait(f"{self.row(name)}:has-text('group {group.lower()}')")
        self.browser.press("Escape")
        self.browser.wait(".dialog", state="detached")

    def leave_group(self, name):
        self.open_menu(name)
        self.browser.select(".group-choice select", "Whole room")
        self.browser.wait(f"{self.row(name)}:not(:has-text('group '))")
        self.browser.press("Escape")
        self.browser.wait(".dialog", state="detached")

    def side_room_and_whisper(self):
        self.make_group("Anna", "Sidebar", "Side room: they hear each other alone")
        self.note("side room")
        self.leave_group("Anna")
        self.make_group("Anna", "Coach", "Whisper: they hear the room too, which does not hear them")
        self.note("whisper")
        self.leave_group("Anna")
        self.note("together")

    def call_out(self):
        """(the phone that did not press 1, the one that did)."""
        script = f"wait-call 20; ring; wait 1; answer; {{}}tone {_CELINA_HZ}@{_LEVEL_DBOV}; wait-hangup 90"
        silent = self.called_phone(script.format(""), "silent")
        self.browser.click(".big:has-text('Call out')")
        self.browser.fill(".dialog input[type=tel]", "601 000 777")
        self.browser.fill(".dialog .field:has-text('Name') input", "Celina")
        self.browser.click("#save-contact")
        self.browser.click(".dialog button[type=submit]")
        self.browser.wait(".address-book .contact:has-text('Celina')")
        self.browser.press("Escape")
        celina = self.row("Celina")
        self.browser.wait(f"{celina}:has-text('ringing')")
        self.browser.wait(f"{celina}:has-text('has not pressed 1 yet')")
        self.note("not confirmed", 7)  # The invitation is heard to its end.
        self.browser.click(f"{celina} .menu")
        self.browser.click(".dialog .item:has-text('Cancel the call')")
        self.browser.wait(celina, state="detached")
        called = self.called_phone(script.format("wait 2; press 1; "), "celina")
        self.browser.click(".big:has-text('Call out')")
        self.browser.click(".address-book .contact button:has-text('Celina')")
        self.browser.wait(".toast:has-text('Calling Celina')")
        self.browser.press("Escape")
        self.browser.wait(f"{celina}:not(.is-away)")
        self.note("celina", 3)
        return silent, called

    def announce_and_tell(self):
        self.browser.click(".big:has-text('Announce')")
        self.browser.click(".dialog .item:has-text('Questions are welcome')")
        self.browser.wait(".toast:has-text('Questions are welcome')")
        self.browser.press("Escape")
        self.pause(3.5)
        self.choose("Bogdan", "Tell who is here", self.row("Bogdan"))
        self.pause(5)

    def invite(self, room):
        """The preview, and how many parts the page said it has."""
        self.browser.click(".big:has-text('Invite')")
        self.browser.fill(".dialog textarea", "601 000 555\n+48601000556, 12")
        self.browser.wait(".dialog .complaint:has-text('12')")
        self.browser.fill(".dialog textarea", "601 000 555\n+48601000556")
        self.browser.select(".dialog .field:has-text('Language') select", "Polish")
        self.browser.wait(f".sms:has-text('Zapraszam'):has-text('{room}')")
        text = self.browser.text(".sms")
        facts = self.browser.text(".dialog .hint[role=status]")
        self.browser.click(".dialog button[type=submit]")
        self.browser.wait(".toast:has-text('2 messages')")
        self.browser.wait(".dialog", state="detached")
        return text, facts

    def check_messages(self, room, sent):
        text, facts = sent
        self.assertIn(room, text)
        # UCS-2, for it is not all in GSM 03.38: 70 characters in one part, 67 in each of several.
        parts = 1 if len(text) <= 70 else -(-len(text) // 67)
        self.assertIn(f"{parts} part", facts)
        self.assertIn(f"{2 * parts} parts in total", facts)
        # The preview shows no PIN; the message has it.
        wanted = re.compile(re.escape(text).replace(re.escape("*"), r"\d"))
        for number in ("+48601000555", "+48601000556"):
            self.assertRegex(self.message_to(number)["text"], wanted)

    def check_audio(self, anna, bogdan, silent):
        at = self.at
        self.assert_silent(anna, _BOGDAN_HZ, "lecture")
        self.assert_silent(bogdan, _ANNA_HZ, "lecture")
        self.assert_level(_LEVEL_DBOV, anna, _BOGDAN_HZ, "floor")
        self.assert_silent(bogdan, _ANNA_HZ, "floor")
        self.assert_level(_LEVEL_DBOV - 6, bogdan, _ANNA_HZ, "lower")
        self.assert_level(_LEVEL_DBOV, bogdan, _ANNA_HZ, "as loud as before")
        self.assert_silent(anna, _BOGDAN_HZ, "deaf")
        self.assert_level(_LEVEL_DBOV, bogdan, _ANNA_HZ, "deaf")
        self.assert_level(_LEVEL_DBOV, anna, _BOGDAN_HZ, "hears again")
        self.assert_silent(bogdan, _ANNA_HZ, "held")
        self.assert_level(_LEVEL_DBOV, bogdan, _ANNA_HZ, "not held")
        self.assertEqual(["held", "resumed"], self.said(anna.call.heard, "pl", "held", "resumed"))
        self.assert_silent(bogdan, _ANNA_HZ, "side room")
        self.assert_silent(anna, _BOGDAN_HZ, "side room")
        self.assert_silent(bogdan, _ANNA_HZ, "whisper")
        self.assert_level(_LEVEL_DBOV, anna, _BOGDAN_HZ, "whisper")
        self.assert_level(_LEVEL_DBOV, bogdan, _ANNA_HZ, "together")
        self.assertIn("call_out_invitation", self.said(silent.heard, "en", "call_out_invitation"))
        self.assert_silent(bogdan, _CELINA_HZ, "not confirmed")
        self.assert_level(_LEVEL_DBOV, bogdan, _CELINA_HZ, "celina")
        for voice in (anna, bogdan):
            self.assertIn("announce_questions", self.said(voice.call.heard, "pl", "announce_questions"))
        self.assertIn("roll_call_number", self.said(bogdan.call.heard, "pl", "roll_call_number"))
        self.assertNotIn("roll_call_number", self.said(anna.call.heard, "pl", "roll_call_number"))
        self.assertEqual(sorted(at.values()), list(at.values()))

    def assert_level(self, expected, voice, hertz, name):
        self.assertAlmostEqual(expected, voice.level_dbov(hertz, self.at[name]), delta=1.5, msg=f"{name}: {hertz} Hz at {voice.hertz} Hz")

    def assert_silent(self, voice, hertz, name):
        self.assertLess(voice.level_dbov(hertz, self.at[name]), -60, f"{name}: {hertz} Hz at {voice.hertz} Hz")
