"""Who comes and goes is announced in their own voice, here a tone: recorded before they join, said to those inside."""

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio

_NAME_HZ = 620  # What the visitor says for a name; not a tone of any key.


class RecordedNameTest(NaradaTest):
    CONFIG = "control { dialogue { announce_by_name: true } }\n"

    def test_those_inside_hear_the_name_of_who_comes_and_goes(self):
        room, pin = self.new_reservation()
        keys = f"wait-answer; listen 1; press 2; listen 1; press {room}#; listen 1; press {pin}#"
        # Asked for about 5 s, recorded for 5 s; then the room. Two stay: who is left alone hears music instead.
        stay = [self.phone(f"{keys}; tone 440@-20; listen 9; silence; listen 9; mark inside; listen 45; hangup",
                           number=f"+4860100710{index}", name=f"stays-{index}") for index in range(2)]
        for host in stay:
            host.wait_step("mark inside")
        self.phone(f"{keys}; tone {_NAME_HZ}@-20; listen 9; silence; listen 10; hangup",
                   number="+48601007102", name="visitor").end(90)
        heard = stay[0].end(90)
        stay[1].end(90)
        begin = int(heard.at_s("mark inside") * audio.RATE_HZ)
        second = audio.RATE_HZ
        windows = [heard.heard[place:place + second] for place in range(begin, len(heard.heard) - second, second // 2)]
        named = [audio.tone_level_dbov(window, _NAME_HZ) > -35 for window in windows]
        # A name is some seconds long: twice it begins, at the entry and at the exit.
        self.assertEqual(2, sum(now and not before for before, now in zip([False] + named, named)), named)
        inside = heard.heard[begin:]
        self.assertEqual(["entry_tone", "exit_tone"], self.said(inside, "sounds", "entry_tone", "exit_tone"))
        # Nothing of it is kept.
        recordings = self.data / "recordings"
        self.wait_until(lambda: not recordings.exists() or not list(recordings.iterdir()), 10, "a name was not deleted")
