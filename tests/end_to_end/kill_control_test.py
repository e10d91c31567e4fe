"""Control is killed again and again while reservations are made and their SMS go to an SMSC (npm's smpp): no
reservation that was answered is lost, nor its SMS, and a copy came only of what the SMSC's answer was lost of.

Short in ./test; long:  PYTHONPATH=. python3 -m tests.end_to_end.kill_control_test --kills 50 --reservations 1000 [--postgresql]
"""

import argparse
import collections
import concurrent.futures
import random
import re
import sys
import threading
import time
import unittest

import grpc

from tests.end_to_end.harness import NaradaTest
from tests.instruments import grpc_client
from tests.instruments.postgresql import Postgresql
from tests.instruments.smsc import Smsc

_CALLERS = 8
# An answer that was on its way this short before a kill may not have been noted on the disk any more.
_NOTED_MAX_MS = 1000
# Far apart: messages to neighbouring numbers are limited (SMS pumping).
_NUMBERS = [f"+48602{index * 1009 % 1_000_000:06}" for index in range(10_000)]

KILLS, RESERVATIONS = 6, 150


class Callers:
    """Asks for reservations until enough were answered; repeats a request whose answer was lost, as a client does."""

    def __init__(self, address, wanted):
        self._address = address
        self._wanted = wanted
        self._lock = threading.Lock()
        self._next = 0
        self.answered = {}  # By number: the reservation.
        self.repeated = 0
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(_CALLERS)]
        for thread in self._threads:
            thread.start()

    def _call(self):
        messages = grpc_client.messages("control", "reservation")
        with grpc_client.plain_channel(self._address) as channel:
            stub = grpc_client.services("control", "reservation").ReservationServiceStub(channel)
            while (index := self._take()) is not None:
                number = _NUMBERS[index]
                request = messages.CreateReservationRequest(request_id=f"kill-{index}", organiser_number=number)
                while True:
                    try:
                        made = stub.CreateReservation(request, timeout=5, wait_for_ready=True).reservation
                        break
                    except grpc.RpcError:
                        with self._lock:
                            self.repeated += 1
                        time.sleep(0.02)
                with self._lock:
                    self.answered[number] = made

    def _take(self):
        with self._lock:
            if self._next == self._wanted:
                return None
            self._next += 1
            return self._next - 1

    def count(self):
        with self._lock:
            return len(self.answered)

    def wait(self, timeout_s):
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))


