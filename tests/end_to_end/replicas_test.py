"""Two controls on one PostgreSQL and one mixer, each with a gateway of its own; one of them is killed."""

import time

from launcher.health import HealthClient
from launcher.supervisor import Program, Supervisor
from tests.end_to_end import harness
from tests.end_to_end.harness import NaradaTest, free_ports
from tests.instruments import audio
from tests.instruments.postgresql import Postgresql

_LEASES_TAKEN_MAX_S = 10


class ReplicasTest(NaradaTest):
    """`self.stack.control` is one replica, `self.other_control` the other; `self.other_uri` calls by the other's gateway."""

    @classmethod
    def setUpClass(cls):
        cls.postgresql = Postgresql()
        cls.addClassCleanup(cls.postgresql.close)
        cls.CONFIG = f"""
            control {{
              storage {{ postgresql {{ connection: "{cls.postgresql.connection}" }} }}
              pin_key_file: "{cls.postgresql.folder}/pin.key"
            }}"""
        cls.FLAGS = {"sip": ["--gateway_id=gateway-one"]}
        super().setUpClass()
        grpc, http, sip, health = free_ports(4)
        options = cls.options
        flags = {"--grpc_listen": f"127.0.0.1:{grpc}", "--http_port": http, "--data": cls.folder / "other-data",
                 "--sip_port": sip, "--health_port": health, "--control": f"127.0.0.1:{grpc}",
                 "--gateway_id": "gateway-two"}

        def other(program, address):
            words = [word if (name := word.split("=")[0]) not in flags else f"{name}={flags[name]}"
                     for word in program.command]
            return Program(f"other {program.name}", words, cls.folder / f"other-{program.name}.log",
                           HealthClient(address, options.tls, service="ready"))

        cls.other_control = other(cls.stack.control, f"127.0.0.1:{grpc}")
        cls.other_sip = other(cls.stack.sip, f"127.0.0.1:{health}")
        cls.others = Supervisor()
        cls.addClassCleanup(cls.others.stop)
        cls.others.start([cls.other_control, cls.other_sip])
        cls.other_uri = f"sip:{harness.NUMBER}@127.0.0.1:{sip}"

    def leader(self):
        """The replica that leads the only conference; nothing if none does."""
        rows = self.postgresql.rows("SELECT replica_id FROM conference_leases")
        return rows[0][0] if rows else None

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
        self.pause(3)
        self.kill(self.stack.control)
        killed_at = time.monotonic()
        self.wait_until(lambda: self.leader() not in (None, first), _LEASES_TAKEN_MAX_S, "the lease was not taken over")
        taken_s = time.monotonic() - killed_at
        self.restart(self.stack.control)
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
        print(f"the lease was taken over after {taken_s:.1f} s")
