"""Control is killed again and again while reservations are made: none that was answered is lost, nor its SMS.

Short in ./test; long:  PYTHONPATH=. python3 -m tests.end_to_end.kill_control_test --kills 50 --reservations 1000 [--postgresql]
"""

import argparse
import collections
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

_CALLERS = 8
_NUMBER = "+4860200{:04}"

KILLS, RESERVATIONS = 6, 150


class Callers:
    """Asks for reservations until enough were answered; repeats a request whose answer was lost, as a client does."""

    def __init__(self, address, wanted):
        self._address = address
        self._wanted = wanted
        self._lock = threading.Lock()
        self._next = 0
        self.answered = {}  # By number: (room, PIN).
        self.repeated = 0
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(_CALLERS)]
        for thread in self._threads:
            thread.start()

    def _call(self):
        messages = grpc_client.messages("control", "reservation")
        with grpc_client.plain_channel(self._address) as channel:
            stub = grpc_client.services("control", "reservation").ReservationServiceStub(channel)
            while (index := self._take()) is not None:
                number = _NUMBER.format(index)
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
                    self.answered[number] = made.room_number, made.pin

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
        lost = self.lost_reservations(callers.answered)
        self.assertEqual([], lost, f"reservations lost (seed {seed})")
        sent = self.wait_until(lambda: (found := self.messages()) and len({message["To"] for message in found}) >= RESERVATIONS
                               and found, 90, f"SMS lost (seed {seed})")
        copies = collections.Counter(message["To"] for message in sent)
        for message in sent:
            room, pin = re.search(r"(\d{5,12})\D+(\d{6})$", message["text"]).groups()
            self.assertEqual(callers.answered[message["To"]], (room, pin), "an SMS tells something else than the answer")
        duplicates = sum(count - 1 for count in copies.values())
        # Each kill can lose the answers of the messages that were with the sender, at most ten of them.
        self.assertLessEqual(duplicates, 10 * kills)
        print(f"{type(self).__name__}: {kills} kills, {RESERVATIONS} reservations answered ({callers.repeated} requests repeated),"
              f" 0 lost; {len(sent)} SMS, 0 lost, {duplicates} twice")

    def lost_reservations(self, answered):
        messages = grpc_client.messages("control", "reservation")
        lost = []
        with grpc_client.plain_channel(self.options.grpc_address(self.options.control_port)) as channel:
            stub = grpc_client.services("control", "reservation").ReservationServiceStub(channel)
            for number, (room, pin) in answered.items():
                try:
                    stub.CheckPin(messages.CheckPinRequest(room_number=room, pin=pin), timeout=10)
                except grpc.RpcError as error:
                    lost.append(f"{number}: {error.details()}")
        return lost


class KillControlOnSqliteTest(KillControl, NaradaTest):
    pass


class KillControlOnPostgresqlTest(KillControl, NaradaTest):
    @classmethod
    def setUpClass(cls):
        cls.postgresql = Postgresql()
        cls.addClassCleanup(cls.postgresql.close)
        cls.CONFIG = f"""control {{ storage {{ postgresql {{ connection: "{cls.postgresql.connection}" }} }} }}"""
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
