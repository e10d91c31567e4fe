"""A company's numbers: the PIN alone opens the room, as participant or moderator; guessers are locked out."""

import concurrent.futures
import itertools
import os
import pathlib
import random
import shutil
import tempfile
import time

import grpc
import numpy
from google.protobuf.field_mask_pb2 import FieldMask

from tests.end_to_end.harness import NaradaTest, built
from tests.instruments import audio, distributions, grpc_client

PIN_NUMBER = "+48225550001"
MENU_NUMBER = "+48225550002"


class CompanyTest(NaradaTest):
    """A tenant with a room and two numbers, made over gRPC."""

    @classmethod
    def say_own(cls, ours, name):
        """Before setUpClass: the company's own recording `name` is another one of ours, so that it is recognised."""
        own = pathlib.Path(tempfile.mkdtemp(prefix="narada-test-own-"))
        cls.addClassCleanup(shutil.rmtree, own, ignore_errors=True)
        folder = own / "sets" / "acme" / "pl"
        folder.mkdir(parents=True)
        shutil.copy(built().prompts / "pl" / f"{ours}.wav", folder / f"{name}.wav")
        cls.CONFIG = f'control {{ own_prompts_dir: "{own}" }}'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.messages = grpc_client.messages("control", "account")
        cls.accounts = cls.stub("account", "AccountService")
        polish = grpc_client.messages("control", "common").LANGUAGE_POLISH
        m = cls.messages
        cls.accounts.CreateTenant(m.CreateTenantRequest(tenant=m.Tenant(
            tenant_id="acme", display_name="Acme", languages=[polish], prompt_set="acme")), timeout=10)
        for number, mode in ((PIN_NUMBER, m.ENTRY_MODE_PIN), (MENU_NUMBER, m.ENTRY_MODE_MENU)):
            cls.accounts.PutAccessNumber(m.PutAccessNumberRequest(access_number=m.AccessNumber(
                number=number, tenant_id="acme", language=polish, entry_mode=mode, country="PL")), timeout=10)
        cls.room = cls.accounts.CreatePermanentRoom(m.CreatePermanentRoomRequest(
            permanent_room=m.PermanentRoom(tenant_id="acme", display_name="Board")), timeout=10).permanent_room

    def dial(self, called, script, **flags):
        return self.phone(script, uri=self.uri.replace("+48608608608", called), **flags)

    @classmethod
    def stub(cls, name, service):
        """A new connection each time: one that was idle for the length of a call may have been closed."""
        channel = grpc_client.plain_channel(cls.options.grpc_address(cls.options.control_port))
        cls.addClassCleanup(channel.close)
        return getattr(grpc_client.services("control", name), service + "Stub")(channel)

    def assert_no_pin_was_written(self):
        pins = [self.room.participant_pin.encode(), self.room.moderator_pin.encode()]
        for path in [*(self.data / "logs").iterdir(), *self.data.glob("narada.sqlite*")]:
            for pin in pins:
                self.assertNotIn(pin, path.read_bytes(), f"a PIN stands in {path.name}")


