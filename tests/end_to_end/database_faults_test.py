"""The database is stopped and started in mid-operation, and its disk is full: callers hear an apology, calls go on, and
nothing is half made."""

import os
import re

import grpc

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio, grpc_client
from tests.instruments.postgresql import Postgresql

_WORDS = ("service_unavailable", "wrong_room_or_pin", "reserved", "first_in_conference", "main_menu")


class Faults(NaradaTest):
    def stub(self, channel):
        return grpc_client.services("control", "reservation").ReservationServiceStub(channel)

    def create_by_api(self):
        """The error of a reservation by the API: (code, reason), or nothing."""
        messages = grpc_client.messages("control", "reservation")
        with grpc_client.plain_channel(self.options.grpc_address(self.options.control_port)) as channel:
            try:
                self.stub(channel).CreateReservation(messages.CreateReservationRequest(), timeout=10)
            except grpc.RpcError as error:
                return error.code(), grpc_client.reason(error)
        return None

    def reservations(self):
        """All that there are, by the API."""
        messages = grpc_client.messages("control", "reservation")
        with grpc_client.plain_channel(self.options.grpc_address(self.options.control_port)) as channel:
            return self.stub(channel).ListReservations(messages.ListReservationsRequest(page_size=1000), timeout=10).reservations

    def said_after(self, call, step, seconds):
        begin = call.at_s(step)
        return self.said(call.heard_between(begin, begin + seconds), "pl", *_WORDS)


class DatabaseAwayTest(Faults):
    @classmethod
    def setUpClass(cls):
        cls.postgresql = Postgresql()
        cls.addClassCleanup(cls.postgresql.close)
        cls.CONFIG = f"""control {{ storage {{ postgresql {{ connection: "{cls.postgresql.connection}" }} }} }}"""
        super().setUpClass()

    def test_server_that_stops_and_starts_costs_no_call_and_leaves_nothing_half_made(self):
        room, pin = self.new_reservation()
        talker = self.enter(room, pin, "tone 440@-20; listen 55; hangup", number="+48601009001", name="talker")
        listener = self.enter(room, pin, "mark in; listen 24; hangup", number="+48601009002", name="listener")
        listener.wait_step("mark in", 40)
        # Both know their keys before the server stops; the second try of each comes when it is back.
        once_more = "listen 9; mark gone; listen 6; mark again; {keys}; listen 9; hangup"
        reserver = self.phone("wait-answer; listen 1; mark answered; listen 3; press 3; " + once_more.format(keys="press 3"),
                              number="+48601009003", name="reserver")
        joiner_keys = f"press 2; listen 0.5; press {room}#; listen 0.5; press {pin}#"
        joiner = self.phone(f"wait-answer; listen 1; mark answered; listen 3; {joiner_keys}; "
                            + once_more.format(keys=joiner_keys), number="+48601009004", name="joiner")
        for phone in (reserver, joiner):
            phone.wait_step("mark answered", 20)
        self.postgresql.stop()
        self.assertEqual((grpc.StatusCode.UNAVAILABLE, "DATABASE_AWAY"), self.create_by_api())
        # Who calls while it is away is greeted all the same.
        newcomer = self.phone("wait-answer; listen 3; hangup", number="+48601009005", name="newcomer")
        for phone in (reserver, joiner):
            phone.wait_step("mark gone", 30)
        self.postgresql.start()
        self.assertEqual(["greeting"], self.said(newcomer.end().heard, "pl", "greeting", "service_unavailable"))

        call = reserver.end()
        self.assertEqual("service_unavailable", self.said_after(call, "press 3", 9)[0])
        self.assertIn("reserved", self.said_after(call, "mark again", 9))
        call = joiner.end()
        self.assertEqual("service_unavailable", self.said_after(call, f"press {pin}#", 9)[0])
        self.assertNotIn("service_unavailable", self.said_after(call, "mark again", 12))
        self.assertGreater(audio.tone_level_dbov(call.heard[-2 * audio.RATE_HZ:], 440), -26, "did not get in")
        talker.kill()
        heard = listener.end_anyhow()
        begin = heard.at_s("mark in")
        for second in range(1, 18):
            level = audio.tone_level_dbov(heard.heard_between(begin + second, begin + second + 1), 440)
            self.assertGreater(level, -26, f"second {second}: the conference was interrupted")

        # One reservation for each that was told, each with its message.
        message = self.message_to("+48601009003", timeout_s=20)
        spoken = re.search(r"(\d{5}) i PIN", message["text"])[1]
        self.assertEqual({room, spoken}, {reservation.room_number for reservation in self.reservations()})
        self.assertEqual([["1"]], self.postgresql.rows("SELECT count(*) FROM sms_messages"))
        self.assertEqual([], self.postgresql.rows("SELECT id FROM sms_messages WHERE reservation_id NOT IN (SELECT id FROM reservations)"))


class FullDiskTest(Faults):
    """Control has its database on a file system of its own, which is small."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        small = cls.folder / "small"
        small.mkdir()
        control = cls.stack.control
        config = cls.folder / "small.textproto"
        config.write_text(f'control {{ storage {{ sqlite_file: "{small}/narada.sqlite" }} }}', encoding="utf-8")
        words = [f"--config={config}" if word.startswith("--config=") else word for word in control.command]
        own_namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        control.command = [*own_namespace, "sh", "-c", 'mount -t tmpfs -o size=4m none "$0" && exec "$@"', str(small), *words]
        control.process.terminate()
        control.process.wait(10)
        control.start()
        cls.small = small

    def test_full_disk_is_apologised_for_until_there_is_room_again(self):
        control = self.stack.control
        self.wait_until(control.health.is_serving, 20, f"control does not start:\n{control.last_log_lines()}")
        first = self.create_by_api()
        self.assertIsNone(first)
        # The same place, seen from outside of control's namespace.
        filler = f"/proc/{control.process.pid}/root{self.small}/filler"
        with open(filler, "wb", buffering=0) as file:
            with self.assertRaises(OSError):
                while True:
                    file.write(bytes(4096))
        self.assertEqual((grpc.StatusCode.RESOURCE_EXHAUSTED, "DISK_FULL"), self.create_by_api())
        call = self.phone("wait-answer; listen 1; press 3; listen 9; mark full; listen 4; mark again; press 3; listen 9; hangup",
                          number="+48601009011")
        call.wait_step("mark full", 30)
        os.unlink(filler)
        call = call.end()
        self.assertEqual("service_unavailable", self.said_after(call, "press 3", 9)[0])
        self.assertIn("reserved", self.said_after(call, "mark again", 9))
        spoken = re.search(r"(\d{5}) i PIN", self.message_to("+48601009011")["text"])[1]
        rooms = [reservation.room_number for reservation in self.reservations()]
        self.assertEqual(2, len(rooms), "of those that failed nothing may be left")
        self.assertIn(spoken, rooms)
        self.assertIn("the database's disk is full", control.log_path.read_text(encoding="utf-8"))
