"""Drives baresip, a softphone that people use: a file is its microphone, a file is its loudspeaker."""

import functools
import json
import queue
import shutil
import socket
import subprocess
import threading
import time

_MODULES = "/usr/lib/baresip/modules"

# What the packaged baresip speaks: its name for it, the rate of its samples, and channels.
CODECS = {
    "pcma": ("PCMA/8000/1", 8000, 1),
    "pcmu": ("PCMU/8000/1", 8000, 1),
    "g722": ("G722/16000/1", 16000, 1),
    "opus": ("opus/48000/2", 48000, 2),
}


@functools.cache
def _punctually():
    """A phone is a machine of its own, which no compiler beside it holds up: real-time priority, where it is granted."""
    prefix = ["chrt", "--rr", "1"]
    return prefix if subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0 else []


class Baresip:
    """One softphone in a folder of its own.

        with Baresip(folder, number="+48601000001", sip_port=..., control_port=..., rtp_ports=..., microphone=wav) as phone:
            phone.call("sip:+48608608608@127.0.0.1:5060")
            phone.wait_for("CALL_ESTABLISHED", 5)
            phone.press("3")
        heard = audio.read(phone.heard())
    """

    def __init__(self, folder, number, sip_port, control_port, rtp_ports, microphone, codec="pcma",
                 is_secure=False, is_on_loopback=True):
        """`codec`: one of CODECS; `microphone`: a WAV with its rate and channels; `is_secure`: SRTP or nothing.

        Not `is_on_loopback`: it chooses its addresses itself, as where nobody configured it. That is an interface of the
        machine for SIP, and none in particular for RTP."""
        self._folder = folder
        name, rate_hz, channels = CODECS[codec]
        folder.mkdir(parents=True)
        (folder / "accounts").write_text(f"<sip:{number}@127.0.0.1>;regint=0;answermode=manual;audio_codecs={name}"
                                         f"{';mediaenc=srtp-mand' if is_secure else ''}\n")
        (folder / "contacts").write_text("")
        (folder / "config").write_text("\n".join([
            *([f"sip_listen 127.0.0.1:{sip_port}", "net_interface 127.0.0.1"] if is_on_loopback else []),
            f"rtp_ports {rtp_ports[0]}-{rtp_ports[1]}",
            f"audio_source aufile,{microphone}",
            "audio_player aubridge,loudspeaker",  # Takes the sound and leads nowhere; sndfile writes what was heard.
            "audio_alert aubridge,alert",
            f"ausrc_srate {rate_hz}", f"auplay_srate {rate_hz}",
            f"ausrc_channels {channels}", f"auplay_channels {channels}",
            "audio_level yes",  # RFC 6464: it says in each packet how loud it is.
            f"module_path {_MODULES}",
            "module g711.so", "module g722.so", "module opus.so", "module srtp.so", "module aufile.so", "module aubridge.so", "module sndfile.so",
            f"snd_path {folder}",
            "module_tmp account.so", "module_app menu.so", "module_app ctrl_tcp.so",
            f"ctrl_tcp_listen 127.0.0.1:{control_port}", ""]))
        self._log = open(folder / "log", "wb")
        self._process = subprocess.Popen([*_punctually(), "baresip", "-4", "-f", str(folder)], stdin=subprocess.DEVNULL,
                                         stdout=self._log, stderr=subprocess.STDOUT)
        self._connection = self._connect(control_port)
        self._events = queue.Queue()
        self._established = 0.0
        threading.Thread(target=self._read, daemon=True).start()

    @staticmethod
    def is_installed():
        return shutil.which("baresip") is not None

    def _connect(self, port):
        deadline = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=10)
            except ConnectionRefusedError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Hangs up and ends; harmless when it has ended."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._connection.close()
        self._log.close()

    def _read(self):
        """Netstrings: LENGTH:JSON,"""
        stream = self._connection.makefile("rb")
        try:
            while True:
                digits = b""
                while (byte := stream.read(1)) not in (b":", b""):
                    digits += byte
                if not byte:
                    return
                message = json.loads(stream.read(int(digits)))
                stream.read(1)
                if message.get("event"):
                    self._events.put(message)
        except (OSError, ValueError):
            return

    def _command(self, command, params=""):
        message = json.dumps({"command": command, "params": params}).encode()
        self._connection.sendall(b"%d:%s," % (len(message), message))

    def wait_for(self, event_type, timeout_s):
        """The next event of this type, as baresip names them: CALL_ESTABLISHED, CALL_CLOSED, ..."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                log = (self._folder / "log").read_text(errors="replace")[-1500:]
                raise TimeoutError(f"baresip: no {event_type} within {timeout_s} s:\n{log}") from None
            if event["type"] == event_type:
                return event

    def call(self, uri):
        self._command("dial", uri)

    def established(self):
        """The call's clock begins: for wait_since_established()."""
        self._established = time.monotonic()

    def wait_since_established(self, seconds):
        time.sleep(max(0.0, self._established + seconds - time.monotonic()))

    def press(self, digits, pause_s=0.25):
        for digit in digits:
            self._command("sndcode", digit)
            time.sleep(0.12)
            self._command("sndcode", "\x04")  # baresip's "key released".
            time.sleep(pause_s)

    def hang_up(self):
        self._command("hangup")

    def heard(self):
        """The WAV of all that was heard in the (last) call; complete once the phone has ended."""
        return max(self._folder.glob("dump-*-dec.wav"))
