"""What the load is sent to, each as a context: started on its core, ready, stopped at the end."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

# Below the kernel's ephemeral ports, which the load uses; and halves of them, for two far ends at a time.
RTP_PORTS = (10000, 32000)
HALVES = ((10000, 20999), (21000, 32000))

_MIXER_CONFIG = """
mixer {
  rtp { port_min: %(low)d port_max: %(high)d }
  workers { count: 1 cpus: %(cpu)d }
  limits { legs_max: 10000 load_percent_max: 100 }
  %(more)s
}
"""


class FarEnd:
    """A process under load; `load_flags` tell bench/load how to speak to it."""

    def __init__(self, process, load_flags, remotes=None):
        self.process = process
        self.pid = process.pid
        self.load_flags = load_flags
        self.remotes = remotes  # None, or what gives (address, port) for each leg's own port.


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def says(words):
    """Ready once its output holds the words, as such: not within another."""
    return lambda output: re.search(rf"\b{re.escape(words)}\b", output) is not None


def listens(port):
    """Ready once it takes TCP connections."""
    def is_listening(_):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    return is_listening


def cpu_seconds(pid):
    """What all of the process's threads have used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(command, core, is_ready, cwd=None):
    """The command on a core, once it is ready; ended by SIGTERM, or else killed."""
    with tempfile.NamedTemporaryFile(prefix="narada-bench-", suffix=".log") as log:
        process = subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=subprocess.STDOUT, cwd=cwd)
        output = pathlib.Path(log.name)
        try:
            deadline = time.monotonic() + 20
            while not is_ready(output.read_text(errors="replace")):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} did not get ready:\n{output.read_text(errors='replace')[-2000:]}")
                time.sleep(0.02)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def mixer(binary, core, more="", folder=None, flags=(), ports=RTP_PORTS):
    """Narada's mixer with one worker, all of it on the core. `more` are further lines of its configuration."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="narada-bench-") as scratch:
        config = pathlib.Path(folder or scratch) / "mixer.textproto"
        config.write_text(_MIXER_CONFIG % {"low": ports[0], "high": ports[1], "cpu": core, "more": more})
        command = [binary, f"--config={config}", f"--grpc_listen=127.0.0.1:{port}", "--metrics_port=0",
                   "--drain_grace=0s", *flags]
        with running(command, core, says("mixer ready")) as process:
            yield FarEnd(process, [f"--mixer=127.0.0.1:{port}", "--thread=worker-"])


@contextlib.contextmanager
def floor(binary, core, arrangement, legs, options="", ports=RTP_PORTS):
    """The echo server: `arrangement` is shared or ring (a socket per leg); `options` of a ring, with commas between."""
    sockets = 1 if arrangement == "shared" else legs
    command = [binary, f"--arrangement={arrangement}", f"--sockets={sockets}", f"--port={ports[0]}",
               f"--cpu={core}", f"--with={options}"]
    with running(command, core, says("ready")) as process:
        def remotes(own_ports):
            return [("127.0.0.1", ports[0] + (2 * leg if sockets > 1 else 0)) for leg in range(len(own_ports))]
        yield FarEnd(process, ["--echo"], remotes)