class PinEntryTest(CompanyTest):
    def test_participant_and_moderator_enter_by_their_pins_alone_and_hear_each_other(self):
        enter = "wait-answer; listen 9; press {pin}; listen 5; tone {hertz}@-20; listen 8; hangup"
        moderator = self.dial(PIN_NUMBER, enter.format(pin=self.room.moderator_pin, hertz=440), number="+48601000061")
        guest = self.dial(PIN_NUMBER, enter.format(pin=self.room.participant_pin, hertz=620), number="+48601000062")
        conferences = grpc_client.messages("control", "conference")
        stub = self.stub("conference", "ConferenceService")

        def roles():
            for listed in stub.ListConferences(conferences.ListConferencesRequest(), timeout=10).conferences:
                whole = stub.GetConference(conferences.GetConferenceRequest(conference_id=listed.conference_id),
                                           timeout=10).conference
                if len(whole.participants) == 2:
                    return {one.number: one.role for one in whole.participants}
            return None

        found = self.wait_until(roles, 30, "the two are in no conference together")
        self.assertEqual(conferences.PARTICIPANT_ROLE_MODERATOR, found["+48601000061"])
        self.assertEqual(conferences.PARTICIPANT_ROLE_PARTICIPANT, found["+48601000062"])
        for call, other_hertz in ((moderator.end(), 620), (guest.end(), 440)):
            self.assertIn("enter_pin_only", self.said(call.heard, "pl", "enter_pin_only", "enter_room", "main_menu"))
            self.assertGreater(audio.tone_level_dbov(call.heard[-4 * audio.RATE_HZ:-3 * audio.RATE_HZ], other_hertz), -26)
        self.assert_no_pin_was_written()

    def test_both_services_are_behind_the_menu_of_one_number(self):
        room, pin = self.new_reservation()
        for number, keys in (("+48601000063", (self.room.room_number, self.room.participant_pin)), ("+48601000064", (room, pin))):
            call = self.dial(MENU_NUMBER, f"wait-answer; listen 1; press 2; listen 1; press {keys[0]}#; listen 1; "
                                          f"press {keys[1]}#; listen 6; hangup", number=number).end()
            self.assertEqual(["first_in_conference"], self.said(call.heard, "pl", "first_in_conference", "wrong_room_or_pin"))


    def refusal(self, call, *request):
        """(reason) of a call that is refused."""
        with self.assertRaises(grpc.RpcError) as refused:
            call(*request, timeout=10)
        return grpc_client.reason(refused.exception)

    def test_accounts_are_changed_field_by_field_listed_in_pages_and_refused_with_reasons(self):
        m, accounts = self.messages, self.stub("account", "AccountService")
        changed = accounts.UpdateTenant(m.UpdateTenantRequest(
            tenant=m.Tenant(tenant_id="acme", display_name="Acme S.A.", limits=m.TenantLimits(call_outs_max=3)),
            update_mask=FieldMask(paths=["limits.call_outs_max"])), timeout=10).tenant
        self.assertEqual(("Acme", 3), (changed.display_name, changed.limits.call_outs_max))
        self.assertEqual("FIELD_INVALID", self.refusal(accounts.UpdateTenant, m.UpdateTenantRequest(
            tenant=m.Tenant(tenant_id="acme"), update_mask=FieldMask(paths=["tenant_id"]))))
        self.assertEqual("FIELD_INVALID", self.refusal(accounts.UpdateTenant, m.UpdateTenantRequest(
            tenant=m.Tenant(tenant_id="acme"), update_mask=FieldMask())))
        made = m.CreatePermanentRoomRequest(request_id="again", permanent_room=m.PermanentRoom(tenant_id="acme"))
        first, again = (accounts.CreatePermanentRoom(made, timeout=10).permanent_room for _ in range(2))
        self.assertEqual(first, again)
        listed, token = [], ""
        for _ in range(10):
            page = accounts.ListPermanentRooms(m.ListPermanentRoomsRequest(tenant_id="acme", page_size=1, page_token=token),
                                               timeout=10)
            listed += [room.permanent_room_id for room in page.permanent_rooms]
            self.assertEqual([""], [room.participant_pin for room in page.permanent_rooms] or [""])
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(sorted([self.room.permanent_room_id, first.permanent_room_id]), listed)
        self.assertEqual("PAGE_TOKEN_INVALID", self.refusal(accounts.ListTenants, m.ListTenantsRequest(page_token="?")))
        self.assertEqual("ACCESS_NUMBER_EXISTS", self.refusal(accounts.PutAccessNumber, m.PutAccessNumberRequest(
            access_number=m.AccessNumber(number="+48608608608"))))
        self.assertEqual("IN_USE", self.refusal(accounts.DeleteTenant, m.DeleteTenantRequest(tenant_id="acme")))
        anna = m.User(user_name="anna", tenant_id="acme", role=m.USER_ROLE_MODERATOR, password="correct horse")
        self.assertEqual("", accounts.PutUser(m.PutUserRequest(user=anna), timeout=10).user.password)
        self.assertEqual(["anna"], [user.user_name for user in accounts.ListUsers(
            m.ListUsersRequest(tenant_id="acme"), timeout=10).users])
        accounts.DeletePermanentRoom(m.DeletePermanentRoomRequest(permanent_room_id=first.permanent_room_id), timeout=10)
        self.assertEqual("PERMANENT_ROOM_UNKNOWN", self.refusal(
            accounts.RotatePins, m.RotatePinsRequest(permanent_room_id=first.permanent_room_id)))


