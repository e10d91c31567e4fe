"""A company's moderator on the phone: the PIN gives the role and its keys, and the room waits for them and ends without them."""

import time

from google.protobuf.field_mask_pb2 import FieldMask

from tests.end_to_end.accounts_test import PIN_NUMBER, CompanyTest
from tests.end_to_end.voice import Voice
from tests.instruments import audio, grpc_client

_LEVEL_DBOV = -20
_MODERATOR_HZ, _GUEST_HZ, _LATE_HZ = 440, 620, 1020
_MODERATOR, _GUEST, _LATE = "+48601000081", "+48601000082", "+48601000083"
_GRACE_S = 8


class ModeratorCase(CompanyTest):
    CONFIG = f"control {{ conferences {{ moderator_grace {{ seconds: {_GRACE_S} }} }} }}"

    def setUp(self):
        self.pb = grpc_client.messages("control", "conference")

    def change_room(self, **fields):
        accounts = self.stub("account", "AccountService")
        accounts.UpdatePermanentRoom(self.messages.UpdatePermanentRoomRequest(
            permanent_room=self.messages.PermanentRoom(permanent_room_id=self.room.permanent_room_id, **fields),
            update_mask=FieldMask(paths=list(fields))), timeout=10)

    def by_pin(self, pin, hertz, number, then):
        """In the room about three seconds after the call was answered."""
        return self.dial(PIN_NUMBER, f"wait-answer; listen 1; press {pin}; listen 1; tone {hertz}@{_LEVEL_DBOV}; mark in; {then}", number=number)

    def conference(self):
        conferences = self.stub("conference", "ConferenceService")
        found = conferences.ListConferences(self.pb.ListConferencesRequest(tenant_id="acme"), timeout=5).conferences
        if not found:
            return None
        return conferences.GetConference(self.pb.GetConferenceRequest(conference_id=found[0].conference_id), timeout=5).conference

    def states(self):
        conference = self.conference()
        return {one.number: one.state for one in conference.participants} if conference else {}

    def level(self, voice, hertz, moment):
        return voice.level_dbov(hertz, moment)


class WaitingTest(ModeratorCase):
    def test_room_waits_for_its_moderator_and_ends_some_time_after_the_last_one_left(self):
        self.change_room(wait_for_moderator=True, end_without_moderator=True)
        participant, moderator = self.room.participant_pin, self.room.moderator_pin
        phones = [self.by_pin(participant, hertz, number, "wait-hangup 100") for hertz, number in ((_GUEST_HZ, _GUEST), (_LATE_HZ, _LATE))]
        guest, other = (Voice(phone, hertz) for phone, hertz in zip(phones, (_GUEST_HZ, _LATE_HZ)))
        waiting = self.pb.PARTICIPANT_STATE_WAITING
        self.wait_until(lambda: self.states() == {_GUEST: waiting, _LATE: waiting}, 15, "the two do not wait")
        self.pause(4)
        waits_at = time.monotonic() - 0.7
        chair = self.by_pin(moderator, _MODERATOR_HZ, _MODERATOR, "listen 8; hangup")
        joined = self.pb.PARTICIPANT_STATE_JOINED
        self.wait_until(lambda: list(self.states().values()) == [joined] * 3, 15, "the waiting has no end")
        self.pause(6)
        meets_at = time.monotonic() - 0.7
        first = chair.end()
        # Who comes back within the grace time keeps the meeting.
        self.pause(1)
        again = self.by_pin(moderator, _MODERATOR_HZ, _MODERATOR, f"listen {_GRACE_S + 2}; mark left; hangup")
        self.wait_until(lambda: len(self.states()) == 3, 10, "the moderator is not back")
        left_at = again.wait_step("mark left", 30)
        for voice in (guest, other):
            voice.end()
        over_after = time.monotonic() - left_at
        again.end()
        self.assertIsNone(self.conference())
        self.assertGreater(over_after, _GRACE_S)
        self.assertLess(over_after, _GRACE_S + 8)  # The goodbye is heard out.
        for voice in (guest, other):
            self.assertEqual(["wait_for_moderator", "moderator_joined", "moderator_left", "moderator_left", "conference_ended"],
                             self.said(voice.call.heard, "pl", "wait_for_moderator", "moderator_joined", "moderator_left", "conference_ended"))
        # Music has a little of every tone.
        self.assertLess(self.level(other, _GUEST_HZ, waits_at), _LEVEL_DBOV - 12, "they hear each other while they wait")
        self.assertAlmostEqual(_LEVEL_DBOV, self.level(other, _GUEST_HZ, meets_at), delta=1.5)
        self.assertAlmostEqual(_LEVEL_DBOV, self.level(guest, _MODERATOR_HZ, meets_at), delta=1.5)
        self.assertEqual([], self.said(first.heard, "pl", "wait_for_moderator"))


