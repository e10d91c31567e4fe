"""The three programs of one machine: their command lines, their start, their watch, their stop."""

import pathlib
import re
import shutil
import signal
import sys
import threading

from launcher.health import HealthClient
from launcher.options import join_address, primary_address, reachable
from launcher.supervisor import Program, ProgramDied, Supervisor

_WATCH_INTERVAL_S = 0.05  # Callers hear nothing while a killed mixer is not started again.
_CONFIG_TEMPLATE = pathlib.Path(__file__).with_name("narada.textproto")
_DEFAULT_NUMBER = "+48608608608"  # As proto/narada/config/v1/control.proto says.


class Stack:
    """Mixer, control and SIP gateway as ./run starts them.

        stack = Stack(options, built, folder)
        stack.start()         # returns when all are healthy; raises ProgramDied
        ... stack.check() ... # raises ProgramDied; or stack.revive()
        stack.stop()

    `extra_flags` (by program name) is for tests.
    """

    def __init__(self, options, built, folder, extra_flags=None):
        self.options = options
        self.folder = folder
        self._config = options.config or folder.config(_CONFIG_TEMPLATE.read_text(encoding="utf-8"))
        tls_flags = []
        if options.tls:
            tls_flags = [f"--tls_cert={options.tls.cert}", f"--tls_key={options.tls.key}",
                         f"--tls_client_ca={options.tls.client_ca}"]
        mixer_address = options.grpc_address(options.mixer_port)
        control_address = options.grpc_address(options.control_port)
        sip_health_address = join_address(reachable(options.listen), options.health_port)

        # Bound to every address, the programs cannot know which one callers see.
        advertised = primary_address(options.listen) if reachable(options.listen) != options.listen else None

        def program(name, binary, health, flags):
            common = [f"--config={self._config}", f"--metrics_port={options.metrics_port_of(name)}", *tls_flags]
            return Program(name, [binary, *common, *flags, *(extra_flags or {}).get(name, [])],
                           folder.log(name), health)

        self.mixer = program("mixer", built.mixer, HealthClient(mixer_address, options.tls, service="ready"), [
            f"--grpc_listen={join_address(options.grpc_listen, options.mixer_port)}",
            f"--listen={options.listen}",
            f"--rtp_ports={options.rtp_ports}",
            f"--recordings={folder.path / 'recordings'}",
            f"--state={folder.state_in_memory()}",
            *([f"--advertised_address={advertised}"] if advertised else []),
        ])
        self.control = program("control", built.control, HealthClient(control_address, options.tls, service="ready"), [
            f"--grpc_listen={join_address(options.grpc_listen, options.control_port)}",
            f"--mixer={mixer_address}",
            f"--data={folder.path}",
            f"--prompts={built.prompts}",
            f"--listen={options.listen}",
            f"--http_port={options.http_port}",
            *([f"--number={options.number}"] if options.number else []),
        ])
        self.sip = program("sip", built.sip, HealthClient(sip_health_address, None, service="ready"), [
            f"--listen={options.listen}",
            f"--sip_port={options.sip_port}",
            f"--control={control_address}",
            f"--health_port={options.health_port}",
            *([f"--advertised_host={advertised}"] if advertised else []),
        ])
        tls_words = f" --tls-cert {options.tls.cert} --tls-key {options.tls.key} --tls-ca {options.tls.client_ca}" if options.tls else ""
        self.client_command = f"{built.client} --server {control_address}{tls_words}"
        self.called_at = advertised or options.listen
        self._supervisor = Supervisor()

    def start(self, asked_to_stop=lambda: False):
        """True when all are healthy, False when asked to stop before that."""
        return self._supervisor.start([self.mixer, self.control, self.sip], asked_to_stop)

    def check(self):
        self._supervisor.check()

    def revive(self):
        """Starts again what was killed; what there is to tell about it."""
        return self._supervisor.revive()

    def stop(self):
        clean = self._supervisor.stop()
        if clean:
            shutil.rmtree(self.folder.state_in_memory(), ignore_errors=True)  # Empty by now.
        return clean

    def access_number(self):
        """The first number that callers can dial."""
        configured = re.search(r'^\s*(?:access_numbers\s*\{\s*)?number:\s*"(\+\d+)"',
                               self._config.read_text(encoding="utf-8"), re.MULTILINE)
        return self.options.number or (configured[1] if configured else _DEFAULT_NUMBER)

    def ready_line(self):
        options = self.options
        parts = [
            f"call sip:{self.access_number()}@{join_address(self.called_at, options.sip_port)}",
            f"mixer gRPC {options.grpc_address(options.mixer_port)}",
            f"control gRPC {options.grpc_address(options.control_port)}",
            f"console http://{join_address(reachable(options.listen), options.http_port)}"
            f" (user operator, password in {self.folder.path / 'secrets' / 'console-operator-password'})",
        ]
        if options.metrics_port:
            parts.append("metrics " + " ".join(
                f"http://127.0.0.1:{options.metrics_port_of(name)}/metrics" for name in ("control", "mixer", "sip")))
        parts.append(f"data {self.folder.path}")
        return "narada is ready: " + ", ".join(parts)


def run_until_asked_to_stop(options, built, folder):
    """Starts all, prints the ready line, shows each SMS of the spool, and ends with the exit code of ./run."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stack = Stack(options, built, folder)
    spool = SpoolWatcher(folder.path / "sms")
    try:
        if stack.start(asked_to_stop=stop.is_set):
            print(stack.ready_line())
            print(f"client: {stack.client_command} --help")
        while not stop.wait(_WATCH_INTERVAL_S):
            for death in stack.revive():
                print(f"run: {death}", file=sys.stderr, flush=True)
            for message in spool.new_messages():
                print(f"SMS in the spool ({message.name}):\n{message.read_text(encoding='utf-8')}")
    except ProgramDied as death:
        print(f"run: {death}", file=sys.stderr)
        stack.stop()
        return 1
    if not stack.stop():
        print("run: a program did not stop cleanly; its log in the data folder says more", file=sys.stderr)
        return 1
    return 0


class SpoolWatcher:
    """Tells which messages came into the SMS spool since the last question."""

    def __init__(self, folder):
        self._folder = folder
        self._known = set(self._files())

    def new_messages(self):
        new = sorted(self._files() - self._known)
        self._known.update(new)
        return new

    def _files(self):
        # Written under another name and renamed when complete.
        return set(self._folder.glob("*.txt"))
