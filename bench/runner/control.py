"""Control under load, all of it on one core: reservations per second over gRPC, and how long a thousand callers wait
for words after a key."""

import contextlib
import json
import pathlib
import subprocess
import tempfile
import threading
import time

from bench.runner import far_ends

LABELS = ["//control", "//control/prompts:recordings", "//bench/control/dialogues"]
_NUMBER = "+48608608608"
_CLIENTS = 8
_CONFIG = """
control {
  access_numbers { number: "%(number)s" language: "pl" entry: ENTRY_KIND_MENU }
  sms { per_caller_day_max: 1000000 per_destination_day_max: 1000000 per_range_day_max: 1000000 }
  %(more)s
}
"""


class Running:
    """A control; `mixer` is the address where it looks for its mixer."""

    def __init__(self, pid, address, mixer):
        self.pid, self.address, self.mixer = pid, address, mixer


@contextlib.contextmanager
def running(bazel_bin, core, more=""):
    """Control on a core. `more` are further lines of its configuration, such as the database; unset: SQLite."""
    port, mixer_port = far_ends.free_port(), far_ends.free_port()
    with tempfile.TemporaryDirectory(prefix="narada-bench-") as folder:
        config = pathlib.Path(folder) / "narada.textproto"
        config.write_text(_CONFIG % {"number": _NUMBER, "more": more})
        data = pathlib.Path(folder) / "data"
        data.mkdir()
        mixer = f"127.0.0.1:{mixer_port}"
        command = [bazel_bin / "control" / "control", f"--config={config}", f"--grpc_listen=127.0.0.1:{port}",
                   f"--mixer={mixer}", f"--data={data}", f"--prompts={bazel_bin / 'control' / 'prompts' / 'recordings'}",
                   "--metrics_port=0", "--http_port=0", "--log_level=warning"]
        with far_ends.running(command, core, far_ends.listens(port)) as process:
            yield Running(process.pid, f"127.0.0.1:{port}", mixer)


def reservations_per_second(address, seconds):
    """How many rooms are reserved in a second by clients that each wait for their answer."""
    from tests.instruments import grpc_client

    messages, services = grpc_client.messages("control", "reservation"), grpc_client.services("control", "reservation")
    done, failures = [0] * _CLIENTS, []
    end = time.monotonic() + seconds

    def work(index):
        with grpc_client.plain_channel(address) as channel:
            stub = services.ReservationServiceStub(channel)
            while time.monotonic() < end:
                try:
                    stub.CreateReservation(messages.CreateReservationRequest(), timeout=5)
                    done[index] += 1
                except Exception as error:
                    failures.append(str(error)[:200])
                    return

    threads = [threading.Thread(target=work, args=(index,)) for index in range(_CLIENTS)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"CreateReservation: {failures[0]}")
    return sum(done) / (time.monotonic() - begin)


def dialogues(bazel_bin, control, core, calls, seconds):
    """What bench/control/dialogues measures, and the share of its core that control used."""
    command = ["taskset", "-c", str(core), bazel_bin / "bench" / "control" / "dialogues" / "dialogues",
               f"--control={control.address}", f"--listen={control.mixer}", f"--calls={calls}", f"--seconds={seconds}"]
    used, begin = far_ends.cpu_seconds(control.pid), time.monotonic()
    run = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, timeout=seconds + 120, check=False)
    if run.returncode != 0:
        raise RuntimeError("the dialogues could not be held")
    share = (far_ends.cpu_seconds(control.pid) - used) / (time.monotonic() - begin)
    return json.loads(run.stdout.splitlines()[-1]) | {"cpu_share": share}


def run(bazel_bin, cores, say, calls=1000, seconds=4, key_seconds=30):
    """Control on the first core; on the other one those who ask, the mixer, and PostgreSQL."""
    result = {}
    with running(bazel_bin, cores[0]) as control:
        result["reservations_per_second"] = reservations_per_second(control.address, seconds)
        say(f"  reservations, SQLite: {result['reservations_per_second']:.0f} per second")
    with _postgresql() as database, running(bazel_bin, cores[0], database) as control:
        result["postgresql_reservations_per_second"] = reservations_per_second(control.address, seconds)
        say(f"  reservations, PostgreSQL: {result['postgresql_reservations_per_second']:.0f} per second")
        result["postgresql_dialogues"] = dialogues(bazel_bin, control, cores[-1], calls, key_seconds)
        _say_dialogues(result["postgresql_dialogues"], "PostgreSQL", say)
    with running(bazel_bin, cores[0]) as control:
        result["dialogues"] = dialogues(bazel_bin, control, cores[-1], calls, key_seconds)
        _say_dialogues(result["dialogues"], "SQLite", say)
    result["key_to_words_p99_ms"] = result["dialogues"]["keys"]["p99_ms"]
    return result


def _say_dialogues(result, database, say):
    say(f"  {result['calls']} dialogues, {database}: {result['keys']['count']} keys, {result['lost']} without an answer,"
        f" control used {result['cpu_share']:.0%} of its core")
    for what in ("keys", "keys_in_rtp", "keys_by_signaling", "reservations", "answers"):
        waits = result[what]
        if waits["count"] == 0:
            continue
        say(f"    {what.replace('_', ' '):20} p50 {waits['p50_ms']:5.1f} ms, p99 {waits['p99_ms']:5.1f} ms, max {waits['max_ms']:5.1f} ms")


@contextlib.contextmanager
def _postgresql():
    """The lines of configuration that lead to a server of its own."""
    from tests.instruments.postgresql import Postgresql

    server = Postgresql()
    try:
        yield f'storage {{ postgresql {{ connection: "{server.connection}" }} }}'
    finally:
        server.close()