class KeysTest(ModeratorCase):
    def test_moderator_pin_gives_the_keys_and_the_participants_pin_does_not(self):
        m = self.messages
        self.stub("account", "AccountService").UpdateTenant(m.UpdateTenantRequest(
            tenant=m.Tenant(tenant_id="acme", limits=m.TenantLimits(recording_allowed=True)),
            update_mask=FieldMask(paths=["limits.recording_allowed"])), timeout=10)
        guest_phone = self.by_pin(self.room.participant_pin, _GUEST_HZ, _GUEST, "listen 4; press *8; listen 3; press *91; wait-hangup 120")
        chair_phone = self.by_pin(
            self.room.moderator_pin, _MODERATOR_HZ, _MODERATOR,
            "listen 11; mark mute; press *8; listen 6; mark muted; press *8; listen 3; press *7; listen 3; press *7; listen 3; "
            "press *2; listen 6; mark recorded; press *2; listen 3; "
            "press *91; listen 17; mark end; press *99; wait-hangup 30")
        guest, chair = Voice(guest_phone, _GUEST_HZ), Voice(chair_phone, _MODERATOR_HZ)
        at = {}

        def when(mark, condition):
            """That holds when the moderator comes to the mark."""
            at[mark] = chair.phone.wait_step(f"mark {mark}", 60) - 0.7
            self.assertTrue(condition(self.conference()), mark)

        when("mute", lambda one: not one.is_all_muted)  # The guest has tried.
        when("muted", lambda one: one.is_all_muted)
        when("recorded", lambda one: one.recording == self.pb.RECORDING_STATUS_RUNNING)
        when("end", lambda one: one.recording == self.pb.RECORDING_STATUS_OFF)
        for voice in (guest, chair):
            voice.end()
        self.assertEqual(["moderators_only"] * 2, self.said(guest.call.heard, "pl", "moderators_only"))
        self.assertLess(self.level(chair, _GUEST_HZ, at["muted"]), -60, "muted by key")
        self.assertAlmostEqual(_LEVEL_DBOV, self.level(guest, _MODERATOR_HZ, at["muted"]), delta=1.5, msg="the moderator speaks")
        told = ("muted", "unmuted", "locked", "unlocked", "recording_started", "recording_stopped", "conference_ended")
        self.assertEqual(list(told), self.said(guest.call.heard, "pl", *told))
        self.assertEqual(2, self.said(chair.call.heard, "pl", "roll_call_number").count("roll_call_number"))
        self.assertEqual([], self.said(guest.call.heard, "pl", "roll_call_number"))
        outcomes = [(row["capacity"], row["command"], row["detail"], row["outcome"]) for row in
                    self.rows("SELECT capacity, command, detail, outcome FROM audit WHERE channel = 'phone' ORDER BY at")]
        self.assertEqual([("participant", "toggle", "mute_all", "NOT_MODERATOR"), ("participant", "roll_call", "", "NOT_MODERATOR")], outcomes[:2])
        self.assertEqual({("moderator", "OK")}, {(capacity, outcome) for capacity, _, _, outcome in outcomes[2:]})
        self.assertEqual(["mute_all", "mute_all", "lock", "lock", "recording", "recording"],
                         [detail for _, command, detail, _ in outcomes[2:] if command == "toggle"])
        self.assertEqual(["roll_call", "end_conference"], [command for _, command, _, _ in outcomes[-2:]])
        [(duration_us, recordings)] = [tuple(row) for row in self.rows("SELECT min(ended_at - started_at), count(*) FROM conference_recordings")]
        self.assertEqual(1, recordings)
        self.assertGreater(duration_us, 5e6)
        self.assertGreater(audio.level_dbov(chair.heard(at["recorded"] - 0.3, at["recorded"] + 0.3)), -30)  # They speak while it runs.
