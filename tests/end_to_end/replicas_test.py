"""Two controls on one PostgreSQL and one mixer, each with a gateway of its own and the same SMSC; one of them is killed under
load."""

import itertools
import threading
import time

import grpc

from launcher.health import HealthClient
from launcher.supervisor import Program, Supervisor
from tests.end_to_end import harness
from tests.end_to_end.harness import NaradaTest, free_ports
from tests.instruments import audio, grpc_client
from tests.instruments.postgresql import Postgresql
from tests.instruments.smsc import Smsc

_LEASES_TAKEN_MAX_S = 10
_SMSC_DELAY_MS = 300  # So that messages are always leased.


class Load:
    """Reservations, one after the other, by some clients of one replica, until it is stopped."""

    CLIENTS, PAUSE_S = 2, 0.1
    _numbers = itertools.count()

    def __init__(self, address):
        self._address = address
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self.answered = {}  # By number: seconds to the answer.
        self.failures = []
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self.CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _work(self):
        messages = grpc_client.messages("control", "reservation")
        with grpc_client.plain_channel(self._address) as channel:
            stub = grpc_client.services("control", "reservation").ReservationServiceStub(channel)
            while not self._is_over.wait(self.PAUSE_S):
                with self._lock:
                    number = f"+48603{next(Load._numbers) * 1009 % 1_000_000:06}"  # Far apart: neighbours share a limit.
                begin = time.monotonic()
                try:
                    # English: a message is one part.
                    stub.CreateReservation(messages.CreateReservationRequest(organiser_number=number, language=2), timeout=10)
                except grpc.RpcError as error:
                    self.failures.append(error.details())
                    continue
                with self._lock:
                    self.answered[number] = time.monotonic() - begin

    def stop(self):
        self._is_over.set()
        for thread in self._threads:
            thread.join()


