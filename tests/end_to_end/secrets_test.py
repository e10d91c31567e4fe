"""No PIN stands in anything that the programs wrote: logs at their most talkative, metrics, errors, the database, its
backup, the mixer's memory of calls, and what a crash leaves."""

import json
import pathlib
import resource
import signal
import urllib.error
import urllib.request

import grpc

from tests.end_to_end.harness import NaradaTest, free_ports
from tests.instruments import grpc_client

_WRONG = ("31415926", "27182818")
_PROGRAMS = ("mixer", "control", "sip")


class SecretsTest(NaradaTest):
    # Eight digits are nowhere by chance.
    CONFIG = "control { reservations { pin_digits: 8 } }"

    @classmethod
    def setUpClass(cls):
        cls.metrics = dict(zip(_PROGRAMS, free_ports(len(_PROGRAMS))))
        cls.FLAGS = {name: [f"--metrics_port={port}", "--log_level=debug"] for name, port in cls.metrics.items()}
        super().setUpClass()
        cls.told = []  # Whatever was answered to somebody who did not give the right PIN.

    def test_no_pin_is_in_anything_that_was_written(self):
        secrets = {*_WRONG}
        room, pin = self.new_reservation()
        secrets.add(pin)
        secrets.update(self.pins_of_a_permanent_room())
        self.phone("wait-answer; listen 1; press 3; listen 3; hangup", number="+48601009501").end()
        secrets.add(self.room_and_pin_of("+48601009501")[1])
        self.keys_by_every_way(room, pin)
        self.ask_the_api(room, pin)
        self.ask_the_console(room, pin)
        self.reserve_with_a_full_disk()
        self.backup()
        self.told += [urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
                      for port in self.metrics.values()]
        self.crash(room, pin)
        texts = {f"answer {number}": text.encode() for number, text in enumerate(self.told)}
        for path in self.written():
            texts[path.name] = path.read_bytes()
        self.assertGreaterEqual(set(texts), {"control.log", "mixer.log", "sip.log", "narada.sqlite", "copy.sqlite", "journal"})
        for name, text in texts.items():
            for secret in secrets:
                self.assertNotIn(secret.encode(), text, f"a PIN stands in {name}")
        # The search would find one: where PINs have to stand, they do.
        self.assertTrue(any(secret in message["text"] for message in self.messages() for secret in secrets))

    def written(self):
        """Every file of the programs but the messages that carry PINs to their organisers."""
        for folder in (self.data, self.data_folder.state_in_memory()):
            for path in pathlib.Path(folder).rglob("*"):
                if path.is_file() and path.parent.name != "sms":
                    yield path

    # ---- everything that a PIN can pass through

    def pins_of_a_permanent_room(self):
        m = grpc_client.messages("control", "account")
        with self.channel() as channel:
            accounts = grpc_client.services("control", "account").AccountServiceStub(channel)
            accounts.CreateTenant(m.CreateTenantRequest(tenant=m.Tenant(
                tenant_id="acme", languages=[grpc_client.messages("control", "common").LANGUAGE_POLISH])), timeout=10)
            accounts.PutAccessNumber(m.PutAccessNumberRequest(access_number=m.AccessNumber(
                number="+48225550041", tenant_id="acme", entry_mode=m.ENTRY_MODE_PIN)), timeout=10)
            made = accounts.CreatePermanentRoom(m.CreatePermanentRoomRequest(
                permanent_room=m.PermanentRoom(tenant_id="acme")), timeout=10).permanent_room
            rotated = accounts.RotatePins(m.RotatePinsRequest(permanent_room_id=made.permanent_room_id), timeout=10).permanent_room
        self.phone(f"wait-answer; listen 1; press {_WRONG[0]}; listen 1; press {rotated.moderator_pin}; listen 2; hangup",
                   number="+48601009502", uri=self.uri.replace("+48608608608", "+48225550041")).end()
        return [room_pin for room in (made, rotated) for room_pin in (room.participant_pin, room.moderator_pin)]

    def room_and_pin_of(self, number):
        words = self.message_to(number)["text"].split()
        return words[-4], words[-1]

    def keys_by_every_way(self, room, pin):
        keys = "wait-answer; listen 1; {press} {menu}; listen 0.5; {press} {room}; listen 0.5; {press} {pin}; listen 2; hangup"
        ways = [("press", {}), ("press-info", {"event_payload_type": 0}), ("press-inband", {"event_payload_type": 0})]
        phones = [self.phone(keys.format(press=press, menu=menu, room=room, pin=tried), number=f"+486010095{10 + index}", **flags)
                  for index, (press, flags, menu, tried) in enumerate(
                      (press, flags, menu, tried) for press, flags in ways for menu, tried in ((2, pin), (4, _WRONG[0])))]
        for phone in phones:
            phone.end()

    def channel(self):
        return grpc_client.plain_channel(self.options.grpc_address(self.options.control_port))

    def ask_the_api(self, room, pin):
        m = grpc_client.messages("control", "reservation")
        with self.channel() as channel:
            stub = grpc_client.services("control", "reservation").ReservationServiceStub(channel)
            stub.CheckPin(m.CheckPinRequest(room_number=room, pin=pin), timeout=10)
            for wrong in (_WRONG[1], pin + "00000000", pin[:-1] + "x"):
                for ask in (lambda wrong=wrong: stub.CheckPin(m.CheckPinRequest(room_number=room, pin=wrong), timeout=10),
                            lambda wrong=wrong: stub.ExtendReservation(m.ExtendReservationRequest(room_number=room, pin=wrong),
                                                                       timeout=10)):
                    with self.assertRaises(grpc.RpcError) as refused:
                        ask()
                    self.told.append(f"{refused.exception.details()} {refused.exception.trailing_metadata()}")

    def ask_the_console(self, room, pin):
        for tried in (pin, _WRONG[0]):
            request = urllib.request.Request(f"http://127.0.0.1:{self.options.http_port}/api/log-in",
                                             json.dumps({"roomNumber": room, "pin": tried}).encode(),
                                             {"Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    self.told.append(answer.read().decode())
            except urllib.error.HTTPError as error:
                self.told.append(error.read().decode())

    def reserve_with_a_full_disk(self):
        """Errors of the database name no values."""
        control = self.stack.control
        pid, wal = control.process.pid, self.data / "narada.sqlite-wal"
        self.assertLess(control.log_path.stat().st_size, wal.stat().st_size, "the limit would hit the log as well")
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (wal.stat().st_size, before[1]))
        try:
            call = self.phone("wait-answer; listen 1; press 3; listen 6; hangup", number="+48601009503").end()
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        self.assertEqual(["service_unavailable"], self.said(call.heard, "pl", "service_unavailable", "reserved"))

    def backup(self):
        m = grpc_client.messages("control", "operation")
        with self.channel() as channel:
            grpc_client.services("control", "operation").OperationServiceStub(channel).Backup(
                m.BackupRequest(file_name="copy.sqlite"), timeout=10)

    def crash(self, room, pin):
        """While a PIN is being keyed; there is no core file to be looked into."""
        for name in _PROGRAMS:
            limits = pathlib.Path(f"/proc/{getattr(self.stack, name).process.pid}/limits").read_text(encoding="ascii")
            self.assertRegex(limits, r"Max core file size +0 +0 ", name)
        phone = self.phone(f"wait-answer; listen 1; press 2; listen 0.5; press {room}#; listen 0.5; press {pin[:-1]}; mark keyed;"
                           " listen 20", number="+48601009504")
        phone.wait_step("mark keyed", 40)
        control = self.stack.control
        control.process.send_signal(signal.SIGABRT)
        self.assertEqual(-signal.SIGABRT, control.process.wait(10))
        self.restart(control)
        phone.kill()
