"""Starting, refusing to start, stopping: each program and ./run itself."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

from launcher.build import TREE
from launcher.data_folder import DataFolder
from launcher.health import HealthClient
from launcher.options import Tls, join_address
from launcher.stack import Stack
from launcher.supervisor import ProgramDied
from tests.end_to_end.harness import built, free_ports, rtp_block, test_options
from tests.instruments import audio
from tests.instruments.phone import Phone


class Temporary(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="narada-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def refusal(self, command, timeout_s=15):
        """What a program says that refuses to start."""
        run = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=timeout_s, check=False)
        self.assertGreater(run.returncode, 0, f"it did not refuse, or was killed ({run.returncode}): {run.stdout}")
        return run.stdout


class RefusalToStartTest(Temporary):
    def mixer(self, *flags):
        low, high = rtp_block()
        return [built().mixer, f"--grpc_listen=127.0.0.1:{free_ports(1)[0]}", f"--rtp_ports={low}-{high}", *flags]

    def control(self, *flags):
        return [built().control, f"--grpc_listen=127.0.0.1:{free_ports(1)[0]}", f"--http_port={free_ports(1)[0]}",
                f"--prompts={built().prompts}", f"--data={self.folder}", *flags]

    def test_occupied_grpc_port_is_named(self):
        for program, command in (("mixer", [built().mixer]), ("control", self.control())):
            with self.subTest(program), socket.socket() as occupant:
                occupant.bind(("127.0.0.1", 0))
                occupant.listen()
                port = occupant.getsockname()[1]
                self.assertIn(str(port), self.refusal([*command, f"--grpc_listen=127.0.0.1:{port}"]))

    def test_occupied_sip_port_is_named(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as occupant:
            occupant.bind(("127.0.0.1", 0))
            port = occupant.getsockname()[1]
            self.assertIn(str(port), self.refusal([built().sip, f"--sip_port={port}", "--control=127.0.0.1:1"]))

    def test_open_grpc_port_without_tls_is_refused(self):
        for command in (self.mixer("--grpc_listen=0.0.0.0:0"), self.control("--grpc_listen=0.0.0.0:0")):
            with self.subTest(command[0].name):
                self.assertRegex(self.refusal(command), r"(?i)\bm?TLS\b")

    def test_unwritable_data_folder_is_named(self):
        blocked = self.folder / "file" / "data"
        blocked.parent.write_text("a file where a folder should be")
        self.assertIn(str(blocked), self.refusal([*self.control(), f"--data={blocked}"]))

    def test_data_folder_of_somebody_else_is_named(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else; root itself may write everywhere")
        # Where that somebody can reach them: the build's own folder may be root's alone.
        control, prompts = self.folder / "control", self.folder / "built-prompts"
        shutil.copy(built().control, control)
        shutil.copytree(built().prompts, prompts)
        self.folder.chmod(0o555)
        output = self.refusal(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", control,
                               *self.control()[1:], f"--prompts={prompts}"])
        self.assertIn(str(self.folder), output)

    def test_unknown_field_in_the_configuration_is_shown_with_file_and_line(self):
        config = self.folder / "narada.textproto"
        config.write_text('mixer {\n  rtp { port_minimum: 1 }\n}\ncontrol {\n  colour: "blue"\n}\nsip { tempo: 3 }\n')
        for program, line in ((self.mixer, 2), (self.control, 5)):
            with self.subTest(program.__name__):
                self.assertRegex(self.refusal(program(f"--config={config}")), rf"{re.escape(str(config))}:[25]:")

    def test_nonsense_flags_are_refused(self):
        self.refusal(self.mixer("--rtp_ports=20-10"))
        self.refusal(self.mixer("--nonsense"))
        self.refusal(self.control("--number=12"))

    def test_damaged_database_is_named_and_left_as_it_is(self):
        path = self.folder / "narada.sqlite"
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute("PRAGMA journal_mode = WAL")  # As control has it: nothing is left to be changed.
            database.execute("CREATE TABLE notes (text TEXT PRIMARY KEY)")
            database.executemany("INSERT INTO notes VALUES (?)", [(f"{number:0100}",) for number in range(1000)])
        content = bytearray(path.read_bytes())
        content[3 * 4096:6 * 4096] = b"\xff" * (3 * 4096)
        path.write_bytes(content)
        said = self.refusal(self.control())
        self.assertRegex(said, rf"(?s)control does not start: {re.escape(str(path))}: .*Restore a backup")
        self.assertEqual(content, path.read_bytes())

    def test_missing_prompts_are_named(self):
        empty = self.folder / "no-prompts"
        empty.mkdir()
        self.assertRegex(self.refusal([*self.control(), f"--prompts={empty}"]), r"prompt")


class DamagedPromptTest(Temporary):
    def test_damaged_recording_of_the_operator_is_refused_by_name(self):
        options = test_options(self.folder / "data")
        data = DataFolder(options.data)
        self.addCleanup(data.close)
        damaged = options.data / "prompts" / "pl" / "greeting.wav"
        damaged.parent.mkdir(parents=True)
        damaged.write_bytes(b"RIFF\x10\0\0\0WAVEfmt garbage")
        stack = Stack(options, built(), data)
        self.addCleanup(stack.stop)
        with self.assertRaisesRegex(ProgramDied, r"control exited with code 1(?s:.*)pl/greeting\.wav"):
            stack.start()


class MutualTlsTest(Temporary):
    def setUp(self):
        super().setUp()
        self.make_authority("ca")
        self.make_authority("stranger")
        for name, authority in (("narada", "ca"), ("stranger-client", "stranger")):
            self.make_certificate(name, authority)
        self.tls = Tls(self.folder / "narada.crt", self.folder / "narada.key", self.folder / "ca.crt")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def make_authority(self, name):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt",
                     "-days", "2", "-subj", f"/CN={name}")

    def make_certificate(self, name, authority):
        (self.folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                     f"/CN={name}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
                     "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt")

    def test_call_goes_through_and_strangers_stay_out(self):
        options = test_options(self.folder / "data", grpc_listen="0.0.0.0", tls=self.tls)
        data = DataFolder(options.data)
        self.addCleanup(data.close)
        stack = Stack(options, built(), data)
        self.addCleanup(stack.stop)
        stack.start()
        stranger = Tls(self.folder / "stranger-client.crt", self.folder / "stranger-client.key", self.folder / "ca.crt")
        for port in (options.mixer_port, options.control_port):
            address = join_address("127.0.0.1", port)
            self.assertFalse(HealthClient(address, None).is_serving(), "plain text is answered")
            self.assertFalse(HealthClient(address, stranger).is_serving(), "a stranger's certificate is answered")
            self.assertTrue(HealthClient(address, self.tls).is_serving())
        # From one program to the next, all the way.
        phone = Phone(built().phone, f"sip:+48608608608@127.0.0.1:{options.sip_port}", self.folder / "call",
                      "wait-answer; listen 2; hangup")
        self.addCleanup(phone.kill)
        self.assertIsNotNone(audio.onset_s(phone.end().heard))


class RunTest(Temporary):
    """./run as a person starts it."""

    def start(self, name, *more):
        sip, http, control, mixer, health, metrics = free_ports(6)
        low, high = rtp_block()
        command = [TREE / "run", "--sip-port", sip, "--http-port", http, "--control-port", control, "--mixer-port", mixer,
                   "--health-port", health, "--metrics-port", metrics, "--rtp-ports",
                   f"{low}-{high}", "--data", self.folder / name, *more]
        process = subprocess.Popen([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def ready_line(self, process):
        line = process.stdout.readline()
        self.assertTrue(line.startswith("narada is ready"), line or process.stderr.read())
        return line

    @staticmethod
    def children(process):
        return [int(pid) for pid in pathlib.Path(
            f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]

    def test_two_copies_run_side_by_side_and_stop_cleanly(self):
        one, two = self.start("one"), self.start("two")
        for process in (one, two):
            line = self.ready_line(process)
            self.assertIn("sip:+48608608608@127.0.0.1:", line)
        for name in ("narada.textproto", "narada.sqlite", "secrets", "prompts", "sms", "recordings", "state", "logs"):
            self.assertTrue((self.folder / "one" / name).exists(), name)
        for secret in (self.folder / "one" / "secrets").iterdir():
            self.assertEqual(0o600, secret.stat().st_mode & 0o777, secret)
        self.assertTrue(list((self.folder / "one" / "secrets").iterdir()), "no PIN key was made")
        children = self.children(one) + self.children(two)
        self.assertEqual(6, len(children))
        one.send_signal(signal.SIGTERM)
        two.send_signal(signal.SIGINT)
        for process in (one, two):
            self.assertEqual(0, process.wait(20), process.stderr.read())
        for pid in children:
            self.assertFalse(pathlib.Path(f"/proc/{pid}").exists(), "a program outlived ./run")

    def test_program_that_ends_is_named_and_the_rest_is_stopped(self):
        process = self.start("dying")
        self.ready_line(process)
        children = self.children(process)
        os.kill(children[0], signal.SIGTERM)
        self.assertEqual(1, process.wait(20))
        self.assertRegex(process.stderr.read(), r"run: (mixer|control|sip) exited with code 0; the end of .*log:")
        for pid in children:
            self.assertFalse(pathlib.Path(f"/proc/{pid}").exists(), "a program outlived ./run")

    def test_program_that_is_killed_is_started_again(self):
        process = self.start("killed")
        self.ready_line(process)
        before = self.children(process)
        os.kill(before[0], signal.SIGKILL)
        end = time.monotonic() + 20
        while (set(self.children(process)) == set(before) or len(self.children(process)) < 3) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual((3, 2), (len(self.children(process)), len(set(self.children(process)) & set(before))))
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        self.assertRegex(process.stderr.read(), r"(mixer|control|sip) was killed by SIGKILL and is started again")

    def test_second_copy_in_one_folder_is_refused(self):
        first = self.start("shared")
        self.ready_line(first)
        second = self.start("shared")
        self.assertEqual(1, second.wait(60))
        self.assertIn("another ./run", second.stderr.read())

    def test_occupied_port_names_the_option(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as occupant:
            occupant.bind(("127.0.0.1", 0))
            process = self.start("occupied", "--sip-port", occupant.getsockname()[1])
            self.assertEqual(1, process.wait(60))
            self.assertIn("--sip-port", process.stderr.read())

    def test_machine_that_listens_on_all_addresses_is_called_at_its_own(self):
        process = self.start("everywhere", "--listen", "0.0.0.0")
        uri = re.search(r"sip:\S+?(?=,)", self.ready_line(process))[0]
        self.assertNotIn("0.0.0.0", uri)
        call = Phone(built().phone, uri, self.folder / "call", "wait-answer; listen 2; hangup", listen=uri.split("@")[1].split(
            ":")[0]).end()
        self.assertIsNotNone(audio.onset_s(call.heard))

    def test_sms_is_shown_on_the_terminal(self):
        process = self.start("terminal")
        line = self.ready_line(process)
        uri = re.search(r"sip:\S+?(?=,)", line)[0]
        Phone(built().phone, uri, self.folder / "call", "wait-answer; listen 1; press 3; listen 3; hangup").end()
        shown = ""
        deadline = time.monotonic() + 20
        while "Zapraszam" not in shown and time.monotonic() < deadline:
            shown += process.stdout.readline()
        self.assertIn("To: +48601000001", shown)

    def test_demo_tells_the_whole_story_and_leaves_what_was_heard(self):
        process = self.start("demo", "--demo")
        output, errors = process.communicate(timeout=240)
        self.assertEqual(0, process.returncode, output + errors)
        self.assertIn("SMS in the spool", output)
        for caller in ("anna", "bartek", "celia"):
            self.assertGreater(len(audio.read(self.folder / "demo" / "demo" / f"{caller}.wav")), 20 * audio.RATE_HZ)
        self.assertTrue((self.folder / "demo" / "demo" / "summary.txt").exists())