class KillControl:
    """The campaign, on the database of the test class."""

    DATABASE = ""  # Lines of configuration.

    @classmethod
    def setUpClass(cls):
        cls.smsc = Smsc()
        cls.addClassCleanup(cls.smsc.close)
        cls.smsc.set(delay_ms=20)
        cls.CONFIG = f"""
            control {{
              {cls.DATABASE}
              sms {{ routes {{ smpp {{ target: "127.0.0.1:{cls.smsc.port}" system_id: "narada" }} }} }}
            }}"""
        super().setUpClass()

    def test_no_answered_reservation_and_no_sms_is_lost(self):
        seed = random.randrange(2**32)
        moments = random.Random(seed)
        callers = Callers(self.options.grpc_address(self.options.control_port), RESERVATIONS)
        kills = 0
        while callers.count() < RESERVATIONS and kills < KILLS:
            # Spread over the campaign, each at a random moment.
            wanted = RESERVATIONS * (kills + 1) // (KILLS + 1)
            self.wait_until(lambda wanted=wanted: callers.count() >= wanted, 60, f"it stands still (seed {seed})")
            time.sleep(moments.uniform(0, 0.05))
            self.kill(self.stack.control)
            kills += 1
            self.restart(self.stack.control)
        callers.wait(120)
        self.assertEqual(RESERVATIONS, callers.count(), f"seed {seed}")
        self.assertEqual([], self.in_parallel(self.why_lost, callers.answered.values()), f"reservations lost (seed {seed})")
        sent = self.wait_until(lambda: self.all_sent(callers.answered), 120, f"SMS lost (seed {seed})")
        for message in sent:
            room, pin = re.search(r"(\d{5,12})\D+(\d{6})$", message["text"]).groups()
            made = callers.answered[message["to"]]
            self.assertEqual((made.room_number, made.pin), (room, pin), "an SMS tells something else than the answer")
        repeated = self.smsc.repeated()
        ages_ms = [age_ms for part, copy in repeated if (age_ms := self.age_of_answer_ms(part, copy)) is not None]
        self.assertLess(max(ages_ms, default=0), _NOTED_MAX_MS, f"sent again although it was answered (seed {seed})")
        copies = collections.Counter("+" + part["to"] for part, _ in repeated)
        counted = dict(self.in_parallel(self.possible_duplicates, callers.answered.values()))
        self.assertEqual({}, {number: count for number, count in copies.items() if count > counted[number]}, "not counted")
        print(f"{type(self).__name__}: {kills} kills, {RESERVATIONS} reservations answered ({callers.repeated} requests repeated),"
              f" 0 lost; {len(sent)} SMS in {len(self.smsc.accepted()) - len(repeated)} parts, 0 lost; {len(repeated)} parts came"
              f" twice: of {len(repeated) - len(ages_ms)} no answer had left the SMSC, of the others it had {max(ages_ms, default=0)} ms"
              f" before the kill at the most; {sum(counted.values())} counted as possible duplicates")

    def all_sent(self, answered):
        """The messages, once each of them has come and control knows it."""
        sent = self.smsc.messages()
        if len({message["to"] for message in sent}) < len(answered):
            return None
        return None if any(self.in_parallel(self.is_open, answered.values())) else sent

    def age_of_answer_ms(self, part, copy):
        """How long before the break of its connection the SMSC answered `part`, of which a copy came; nothing: it did not."""
        broken_ms = min(event["at_ms"] for event in self.smsc.events("close")
                        if part["at_ms"] <= event["at_ms"] <= copy["at_ms"])
        answered_ms = [event["at_ms"] for event in self.smsc.events("answer") if event["id"] == part["id"]]
        return broken_ms - answered_ms[0] if answered_ms and answered_ms[0] <= broken_ms else None

    # ---- what the service says of a reservation

    def why_lost(self, made):
        messages = grpc_client.messages("control", "reservation")
        try:
            self.stub("reservation").CheckPin(messages.CheckPinRequest(room_number=made.room_number, pin=made.pin), timeout=10)
        except grpc.RpcError as error:
            return f"{made.organiser_number}: {error.details()}"
        return None

    def is_open(self, made):
        return self.sms(made).state not in (grpc_client.messages("control", "sms").SMS_STATE_SENT,
                                            grpc_client.messages("control", "sms").SMS_STATE_DELIVERED)

    def possible_duplicates(self, made):
        return made.organiser_number, self.sms(made).possible_duplicates

    def sms(self, made):
        messages = grpc_client.messages("control", "sms")
        return self.stub("sms").GetSms(messages.GetSmsRequest(sms_id=made.sms_id), timeout=10).sms

    def stub(self, service):
        return getattr(grpc_client.services("control", service), f"{service.capitalize()}ServiceStub")(self.channel)

    def in_parallel(self, ask, reservations):
        """What `ask` gives for each, where it gives something."""
        with grpc_client.plain_channel(self.options.grpc_address(self.options.control_port)) as self.channel:
            with concurrent.futures.ThreadPoolExecutor(20) as pool:
                return [answer for answer in pool.map(ask, reservations) if answer]


class KillControlOnSqliteTest(KillControl, NaradaTest):
    pass


class KillControlOnPostgresqlTest(KillControl, NaradaTest):
    @classmethod
    def setUpClass(cls):
        cls.postgresql = Postgresql()
        cls.addClassCleanup(cls.postgresql.close)
        cls.DATABASE = f"""storage {{ postgresql {{ connection: "{cls.postgresql.connection}" }} }}"""
        super().setUpClass()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--reservations", type=int, default=RESERVATIONS)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    KILLS, RESERVATIONS = options.kills, options.reservations
    chosen = KillControlOnPostgresqlTest if options.postgresql else KillControlOnSqliteTest
    outcome = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(chosen))
    sys.exit(not outcome.wasSuccessful())
