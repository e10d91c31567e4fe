"""Hundreds of participants: real calls for control and the mixer, brought by a signaling service of their own and without a phone each."""

import itertools
import queue
import random
import re
import socket
import struct
import threading
import time

import numpy

from tests.instruments import grpc_client

_PACKET_S = 0.02
_SAMPLES = 160  # Of G.711 in one packet.
_SILENCE = bytes([0xD5]) * _SAMPLES
_KEEPALIVE_S = 8  # Who says nothing sends a packet so often: less than the mixer takes for a dead phone.
_SO_TIMESTAMPNS = 35


def _alaw_table():
    """Linear samples, in -1..1, of the 256 codes (ITU-T G.711)."""
    codes = numpy.arange(256) ^ 0x55
    exponent, mantissa = (codes >> 4) & 7, codes & 15
    magnitude = numpy.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 264) << numpy.maximum(exponent - 1, 0))
    return numpy.where(codes & 0x80, magnitude, -magnitude) / 32768


_ALAW = _alaw_table()
# The nearest code of each linear sample.
_ORDER = numpy.argsort(_ALAW)


def _encode(samples):
    places = numpy.searchsorted(_ALAW[_ORDER], samples).clip(1, 255)
    lower, upper = _ORDER[places - 1], _ORDER[places]
    return numpy.where(samples - _ALAW[lower] < _ALAW[upper] - samples, lower, upper).astype(numpy.uint8).tobytes()


def _tone(hertz, dbov):
    """Endless payloads of a sine, of a frequency that fits a second."""
    time_s = numpy.arange(8000) / 8000
    whole = _encode(10 ** (dbov / 20) * numpy.sqrt(2) * numpy.sin(2 * numpy.pi * hertz * time_s))
    return itertools.cycle([whole[at:at + _SAMPLES] for at in range(0, 8000, _SAMPLES)])


def tone_level_dbov(payload, hertz):
    """Of the tone within one packet of A-law; others that are 100 Hz away do not count."""
    samples = _ALAW[numpy.frombuffer(payload, numpy.uint8)]
    window = numpy.hanning(len(samples))
    turn = numpy.exp(-2j * numpy.pi * hertz / 8000 * numpy.arange(len(samples)))
    return 20 * numpy.log10(max(abs(numpy.dot(samples * window, turn)) / window.sum() * numpy.sqrt(2), 1e-6))


class _Call:
    def __init__(self, call_id, number, heard_by):
        self.call_id, self.number, self.socket = call_id, number, heard_by
        self.to = None  # The mixer's address for it, once it was answered.
        self.ssrc = random.getrandbits(32)
        self.sequence, self.timestamp = random.getrandbits(16), random.getrandbits(32)
        self.next_s = 0.0
        self.says = None  # Payloads; nothing: silence.
        self.was_saying, self.ticks = False, 0
        self.is_over = False

    def packet(self, now):
        """The next one, to be sent now."""
        payload = next(self.says) if self.says else _SILENCE
        self.sequence = (self.sequence + 1) & 0xFFFF
        begins = not (self.says and self.was_saying)
        # Time goes on in silence, too (RFC 3550 §5.1), and the marker says that somebody begins (RFC 3551 §4.1).
        self.ticks = int(now / _PACKET_S) if begins else self.ticks + 1
        self.was_saying = self.says is not None
        self.next_s = (max(self.next_s, now - 0.1) + _PACKET_S) if self.says else now + _KEEPALIVE_S * random.uniform(0.7, 1)
        timestamp = (self.timestamp + self.ticks * _SAMPLES) & 0xFFFFFFFF
        return struct.pack("!BBHII", 0x80, 8 | (0x80 if begins else 0), self.sequence, timestamp, self.ssrc) + payload


