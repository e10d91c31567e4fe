"""./run --demo: synthetic callers live through the whole story; what each of them heard is left as WAV."""

import re
import signal
import subprocess
import sys
import time

import numpy

from launcher.options import join_address
from launcher.stack import SpoolWatcher, Stack
from launcher.supervisor import ProgramDied
from tests.instruments import audio
from tests.instruments.phone import Phone, PhoneFailed

_ENTRY_S = 7.0  # "You are the first", the number of participants, and a breath.
_PAUSE_S = 0.5
_ALIKE, _UNLIKE = 0.7, 0.6  # Of audio.likeness: the same words by the same voice, and other words.


class _Caller:
    """A person: a number, a voice of espeak-ng, two things to say."""

    def __init__(self, name, number, voice, alone, together):
        self.name = name
        self.number = number
        self.voice = voice
        self.sentences = {"alone": alone, "together": together}
        self.speech = {}  # Of "alone" and "together": samples.


def _callers():
    return [
        _Caller("anna", "+48601000001", "pl+f2", "Dzień dobry, mówi Anna. Zarezerwowałam ten pokój.",
                "Do usłyszenia za tydzień, dziękuję."),
        _Caller("bartek", "+48601000002", "pl+m3", "Cześć, tu Bartek. Słyszę was bardzo dobrze.",
                "Do widzenia wszystkim."),
        _Caller("celia", "+442079460003", "en-gb+f4", "Hello, this is Celia, calling from London.",
                "Goodbye, and thank you very much."),
    ]


class Demo:
    """One performance. `say` prints a progress line."""

    def __init__(self, stack, built, folder):
        self._stack = stack
        self._built = built
        self._spool = SpoolWatcher(folder.path / "sms")
        self._out = folder.path / "demo"
        self._out.mkdir(exist_ok=True)
        self._began = time.monotonic()
        self._lines = []
        self._phones = []

    def hang_up(self):
        """Ends phones that are still in a call."""
        for phone in self._phones:
            phone.kill()

    def say(self, text):
        line = f"[{time.monotonic() - self._began:5.1f} s] {text}"
        print(line)
        self._lines.append(line)

    def play(self):
        """True if everybody heard what there was to hear."""
        callers = _callers()
        for caller in callers:
            for occasion, sentence in caller.sentences.items():
                caller.speech[occasion] = self._synthesise(caller, occasion, sentence)
        self.say(f"{len(callers)} voices synthesised by espeak-ng")
        room, pin = self._reserve(callers[0])
        calls = self._meet(callers, room, pin)
        heard_everybody = self._judge(callers, calls)
        summary = self._out / "summary.txt"
        summary.write_text("\n".join(self._lines) + "\n", encoding="utf-8")
        self.say(f"what each caller heard: {self._out}/*.wav; this summary: {summary}")
        return heard_everybody

    def _synthesise(self, caller, occasion, sentence):
        """Samples at 8 kHz, as a telephone's microphone would give them."""
        path = self._speech_path(caller, occasion)
        subprocess.run(["espeak-ng", "-v", caller.voice, "-w", path, sentence], check=True)
        samples = audio.resampled(*audio.read_any_rate(path))
        samples *= 10 ** (-20 / 20) / max(numpy.sqrt(numpy.mean(samples ** 2)), 1e-9)
        audio.write(path, samples)
        return samples

    def _speech_path(self, caller, occasion):
        return self._out / f"{caller.name}-says-{occasion}.wav"

    def _phone(self, caller, name, script):
        stack = self._stack
        uri = f"sip:{stack.access_number()}@{join_address(stack.called_at, stack.options.sip_port)}"
        phone = Phone(self._built.phone, uri, self._out / name, script, number=caller.number)
        self._phones.append(phone)
        return phone

    def _reserve(self, organiser):
        self.say(f"{organiser.name} dials {self._stack.access_number()} and presses 3 to reserve")
        phone = self._phone(organiser, f"{organiser.name}-reserves", "wait-answer; listen 3; press 3; listen 25; hangup")
        deadline = time.monotonic() + 30
        while not (messages := self._spool.new_messages()):
            self._stack.check()
            if time.monotonic() > deadline:
                raise PhoneFailed("no SMS came within 30 s")
            time.sleep(0.1)
        text = messages[0].read_text(encoding="utf-8")
        self.say("SMS in the spool:\n" + "\n".join(f"          {line}" for line in text.strip().splitlines()))
        phone.end()
        self.say(f"{organiser.name} has heard room number and PIN, and hangs up")
        return re.search(r"(\d{5,12})\D+(\d{6})\s*$", text).groups()

    def _meet(self, callers, room, pin):
        """Everybody enters, speaks in turn, then all at once; returns their calls."""
        turns = [len(caller.speech["alone"]) / audio.RATE_HZ + _PAUSE_S for caller in callers]
        phones = []
        for index, caller in enumerate(callers):
            before, after = sum(turns[:index]), sum(turns[index + 1:]) + _PAUSE_S
            script = (f"wait-answer; listen 1; press 2; listen 1; press {room}#; listen 1; press {pin}#; listen {_ENTRY_S};"
                      f" listen {before:.2f}; mark speaks; say-and-go {self._speech_path(caller, 'alone')};"
                      f" listen {turns[index] + after:.2f}; mark together;"
                      f" say {self._speech_path(caller, 'together')}; listen 2; hangup")
            phones.append(self._phone(caller, caller.name, script))
        self.say(f"{', '.join(caller.name for caller in callers)} dial, press 2, key in room number and PIN")
        for caller, phone in zip(callers, phones):
            phone.wait_step("mark speaks", 90)
            self.say(f"{caller.name} speaks: “{caller.sentences['alone']}”")
        phones[0].wait_step("mark together", 90)
        self.say("all speak at once")
        calls = [phone.end() for phone in phones]
        self.say("all hang up")
        return calls

    def _judge(self, callers, calls):
        """Says, and returns, whether each heard each other and nobody himself."""
        well = True
        for caller, call in zip(callers, calls):
            parts = []
            for other in callers:
                likeness = audio.likeness(call.heard, other.speech["alone"])
                if other is caller:
                    well = well and likeness < _UNLIKE
                    parts.append("not itself" if likeness < _UNLIKE else "ITSELF")
                else:
                    well = well and likeness > _ALIKE
                    parts.append(f"{other.name} ({'clearly' if likeness > _ALIKE else 'NOT'}, likeness {likeness:.2f})")
            lost = call.media["packets_lost"]
            well = well and lost == 0
            onset = audio.onset_s(call.heard)
            greeted = "no greeting" if onset is None else f"greeted after {onset:.2f} s"
            self.say(f"{caller.name} was {greeted}, heard {', '.join(parts)}; {lost} packets lost")
        return well


def run(options, built, folder):
    """The exit code of ./run --demo: 0 if the story went as told."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    stack = Stack(options, built, folder)
    demo = Demo(stack, built, folder)
    well = False
    try:
        stack.start()
        print(stack.ready_line())
        well = demo.play()
    except (ProgramDied, PhoneFailed) as error:
        print(f"run: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("run: asked to stop before the end of the demo", file=sys.stderr)
    finally:
        demo.hang_up()
        well = stack.stop() and well
    return 0 if well else 1


def _interrupt(*_):
    raise KeyboardInterrupt
