"""A whole Narada of its own for each test class: free ports, a temporary folder, started and stopped as ./run does."""

import contextlib
import dataclasses
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import tempfile
import time
import unittest

from launcher import build, options
from launcher.data_folder import DataFolder
from launcher.stack import Stack
from tests.instruments import audio, grpc_client
from tests.instruments.baresip import Baresip
from tests.instruments.phone import Phone

NUMBER = "+48608608608"
BUILT = None  # Set once, by ./test or the first who asks.

# The mixer of every test proves itself: it ends when a worker allocates, or makes a system call other than
# io_uring_enter (waiting for a lock is one, too).
_PROVEN_MIXER = "//mixer:mixer_with_hook"
_PROVEN_MIXER_FLAGS = ["--filter_system_calls"]


def prepare():
    """Builds the programs and the phone; every worker of ./test finds them."""
    build.build(with_demo=True, also=[_PROVEN_MIXER])
    built()


def built():
    global BUILT
    if BUILT is None:
        BUILT = build.built()
        BUILT.mixer = BUILT.mixer.with_name(_PROVEN_MIXER.partition(":")[2])
    return BUILT


# Below the kernel's ephemeral ports: it gives them to nobody by itself. Single ports are four apart, for programs that
# take the next one too; those of RTP are taken twenty at a time.
PORTS = range(17200, 20000, 4)
_RTP_PORTS = range(20000, 32000, 20)
_claims = []  # Held until this process ends.


def _claim(kind, port):
    """What makes this port ours among all tests of the machine until it is closed; None if it is another's."""
    # A name that only one socket can have: no file is left behind. FreePort of tests/process uses the same names.
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0narada-test-{kind}-{port}")
    except OSError:
        claim.close()
        return None
    return claim


def free_ports(count):
    """Ports that no other test gets until this process ends, free for TCP and UDP on loopback. Thread-safe."""
    ports = []
    for port in PORTS:
        if len(ports) == count:
            return ports
        claim = _claim("port", port)
        if claim is None:
            continue
        _claims.append(claim)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
                contextlib.suppress(OSError):  # A program that is no test has it.
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            ports.append(port)
    raise RuntimeError(f"no {count} ports are left: {len(_claims)} are taken by this process")