class Crowd:
    """Callers of one number who enter one room.

        crowd = Crowd(control_address, "+48608608608", room, pin)
        crowd.call(500)                       # on their way
        crowd.say(["crowd-7"], 440, -20)      # from now on; others are silent
        crowd.hang_up("crowd-3")
        crowd.heard("crowd-1")                # [(when by the kernel's clock, payload)] of a listener
        crowd.close()
    """

    def __init__(self, control, number, room, pin, listeners=()):
        """`listeners`: ids of calls whose audio is kept."""
        self._pb = grpc_client.messages("control", "signaling")
        self._number, self._digits = number, f"2{room}#{pin}#"
        self._calls, self._lock = {}, threading.Lock()
        self._numbers = itertools.count(1)
        self._to_control = queue.Queue()
        self._deaf = self._udp()  # Where all arrives that nobody listens to.
        self._listeners = {call_id: self._udp() for call_id in listeners}
        self._heard = {call_id: [] for call_id in listeners}
        self._is_closing = False
        self._channel = grpc_client.plain_channel(control)
        self._to_control.put(self._pb.SignalRequest(hello=self._pb.Hello(gateway_id="crowd", software="crowd")))
        self._stream = grpc_client.services("control", "signaling").SignalingServiceStub(self._channel).Signal(iter(self._to_control.get, None))
        self._threads = [threading.Thread(target=self._follow, daemon=True), threading.Thread(target=self._send, daemon=True),
                         *(threading.Thread(target=self._listen, args=(call_id,), daemon=True) for call_id in listeners)]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _udp():
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        udp.bind(("127.0.0.1", 0))
        return udp

    def call(self, count, per_second=60):
        """So many more; their ids."""
        ids = []
        for _ in range(count):
            at = next(self._numbers)
            call = _Call(f"crowd-{at}", f"+48602{at:06}", self._listeners.get(f"crowd-{at}", self._deaf))
            with self._lock:
                self._calls[call.call_id] = call
            port = call.socket.getsockname()[1]
            sdp = (f"v=0\r\no=- {at} 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
                   "a=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n")
            self._tell(call.call_id, offered=self._pb.CallOffered(called_number=self._number, calling_number=call.number, sdp_offer=sdp,
                                                                  calling_name=f"Person {at}", signaling_address="127.0.0.1", trunk="crowd"))
            ids.append(call.call_id)
            time.sleep(1 / per_second)
        return ids

    def number_of(self, call_id):
        return self._calls[call_id].number

    def say(self, call_ids, hertz, dbov):
        for call_id in call_ids:
            call = self._calls[call_id]
            call.next_s = time.monotonic()
            call.says = _tone(hertz, dbov)

    def be_silent(self, call_ids):
        for call_id in call_ids:
            self._calls[call_id].says = None

    def hang_up(self, call_id):
        with self._lock:
            call = self._calls.pop(call_id)
        call.is_over = True
        self._tell(call_id, ended=self._pb.CallEnded(reason=self._pb.CALL_END_REASON_HUNG_UP))

    def heard(self, call_id):
        """(time by the clock of the wall, A-law) of each packet that came to a listener so far."""
        return list(self._heard[call_id])

    def close(self):
        self._is_closing = True
        self._to_control.put(None)
        self._stream.cancel()
        for thread in self._threads:
            thread.join(5)
        self._channel.close()
        for udp in (self._deaf, *self._listeners.values()):
            udp.close()

    # ---- inside

    def _tell(self, call_id, **event):
        self._to_control.put(self._pb.SignalRequest(call_id=call_id, **event))

    def _follow(self):
        """What control commands."""
        try:
            for command in self._stream:
                kind = command.WhichOneof("command")
                call = self._calls.get(command.call_id)
                if call is None:
                    continue
                if kind == "answer":
                    call.to = ("127.0.0.1", int(re.search(r"m=audio (\d+)", command.answer.sdp)[1]))
                    self._tell(call.call_id, confirmed=self._pb.CallConfirmed())
                    self._tell(call.call_id, digits_pressed=self._pb.DigitsPressed(digits=self._digits))
                elif kind in ("hangup", "reject"):
                    call.is_over = True
                    self._tell(call.call_id, ended=self._pb.CallEnded(reason=self._pb.CALL_END_REASON_HUNG_UP))
        except Exception:  # The stream's end, by close() or by the end of control.
            pass

    def _send(self):
        while not self._is_closing:
            now = time.monotonic()
            with self._lock:
                calls = list(self._calls.values())
            for call in calls:
                if call.to and not call.is_over and call.next_s <= now:
                    call.socket.sendto(call.packet(now), call.to)
            time.sleep(0.004)

    def _listen(self, call_id):
        udp, heard = self._listeners[call_id], self._heard[call_id]
        udp.settimeout(0.2)
        while not self._is_closing:
            try:
                data, ancillary, _, _ = udp.recvmsg(2048, 64)
            except TimeoutError:
                continue
            if len(data) != 12 + _SAMPLES or data[1] & 0x7F != 8:
                continue
            seconds, nanoseconds = struct.unpack("@qq", ancillary[0][2])
            heard.append((seconds + nanoseconds / 1e9, data[12:]))