class OwnGreetingTest(CompanyTest):
    @classmethod
    def setUpClass(cls):
        cls.say_own("recording_started", "greeting")
        super().setUpClass()

    def test_a_tenants_number_greets_in_the_tenants_words_and_the_public_one_does_not(self):
        words = ("greeting", "recording_started", "enter_pin_only", "main_menu")
        call = self.dial(PIN_NUMBER, "wait-answer; listen 8; hangup").end()
        self.assertEqual(["recording_started", "enter_pin_only"], self.said(call.heard, "pl", *words)[:2])
        call = self.phone("wait-answer; listen 4; hangup").end()
        self.assertEqual(["greeting"], self.said(call.heard, "pl", *words)[:1])


class LockedGuesserTest(CompanyTest):
    CONFIG = "control { throttle { caller_failures_max: 3 } }"

    def test_a_guesser_is_locked_in_the_next_call_too_until_an_operator_lifts_it(self):
        pin = self.room.participant_pin
        wrong = [f"{(int(pin) + 1 + n) % 10 ** 8:08}" for n in range(3)]
        guesses = "; ".join(f"press {guess}; listen 5" for guess in wrong)
        first = self.dial(PIN_NUMBER, f"wait-answer; listen 1; {guesses}; listen 3", number="+48601000071").end_anyhow()
        self.assertEqual(["wrong_room_or_pin"] * 3, self.said(first.heard, "pl", "wrong_room_or_pin", "locked_out"))
        enter = f"wait-answer; listen 1; press {pin}; listen 12"
        second = self.dial(PIN_NUMBER, enter, number="+48601000071").end_anyhow()
        words = ("first_in_conference", "wrong_room_or_pin", "locked_out")
        self.assertEqual(["locked_out"], self.said(second.heard, "pl", *words))
        # Nobody else is worse off, and the lock can be lifted.
        messages = grpc_client.messages("control", "operation")
        lockouts = self.stub("operation", "OperationService").ListLockouts(messages.ListLockoutsRequest(), timeout=10).lockouts
        self.assertEqual([(messages.LOCKOUT_SCOPE_CALLER, "+48******071", 3)],
                         [(one.scope, one.subject, one.failure_count) for one in lockouts])
        other = self.dial(PIN_NUMBER, enter + "; hangup", number="+48601000072")
        self.assertEqual(["first_in_conference"], self.said(other.end().heard, "pl", *words))
        self.stub("operation", "OperationService").LiftLockout(
            messages.LiftLockoutRequest(lockout_id=lockouts[0].lockout_id), timeout=10)
        third = self.dial(PIN_NUMBER, enter + "; hangup", number="+48601000071")
        self.assertEqual(["first_in_conference"], self.said(third.end().heard, "pl", *words))
        self.assert_no_pin_was_written()