def rtp_block(size=200):
    """An even range of UDP ports that no other test has, until this process ends. Thread-safe."""
    twenties = -(-size // _RTP_PORTS.step)
    claims = []
    for port in _RTP_PORTS:
        claim = _claim("rtp", port)
        if claim is not None:
            claims.append(claim)
            if len(claims) == twenties:
                _claims.extend(claims)
                first = port - (twenties - 1) * _RTP_PORTS.step
                return first, first + size - 1
        else:  # Another's lies between.
            while claims:
                claims.pop().close()
    raise RuntimeError(f"no {size} RTP ports are left: {len(_claims)} blocks and ports are taken by this process")


def test_options(data, **changes):
    """The options of a ./run on free ports."""
    sip, http, control, mixer, health = free_ports(5)
    low, high = rtp_block()
    base = options.parse(["--sip-port", str(sip), "--http-port", str(http), "--control-port", str(control),
                          "--mixer-port", str(mixer), "--health-port", str(health), "--metrics-port", "0",
                          "--rtp-ports", f"{low}-{high}", "--data", str(data)], default_data=None)
    return dataclasses.replace(base, **changes)


class NaradaTest(unittest.TestCase):
    """Tests against one running stack per class; `FLAGS` adds flags by program, `OPTIONS` changes options
    of ./run, `CONFIG` is the whole configuration file."""

    FLAGS = {}
    OPTIONS = {}
    CONFIG = None
    WANTED = None  # The names of the test methods that will run, where ./test knows them.
    _phones = 0

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="narada-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.data = cls.folder / "data"
        cls.options = test_options(cls.data, **cls.OPTIONS)
        cls.data_folder = DataFolder(cls.data)
        cls.addClassCleanup(cls.data_folder.close)
        cls.addClassCleanup(shutil.rmtree, cls.data_folder.state_in_memory(), ignore_errors=True)
        if cls.CONFIG:
            cls.data_folder.config(cls.CONFIG)
        flags = cls.FLAGS | {"mixer": _PROVEN_MIXER_FLAGS + cls.FLAGS.get("mixer", [])}
        cls.stack = Stack(cls.options, built(), cls.data_folder, extra_flags=flags)
        cls.addClassCleanup(cls.stack.stop)
        cls.stack.start()
        cls.uri = f"sip:{NUMBER}@127.0.0.1:{cls.options.sip_port}"

    @classmethod
    def is_wanted(cls, method):
        """Whether a test runs: for classes whose calls are all made at once."""
        return cls.WANTED is None or method in cls.WANTED

    def tearDown(self):
        self.stack.check()  # Whatever a test did, the programs go on.

    # ---- phones

    def phone(self, script, number="+48601000001", name=None, display_name=None, **flags):
        """A phone that is calling the service by now; it ends with the test at the latest."""
        type(self)._phones += 1
        if display_name:
            flags["name"] = display_name
        path = self.folder / f"{self.id().rsplit('.', 1)[-1]}-{name or type(self)._phones}"
        phone = Phone(built().phone, flags.pop("uri", self.uri), path, script, number, **flags)
        self.addCleanup(phone.kill)
        return phone

    @classmethod
    def new_phone(cls, script, number, name, **flags):
        """The same for a whole class: it ends with the class at the latest."""
        phone = Phone(built().phone, flags.pop("uri", cls.uri), cls.folder / name, script, number, **flags)
        cls.addClassCleanup(phone.kill)
        return phone

    @classmethod
    def new_reservation(cls):
        """(room number, PIN) of a reservation made by the API, without an SMS."""
        messages = grpc_client.messages("control", "reservation")
        with grpc_client.plain_channel(cls.options.grpc_address(cls.options.control_port)) as channel:
            stub = grpc_client.services("control", "reservation").ReservationServiceStub(channel)
            made = stub.CreateReservation(messages.CreateReservationRequest(), timeout=10).reservation
        return made.room_number, made.pin

    def enter(self, room, pin, then, **flags):
        """A phone on its way into a room; `then` begins about six seconds later, when the entry prompts are over."""
        return self.phone(f"wait-answer; listen 1; press 2; listen 1; press {room}#; listen 1; press {pin}#; listen 6; {then}",
                          **flags)

    def reserve(self, number):
        """(room number, PIN) of a reservation made by a call from `number`, as its SMS says."""
        self.phone("wait-answer; listen 1; press 3; listen 3; hangup", number=number).end()
        return self.room_and_pin(number)

    def baresip(self, name, number, microphone, **options):
        phone = self.new_baresip(name, number, microphone, **options)
        self.addCleanup(phone.close)
        return phone

    @classmethod
    def new_baresip(cls, name, number, microphone, **options):
        """The same, to be closed by who asks for it."""
        sip, control = free_ports(2)
        return Baresip(cls.folder / name, number, sip, control, rtp_block(20), microphone, **options)

    # ---- what the service keeps

    def database(self):
        """The database, to look into beside the one process that writes it."""
        connection = sqlite3.connect(f"file:{self.data / 'narada.sqlite'}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        return contextlib.closing(connection)

    def rows(self, query, *arguments):
        with self.database() as connection:
            return connection.execute(query, arguments).fetchall()

    def messages(self):
        """The SMS of the spool, oldest first: {"To": ..., "From": ..., "text": ...}."""
        found = []
        for path in sorted((self.data / "sms").glob("*.txt"), key=lambda path: (path.stat().st_mtime_ns, path.name)):
            head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
            found.append(dict(line.split(": ", 1) for line in head.splitlines()) | {"text": text.rstrip("\n")})
        return found

    def wait_until(self, condition, timeout_s=10, message="it did not happen in time"):
        """What `condition` gives, as soon as that is true."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if value := condition():
                return value
            time.sleep(0.05)
        self.fail(message)

    def message_to(self, number, timeout_s=10):
        """The newest SMS to this number, as soon as there is one."""
        return self.wait_until(lambda: [message for message in self.messages() if message["To"] == number],
                               timeout_s, f"no SMS came to {number}")[-1]

    def room_and_pin(self, number):
        """What the newest SMS to this number invites to."""
        return re.search(r"(\d{5,12})\D+(\d{6})$", self.message_to(number)["text"]).groups()

    def reservation(self, room):
        """Its row."""
        rows = self.rows("SELECT * FROM reservations WHERE room_number = ?", room)
        self.assertEqual(1, len(rows), f"reservations with room {room}")
        return rows[0]

    # ---- words

    def recordings(self, language, *prefixes):
        """The built recordings of a language whose name begins so, by name."""
        folder = built().prompts / language
        return {path.stem: audio.resampled(*audio.read_any_rate(path)) for path in sorted(folder.glob("*.wav"))
                if path.stem.startswith(prefixes)}

    def said(self, heard, language, *prefixes):
        """The recordings heard, in order, as names."""
        return [name for _, name in audio.transcript(heard, self.recordings(language, *prefixes))]

    # ---- faults

    def kill(self, program):
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()

    def restart_control_with(self, flags):
        """Stops control and starts it with these flags in addition."""
        control = self.stack.control
        control.process.terminate()
        control.process.wait(10)
        plain = type(self).__dict__.get("_control_command") or list(control.command)
        type(self)._control_command = plain
        control.command = plain + flags
        self.restart(control)

    @staticmethod
    def pause(seconds):
        """For what a softphone cannot be asked about."""
        time.sleep(seconds)

    def restart(self, program):
        program.start()
        self.wait_until(program.health.is_serving, 20, f"{program.name} did not come back:\n{program.last_log_lines()}")