class ReplicasTest(NaradaTest):
    """`self.stack.control` is one replica, `self.other_control` the other; `self.other_uri` calls by the other's gateway."""

    @classmethod
    def setUpClass(cls):
        cls.postgresql = Postgresql()
        cls.addClassCleanup(cls.postgresql.close)
        cls.smsc = Smsc()
        cls.addClassCleanup(cls.smsc.close)
        cls.smsc.set(delay_ms=_SMSC_DELAY_MS)
        cls.CONFIG = f"""
            control {{
              sms {{ routes {{ smpp {{ target: "127.0.0.1:{cls.smsc.port}" system_id: "narada" }} }} }}
              storage {{ postgresql {{ connection: "{cls.postgresql.connection}" }} }}
              pin_key_file: "{cls.postgresql.folder}/pin.key"
            }}"""
        cls.FLAGS = {"sip": ["--gateway_id=gateway-one"]}
        super().setUpClass()
        rpc, http, sip, health = free_ports(4)
        cls.other_address = f"127.0.0.1:{rpc}"
        options = cls.options
        flags = {"--grpc_listen": cls.other_address, "--http_port": http, "--data": cls.folder / "other-data",
                 "--sip_port": sip, "--health_port": health, "--control": cls.other_address,
                 "--gateway_id": "gateway-two"}

        def other(program, address):
            words = [word if (name := word.split("=")[0]) not in flags else f"{name}={flags[name]}"
                     for word in program.command]
            return Program(f"other {program.name}", words, cls.folder / f"other-{program.name}.log",
                           HealthClient(address, options.tls, service="ready"))

        cls.other_control = other(cls.stack.control, cls.other_address)
        cls.other_sip = other(cls.stack.sip, f"127.0.0.1:{health}")
        cls.others = Supervisor()
        cls.addClassCleanup(cls.others.stop)
        cls.others.start([cls.other_control, cls.other_sip])
        cls.other_uri = f"sip:{harness.NUMBER}@127.0.0.1:{sip}"

    def leader(self):
        """The replica that leads the only conference; nothing if none does."""
        rows = self.postgresql.rows("SELECT replica_id FROM conference_leases")
        return rows[0][0] if rows else None

    def messages_leased_by(self, replica):
        return int(self.postgresql.rows(f"SELECT count(*) FROM sms_messages WHERE lease_owner = '{replica}'")[0][0])

    def test_callers_of_both_replicas_meet_and_go_on_when_their_leader_is_killed(self):
        room, pin = self.new_reservation()
        # The first caller's replica leads the conference; it dies while they talk.
        leader_call = self.enter(room, pin, "tone 440@-20; listen 10; mark all-in; listen 39; hangup", number="+48601000071",
                                 name="at-leader")
        leader_call.wait_step("listen 6", 30)
        self.wait_until(self.leader, 20)
        guest_call = self.enter(room, pin, "tone 880@-20; listen 4; mark all-in; listen 25; press *6; listen 8; hangup",
                                number="+48601000072", name="at-other", uri=self.other_uri)
        guest_call.wait_step("mark all-in", 40)
        leader_call.wait_step("mark all-in", 40)
        first = self.leader()
        loads = [Load(self.options.grpc_address(self.options.control_port)), Load(self.other_address)]
        # A caller of the other replica who is not in the conference, and should notice nothing.
        menu_call = self.phone("wait-answer; listen 1; " + "press 1; listen 4; " * 5 + "hangup", number="+48601000073", name="menu",
                               uri=self.other_uri)
        self.wait_until(lambda: self.messages_leased_by(first), 20, "the SMSC is too quick")
        self.pause(3)
        self.kill(self.stack.control)
        killed_at = time.monotonic()
        leased = self.messages_leased_by(first)
        self.wait_until(lambda: self.leader() not in (None, first), _LEASES_TAKEN_MAX_S, "the lease was not taken over")
        taken_s = time.monotonic() - killed_at
        self.wait_until(lambda: self.messages_leased_by(first) == 0, _LEASES_TAKEN_MAX_S - taken_s,
                        "messages of the dead replica were not taken over")
        messages_taken_s = time.monotonic() - killed_at
        self.restart(self.stack.control)
        for load in loads:
            load.stop()
        self.check_load(loads, leased)
        heard = menu_call.end().heard
        said = [word for language in ("pl", "en") for word in self.said(heard, language, "language_changed")]
        self.assertEqual(5, len(said), "keys of a caller of the living replica were not answered")
        guest = guest_call.end_anyhow()
        at_leader = leader_call.end_anyhow()
        # Neither of them ever lost the other's voice.
        for call, hertz in ((guest, 440), (at_leader, 880)):
            begin = call.at_s("mark all-in")
            for second in range(1, 20):
                heard = call.heard_between(begin + second, begin + second + 1)
                self.assertAlmostEqual(-20, audio.tone_level_dbov(heard, hertz), delta=1.5, msg=f"second {second}")
        # The new leader answers keys of the call that it took over.
        after_key = guest.heard_between(guest.at_s("press *6"), guest.at_s("press *6") + 8)
        self.assertEqual(["muted"], self.said(after_key, "pl", "muted", "unmuted"))
        print(f"the conference was taken over after {taken_s:.1f} s, {leased} messages after {messages_taken_s:.1f} s")

    def check_load(self, loads, leased):
        """The living replica refused nothing, and every reservation that was answered has its SMS; twice at the most those
        that the dead one was sending."""
        killed, living = loads
        self.assertEqual([], living.failures)
        self.assertTrue(killed.failures, "it was not asked while it was dead")
        answered = {*killed.answered, *living.answered}
        self.wait_until(lambda: answered <= {message["to"] for message in self.smsc.messages()}, 60, "an SMS was lost")
        self.assertLessEqual(self.smsc.copies(), leased)
        print(f"{len(killed.answered)} + {len(living.answered)} reservations, {len(killed.failures)} refused by the dead replica;"
              f" the living one took {max(living.answered.values()):.2f} s at the most; {self.smsc.copies()} SMS came twice")
