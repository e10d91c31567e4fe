"""A whole Narada of its own for each test class: free ports, a temporary folder, started and stopped as ./run does."""

import contextlib
import dataclasses
import pathlib
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
from tests.instruments import audio
from tests.instruments.baresip import Baresip
from tests.instruments.phone import Phone

NUMBER = "+48608608608"
BUILT = None  # Set once; asking Bazel takes a second.


def built():
    global BUILT  # pylint: disable=global-statement
    BUILT = BUILT or build.built()
    return BUILT


def free_ports(count, kind=socket.SOCK_STREAM):
    """Ports that nobody has at this moment, free for TCP and UDP on loopback."""
    with contextlib.ExitStack() as held:
        ports = []
        while len(ports) < count:
            tcp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                ports.append(port)
        return ports


_next_rtp_block = 21000


def rtp_block(size=200):
    """An even range of UDP ports that no other test of this run uses; below the kernel's ephemeral ports."""
    global _next_rtp_block  # pylint: disable=global-statement
    low = _next_rtp_block
    _next_rtp_block = low + size if low + 2 * size < 31000 else 21000
    return low, low + size - 1


def test_options(data, **changes):
    """The options of a ./run on free ports."""
    sip, http, control, mixer, health = free_ports(5)
    low, high = rtp_block()
    base = options.parse(["--sip-port", str(sip), "--http-port", str(http), "--control-port", str(control),
                          "--mixer-port", str(mixer), "--health-port", str(health), "--metrics-port", "0",
                          "--rtp-ports", f"{low}-{high}", "--data", str(data)], default_data=None)
    return dataclasses.replace(base, **changes)


class NaradaTest(unittest.TestCase):
    """Tests against one running stack per class; `FLAGS` adds flags by program, `OPTIONS` changes options of ./run."""

    FLAGS = {}
    OPTIONS = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="narada-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.data = cls.folder / "data"
        cls.options = test_options(cls.data, **cls.OPTIONS)
        cls.data_folder = DataFolder(cls.data)
        cls.addClassCleanup(cls.data_folder.close)
        cls.stack = Stack(cls.options, built(), cls.data_folder, extra_flags=cls.FLAGS)
        cls.addClassCleanup(cls.stack.stop)
        cls.stack.start()
        cls.uri = f"sip:{NUMBER}@127.0.0.1:{cls.options.sip_port}"

    def tearDown(self):
        self.stack.check()  # Whatever a test did, the programs go on.

    # ---- phones

    def phone(self, number="+48601000001", **flags):
        """A phone that ends with the test."""
        phone = Phone(built().phone, number=number, **flags)
        self.addCleanup(phone.close)
        return phone

    def answered_phone(self, number="+48601000001", recording=None, **flags):
        """A phone in a call with the service; `recording` keeps all it hears from the answer on."""
        phone = self.phone(number, **flags)
        if recording:
            phone.record(recording)
        phone.call(self.uri)
        phone.wait_for("answered", 3)
        return phone

    def baresip(self, name, number, microphone):
        sip, control = free_ports(2)
        phone = Baresip(self.folder / name, number, sip, control, rtp_block(20), microphone)
        self.addCleanup(phone.__exit__)
        return phone

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

    # ---- words

    def recordings(self, language, *prefixes):
        """The built recordings of a language whose name begins so, by name."""
        folder = built().prompts / language
        return {path.stem: audio.read(path) for path in sorted(folder.glob("*.wav"))
                if path.stem.startswith(prefixes)}

    def said(self, heard, language, *prefixes):
        """The recordings heard, in order, as names."""
        return [name for _, name in audio.transcript(heard, self.recordings(language, *prefixes))]

    # ---- faults

    def kill(self, program):
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()

    def restart(self, program):
        program.start()
        self.wait_until(program.health.is_serving, 20, f"{program.name} did not come back:\n{program.last_log_lines()}")