class TimingTest(NaradaTest):
    """A long campaign: NARADA_TIMING_CALLS=200 NARADA_TIMING_TRIES=20000 ./test end_to_end/tests.end_to_end.accounts_test.TimingTest"""

    CONFIG = """control {
      dialogue { tries_max: 10 }
      throttle {
        caller_failures_max: 1000000 trunk_failures_max: 1000000 room_failures_max: 1000000 overall_failures_max: 1000000
      }
    }"""
    CALLS = int(os.environ.get("NARADA_TIMING_CALLS", "3"))
    TRIES = int(os.environ.get("NARADA_TIMING_TRIES", "900"))
    AT_ONCE = 20

    def secrets(self):
        """(room that there is not, room, wrong PIN of it)"""
        room, pin = self.new_reservation()
        return f"{(int(room) - 10000 + 1) % 90000 + 10000}", room, f"{(int(pin) + 1) % 10 ** 6:06}"

    def assert_alike(self, times, steps_s):
        """No two kinds of refusals, by name, differ in when they are answered."""
        for (one, first), (other, second) in itertools.combinations(times.items(), 2):
            first, second = numpy.array(first), numpy.array(second)
            noticed_s = distributions.noticed_shift(first, second, steps_s)
            print(f"{one}: median {numpy.median(first) * 1000:.1f} ms of {len(first)}, {other}: {numpy.median(second) * 1000:.1f} ms of"
                  f" {len(second)}; rank sum {distributions.rank_sum_z(first, second):.2f} sigma, shape"
                  f" {distributions.shape_difference(first, second):.2f}; a shift of {noticed_s} s would have been noticed")
            self.assertIsNotNone(noticed_s, "the answers vary so much that nothing can be said")
            self.assertTrue(distributions.are_alike(first, second), f"{one} and {other} can be told apart")

    def test_refusals_cannot_be_told_apart_by_the_time_to_the_spoken_answer(self):
        unknown, room, wrong = self.secrets()
        kinds = ("unknown room", "wrong PIN")
        asks = [f"press {(unknown, room)[n % 2]}; listen 0.6; press {wrong}; mark asked-{n}; listen 3" for n in range(8)]
        phones = [self.phone(f"wait-answer; listen 1; press 2; listen 1; {'; '.join(asks)}; hangup",
                             number=f"+4860100{index:04}") for index in range(self.CALLS)]
        times = {kind: [] for kind in kinds}
        for phone in phones:
            call = phone.end()
            self.assertEqual(["wrong_room_or_pin"] * len(asks), self.said(call.heard, "pl", "wrong_room_or_pin", "locked_out"))
            for n in range(len(asks)):
                begin = call.at_s(f"mark asked-{n}")
                onset = audio.onset_s(call.heard_between(begin, begin + 2.5))
                self.assertIsNotNone(onset, f"no answer to try {n}")
                times[kinds[n % 2]].append(onset)
        self.assert_alike(times, (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32))

    def test_refusals_cannot_be_told_apart_by_the_time_to_the_answer_of_the_api(self):
        unknown, room, wrong = self.secrets()
        closed = self.closed_reservation()
        messages = grpc_client.messages("control", "reservation")
        kinds = {"unknown room": (unknown, wrong), "wrong PIN": (room, wrong), "room that is over": closed}
        order = list(kinds) * (self.TRIES // len(kinds))
        random.shuffle(order)
        with grpc_client.plain_channel(self.options.grpc_address(self.options.control_port)) as channel:
            stub = grpc_client.services("control", "reservation").ReservationServiceStub(channel)

            def ask(kind):
                number, pin = kinds[kind]
                request = messages.CheckPinRequest(room_number=number, pin=pin)
                begin = time.monotonic()
                try:
                    stub.CheckPin(request, timeout=10)
                except grpc.RpcError as error:
                    return kind, time.monotonic() - begin, grpc_client.reason(error)
                return kind, time.monotonic() - begin, "OPEN"

            with concurrent.futures.ThreadPoolExecutor(self.AT_ONCE) as pool:
                answers = list(pool.map(ask, order))
        self.assertEqual({"RESERVATION_UNKNOWN"}, {reason for _, _, reason in answers})
        times = {wanted: [taken_s for kind, taken_s, _ in answers if kind == wanted] for wanted in kinds}
        self.assertGreaterEqual(min(taken_s for _, taken_s, _ in answers), 0.19)
        self.assert_alike(times, (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1))

    def closed_reservation(self):
        """(room number, PIN) that were right once."""
        messages = grpc_client.messages("control", "reservation")
        with grpc_client.plain_channel(self.options.grpc_address(self.options.control_port)) as channel:
            stub = grpc_client.services("control", "reservation").ReservationServiceStub(channel)
            made = stub.CreateReservation(messages.CreateReservationRequest(), timeout=10).reservation
            stub.CancelReservation(messages.CancelReservationRequest(reservation_id=made.reservation_id), timeout=10)
        return made.room_number, made.pin
