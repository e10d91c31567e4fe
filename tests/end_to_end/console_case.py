"""What tests of the console have in common: a browser beside the running stack, and phones to be seen in it."""

import os
import pathlib

from tests.end_to_end.harness import NaradaTest
from tests.instruments.browser import Browser

TONES_HZ = (440, 620)
LEVEL_DBOV = -20
SIZES = {"wide": (1280, 860), "narrow": (360, 740)}

# Where people look at the screenshots that every run makes.
RESULTS = pathlib.Path(os.environ.get("NARADA_RESULTS", pathlib.Path(__file__).resolve().parents[2] / ".cache" / "results")) / "console"


class ConsoleCase(NaradaTest):
    """A browser beside the running stack."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.site = f"http://127.0.0.1:{cls.options.http_port}"
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        RESULTS.mkdir(parents=True, exist_ok=True)

    def operator_password(self):
        return (self.data / "secrets" / "console-operator-password").read_text(encoding="utf-8").strip()

    def open_page(self, **window):
        """A new window before the log-in."""
        self.browser.open(**window)
        self.browser.goto(self.site)

    def log_in(self, user_name="operator", password=None, **window):
        self.open_page(**window)
        self.browser.fill("input[name=userName]", user_name)
        self.browser.fill("input[name=password]", password or self.operator_password())
        self.browser.click("button[type=submit]")
        self.browser.wait(".nav")

    def two_callers(self, names=("", ""), then="listen 60; hangup"):
        """(room, PIN, phones) of two who are in a room and say their tones."""
        room, pin = self.new_reservation()
        phones = [self.phone(f"wait-answer; listen 1; press 2; listen 1; press {room}#; listen 1; press {pin}#; listen 6;"
                             f" tone {hertz}@{LEVEL_DBOV}; listen 3; mark all-in; {then}",
                             number=f"+4860100010{at}", **{"name": f"{hertz}hz", **({"display_name": name} if name else {})})
                  for at, (hertz, name) in enumerate(zip(TONES_HZ, names))]
        for phone in phones:
            phone.wait_step("mark all-in")
        return room, pin, phones

    def open_conference(self, room):
        self.browser.click(f".conference-card:has-text('{room}')")
        self.browser.wait(".virtual-row:nth-child(2)")

    def row(self, number):
        """The row of whoever has this in it; rows that were scrolled away are hidden and kept."""
        return f".virtual-row:not([hidden]):has-text('{number}')"
