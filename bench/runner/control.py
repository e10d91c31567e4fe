"""Control under load: reservations per second over gRPC, and what a key press takes until its prompt begins."""

import contextlib
import pathlib
import queue
import re
import tempfile
import threading
import time

from bench.runner import far_ends

LABELS = ["//control", "//control/prompts:recordings"]
_NUMBER = "+48608608608"
_CLIENTS = 8
_SDP = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 101\r\n"
        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n")


@contextlib.contextmanager
def _running(bazel_bin, core, mixer):
    """Control beside the mixer, with a database on SQLite; its gRPC address."""
    port = far_ends.free_port()
    with tempfile.TemporaryDirectory(prefix="narada-bench-") as folder:
        config = pathlib.Path(folder) / "narada.textproto"
        config.write_text(f'control {{ access_numbers {{ number: "{_NUMBER}" language: "pl" entry: ENTRY_KIND_MENU }} }}\n')
        data = pathlib.Path(folder) / "data"
        data.mkdir()
        command = [bazel_bin / "control" / "control", f"--config={config}", f"--grpc_listen=127.0.0.1:{port}",
                   f"--mixer={mixer}", f"--data={data}", f"--prompts={bazel_bin / 'control' / 'prompts' / 'recordings'}",
                   "--metrics_port=0", "--http_port=0"]
        with far_ends.running(command, core, far_ends.listens(port)):
            yield f"127.0.0.1:{port}"


def _reservations_per_second(address, seconds):
    """How many rooms are reserved in a second by clients that each wait for their answer; and the worst failure."""
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


class _Gateway:
    """A signaling service whose calls carry no media: `calls` dialogues at a time."""

    def __init__(self, address):
        from tests.instruments import grpc_client

        self._messages = grpc_client.messages("control", "signaling")
        stub = grpc_client.services("control", "signaling").SignalingServiceStub(grpc_client.plain_channel(address))
        self._requests = queue.SimpleQueue()
        self.ports = {}  # Of each call, the mixer's RTP port.
        self._stream = stub.Signal(iter(self._requests.get, None))
        hello = self._messages.SignalRequest(hello=self._messages.Hello(gateway_id="bench"))
        self._requests.put(hello)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(Exception):  # The stream ends with the program.
            for response in self._stream:
                if response.HasField("answer"):
                    self.ports[response.call_id] = int(re.search(r"m=audio (\d+)", response.answer.sdp)[1])
                    self._requests.put(self._messages.SignalRequest(call_id=response.call_id,
                                                                    confirmed=self._messages.CallConfirmed()))

    def call(self, call_id):
        self._requests.put(self._messages.SignalRequest(call_id=call_id, offered=self._messages.CallOffered(
            called_number=_NUMBER, calling_number="+48600000000", sdp_offer=_SDP, signaling_address="127.0.0.1")))

    def press(self, call_id, digits):
        self._requests.put(self._messages.SignalRequest(call_id=call_id,
                                                        digits_pressed=self._messages.DigitsPressed(digits=digits)))

    def close(self):
        self._requests.put(None)
        self._stream.cancel()


class _Playbacks:
    """When the mixer ended a playback of a leg: the next one begins at the same tick."""

    def __init__(self, mixer):
        from tests.instruments import grpc_client

        self._messages = grpc_client.messages("mixer", "event")
        stub = grpc_client.services("mixer", "event").EventServiceStub(grpc_client.plain_channel(mixer))
        self._stream = stub.WatchEvents(self._messages.WatchEventsRequest())
        self.legs = {}   # By RTP port.
        self.ended = {}  # Of each leg, the times.
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(Exception):  # The stream ends with the program.
            for response in self._stream:
                event = response.event
                if event.HasField("leg_added"):
                    self.legs[event.leg_added.leg.media.local_rtp_port] = event.leg_id
                elif event.HasField("playback_ended"):
                    self.ended.setdefault(event.leg_id, []).append(time.monotonic())

    def close(self):
        self._stream.cancel()


def _key_to_prompt_ms(control, mixer, calls, presses, say):
    """Times from a key by signaling to the end of the prompt that it interrupts, with `calls` dialogues at a time."""
    gateway, playbacks = _Gateway(control), _Playbacks(mixer)
    try:
        names = [f"bench-{index}" for index in range(calls)]
        for name in names:
            gateway.call(name)
            time.sleep(0.002)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and len(gateway.ports) < calls:
            time.sleep(0.05)
        if len(gateway.ports) < calls:
            raise RuntimeError(f"{len(gateway.ports)} of {calls} calls were answered")
        time.sleep(1)
        delays = []
        for index in range(presses):
            name = names[index * len(names) // presses]
            leg = playbacks.legs[gateway.ports[name]]
            before = len(playbacks.ended.get(leg, []))
            begin = time.monotonic()
            gateway.press(name, "1")  # The other language: the menu begins anew.
            while time.monotonic() < begin + 1 and len(playbacks.ended.get(leg, [])) == before:
                time.sleep(0.0005)
            ended = playbacks.ended.get(leg, [])[before:]
            delays.append((ended[0] - begin) * 1e3 if ended else 1e3)
            time.sleep(0.005)
        return sorted(delays)
    finally:
        say(f"    {len(gateway.ports)} dialogues at a time")
        playbacks.close()
        gateway.close()


def run(bazel_bin, mixer_binary, cores, say, calls=1000, presses=300, seconds=4):
    with far_ends.mixer(mixer_binary, cores[0], "") as mixer:
        address = mixer.load_flags[0].partition("=")[2]
        with _running(bazel_bin, cores[-1], address) as control:
            rate = _reservations_per_second(control, seconds)
            say(f"  reservations, SQLite: {rate:.0f} per second")
            delays = _key_to_prompt_ms(control, address, calls, presses, say)
    result = {"reservations_per_second": rate, "dialogues": calls, "key_to_prompt_p50_ms": delays[len(delays) // 2],
              "key_to_prompt_p99_ms": delays[int(len(delays) * 0.99)], "key_to_prompt_max_ms": delays[-1]}
    say(f"  key to prompt: p50 {result['key_to_prompt_p50_ms']:.0f} ms, p99 {result['key_to_prompt_p99_ms']:.0f} ms")
    return result
