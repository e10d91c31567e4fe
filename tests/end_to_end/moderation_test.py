"""A conference is steered: by the API, by keys, and by a control that was killed meanwhile; all of it is heard."""

import threading
import time

import grpc

from tests.end_to_end.harness import NaradaTest, free_ports
from tests.end_to_end.voice import Voice
from tests.instruments import audio, grpc_client

_LEVEL_DBOV = -20
_ANNA_HZ, _BOGDAN_HZ, _CALLED_HZ = 440, 1020, 620
_ANNA, _BOGDAN, _CALLED = "+48601000701", "+48601000702", "+48601000777"


class ModerationTest(NaradaTest):
    CONFIG = 'control { conferences { call_out_prefixes: "+48" call_outs_max: 2 } }'

    @classmethod
    def setUpClass(cls):
        cls.called_port = free_ports(1)[0]
        cls.FLAGS = cls.FLAGS | {"sip": [f"--outbound_proxy=sip:127.0.0.1:{cls.called_port}"]}
        super().setUpClass()
        cls.pb = grpc_client.messages("control", "conference")

    def setUp(self):
        channel = grpc_client.plain_channel(self.options.grpc_address(self.options.control_port))
        self.addCleanup(channel.close)
        self.conferences = grpc_client.services("control", "conference").ConferenceServiceStub(channel)
        self.room, self.pin = self.new_reservation()

    def voices(self, *scripts):
        """Anna and Bogdan, both in the room: what each does from then on."""
        phones = [self.enter(self.room, self.pin, f"tone {hertz}@{_LEVEL_DBOV}; mark in; {then}", number=number, name=f"{hertz}hz")
                  for hertz, number, then in zip((_ANNA_HZ, _BOGDAN_HZ), (_ANNA, _BOGDAN), scripts)]
        voices = [Voice(phone, hertz) for phone, hertz in zip(phones, (_ANNA_HZ, _BOGDAN_HZ))]
        self.conference_id = self.conference().conference_id
        return voices

    def conference(self):
        return self.conferences.GetConference(self.pb.GetConferenceRequest(room_number=self.room), timeout=5).conference

    def participant(self, number):
        return next(entry for entry in self.conference().participants if entry.number == number)

    def wait_for(self, number, state, timeout_s=20):
        """Until the participant of this number, who may not be in the list yet, is in this state."""
        self.wait_until(lambda: (number, state) in [(entry.number, entry.state) for entry in self.conference().participants],
                        timeout_s, f"{number} did not come to state {state}")

    def update(self, participant, **changes):
        return self.conferences.UpdateParticipant(self.pb.UpdateParticipantRequest(
            conference_id=self.conference_id, participant_id=participant.participant_id, **changes), timeout=5).participant

    def change(self, **changes):
        self.conferences.UpdateConference(self.pb.UpdateConferenceRequest(conference_id=self.conference_id, **changes), timeout=5)

    def record(self, command):
        return self.conferences.ControlRecording(
            self.pb.ControlRecordingRequest(conference_id=self.conference_id, command=command), timeout=5).conference

    def call_out(self, request_id, **fields):
        return self.conferences.CallOut(self.pb.CallOutRequest(
            request_id=request_id, conference_id=self.conference_id, number=_CALLED, name="Celina", **fields), timeout=5).participant

    def called_phone(self, script, name):
        phone = self.phone(script, number=_CALLED, name=name, uri="", sip_port=self.called_port)
        phone.wait_step(script.partition(";")[0])  # It listens by then.
        return phone

    def late(self, number):
        """Somebody who comes to a locked room."""
        return self.phone(f"wait-answer; listen 1; press 2; listen 1; press {self.room}#; listen 1; press {self.pin}#; wait-hangup 30",
                          number=number, name="late")

    def refused(self, call):
        with self.assertRaises(grpc.RpcError) as refusal:
            call()
        return refusal.exception

    def watch(self):
        """Follows the conference from now on; the list grows by itself."""
        changes = []
        stream = self.conferences.WatchConference(self.pb.WatchConferenceRequest(conference_id=self.conference_id))

        def follow():
            try:
                for change in stream:
                    changes.append((time.monotonic(), change))
            except grpc.RpcError:
                pass  # The test is over.

        threading.Thread(target=follow, daemon=True).start()
        self.addCleanup(stream.cancel)
        return changes

    def recording(self):
        """The id of the only one, and its mix: samples, rate."""
        messages = grpc_client.messages("mixer", "recording")
        with grpc_client.plain_channel(self.options.grpc_address(self.options.mixer_port)) as channel:
            stub = grpc_client.services("mixer", "recording").RecordingServiceStub(channel)
            found = stub.ListRecordings(messages.ListRecordingsRequest(), timeout=5).recordings
            self.assertEqual(1, len(found), found)
            path = self.folder / f"{self.id()}.wav"
            path.write_bytes(b"".join(part.content for part in stub.ReadRecording(messages.ReadRecordingRequest(
                recording_id=found[0].recording_id, track_id="mix"), timeout=10)))
        return found[0].recording_id, *audio.read_any_rate(path)

    def assert_level(self, expected, voice, hertz, moment, delta=1.5):
        self.assertAlmostEqual(expected, voice.level_dbov(hertz, moment), delta=delta, msg=f"{hertz} Hz at {voice.hertz} Hz")

    def assert_silent(self, voice, hertz, moment):
        self.assertLess(voice.level_dbov(hertz, moment), -60, f"{hertz} Hz at {voice.hertz} Hz")


class ByApiTest(ModerationTest):
    def test_conference_is_steered_over_the_api(self):
        anna, bogdan = self.voices("wait-hangup 100", "wait-hangup 100")
        changes = self.watch()
        at = {}

        def step(name, wait_s=2.0):
            self.pause(wait_s)
            at[name] = time.monotonic() - 0.7

        step("both", 3)
        muted_at = time.monotonic()
        self.update(self.participant(_ANNA), is_muted=True)
        step("anna is muted")
        self.update(self.participant(_ANNA), is_muted=False)
        step("anna is open")
        self.update(self.participant(_ANNA), gain_db=-4)
        step("anna is lower")
        self.update(self.participant(_ANNA), gain_db=0, is_deaf=True)
        step("anna is deaf")
        self.update(self.participant(_ANNA), is_deaf=False)
        self.assertEqual(self.pb.RECORDING_STATUS_RUNNING, self.record(self.pb.RECORDING_COMMAND_START).recording)
        step("recorded", 5)
        self.assertEqual(self.pb.RECORDING_STATUS_OFF, self.record(self.pb.RECORDING_COMMAND_STOP).recording)

        # Who answers and does not press 1 is never heard, and is let go when the moderator gives up.
        silent = self.called_phone(f"wait-call 20; ring; wait 1; answer; tone {_CALLED_HZ}@{_LEVEL_DBOV}; wait-hangup 60", "silent")
        called = self.call_out("first")
        self.assertEqual(self.pb.PARTICIPANT_STATE_DIALLING, called.state)
        self.wait_for(_CALLED, self.pb.PARTICIPANT_STATE_CONFIRMING)
        step("not confirmed", 9)
        self.conferences.CancelCallOut(self.pb.CancelCallOutRequest(
            conference_id=self.conference_id, participant_id=called.participant_id), timeout=5)
        invitation = silent.end(30)
        self.assertEqual(["call_out_invitation"], self.said(invitation.heard, "pl", "call_out_invitation"))

        # A number that may not be called is not.
        barred = self.refused(lambda: self.conferences.CallOut(self.pb.CallOutRequest(
            request_id="abroad", conference_id=self.conference_id, number="+88213000000"), timeout=5))
        self.assertEqual(grpc.StatusCode.PERMISSION_DENIED, barred.code())

        celina = self.called_phone(f"wait-call 20; answer; wait 2; press 1; tone {_CALLED_HZ}@{_LEVEL_DBOV}; wait-hangup 60", "celina")
        self.call_out("second", role=self.pb.PARTICIPANT_ROLE_PRESENTER)
        self.wait_for(_CALLED, self.pb.PARTICIPANT_STATE_JOINED)
        step("celina is in", 5)
        self.change(is_lecture=True)
        step("lecture", 9)  # Behind the words about it.
        self.change(is_lecture=False, is_locked=True)
        late = self.late("+48601000709")
        self.assertEqual(["room_locked"], self.said(late.end(60).heard, "pl", "room_locked"))
        self.conferences.EndConference(self.pb.EndConferenceRequest(conference_id=self.conference_id), timeout=5)
        for voice in (anna, bogdan):
            voice.end()
            self.assertIn("conference_ended", self.said(voice.call.heard, "pl", "conference_ended"))
        celina.end(30)

        self.assert_level(_LEVEL_DBOV, bogdan, _ANNA_HZ, at["both"])
        self.assert_silent(bogdan, _ANNA_HZ, at["anna is muted"])
        self.assert_level(_LEVEL_DBOV, bogdan, _ANNA_HZ, at["anna is open"])
        self.assert_level(_LEVEL_DBOV - 4, bogdan, _ANNA_HZ, at["anna is lower"])
        self.assert_silent(anna, _BOGDAN_HZ, at["anna is deaf"])
        self.assert_silent(bogdan, _CALLED_HZ, at["not confirmed"])
        self.assert_level(_LEVEL_DBOV, bogdan, _CALLED_HZ, at["celina is in"])
        self.assert_level(_LEVEL_DBOV, bogdan, _ANNA_HZ, at["celina is in"])
        self.assertIn("recording_started", self.said(bogdan.call.heard, "pl", "recording_started"))
        self.assert_silent(bogdan, _ANNA_HZ, at["lecture"])
        self.assert_level(_LEVEL_DBOV, bogdan, _CALLED_HZ, at["lecture"])
        self.check_recording()
        self.check_changes(changes, muted_at)

    def check_recording(self):
        recording_id, samples, rate_hz = self.recording()
        self.assertGreater(len(samples) / rate_hz, 4)
        middle = samples[len(samples) // 2:len(samples) // 2 + rate_hz]
        for hertz in (_ANNA_HZ, _BOGDAN_HZ):
            self.assertAlmostEqual(_LEVEL_DBOV, audio.tone_level_dbov(middle, hertz, rate_hz), delta=2)
        rows = self.rows("SELECT * FROM conference_recordings WHERE id = ?", recording_id)
        self.assertEqual((1, self.conference_id), (len(rows), rows[0]["conference_id"]))
        self.assertIsNotNone(rows[0]["ended_at"])
        messages = grpc_client.messages("control", "report")
        with grpc_client.plain_channel(self.options.grpc_address(self.options.control_port)) as channel:
            stub = grpc_client.services("control", "report").ReportServiceStub(channel)
            [listed] = stub.ListConferenceRecordings(messages.ListConferenceRecordingsRequest(), timeout=5).recordings
        files = list((self.data / "recordings" / recording_id).glob("*.wav"))
        self.assertEqual({path.stem for path in files}, set(listed.track_ids))
        self.assertEqual(sum(path.stat().st_size for path in files), listed.size_bytes)

    def check_changes(self, changes, muted_at):
        """Watchers see what happens, numbered without holes, within a second."""
        numbers = [change.sequence for _, change in changes[1:]]
        self.assertEqual(list(range(numbers[0], numbers[0] + len(numbers))), numbers)
        seen = next(moment for moment, change in changes if change.participant.is_muted)
        self.assertLess(seen - muted_at, 1)
        states = [change.participant.state for _, change in changes if change.participant.number == _CALLED]
        wanted = [self.pb.PARTICIPANT_STATE_DIALLING, self.pb.PARTICIPANT_STATE_RINGING,
                  self.pb.PARTICIPANT_STATE_CONFIRMING, self.pb.PARTICIPANT_STATE_LEFT]
        self.assertEqual(wanted, [state for state in dict.fromkeys(states) if state in wanted][:4])
        commands = [(row["command"], row["outcome"]) for row in self.rows("SELECT command, outcome FROM audit ORDER BY at")]
        self.assertIn(("call_out", "DESTINATION_BARRED"), commands)
        self.assertIn(("end_conference", "OK"), commands)


class ByKeysTest(ModerationTest):
    def test_moderator_steers_by_keys_and_a_participant_cannot(self):
        anna, bogdan = self.voices(
            "listen 6; mark mute; press *8; listen 5; press *8; listen 4; mark lock; press *7; listen 20; "
            "press *92; listen 6; press 601000777#; listen 16; mark end; press *99; wait-hangup 30",
            "press *7; listen 2; wait-hangup 120")
        self.update(self.participant(_ANNA), role=self.pb.PARTICIPANT_ROLE_MODERATOR)
        celina = self.called_phone(f"wait-call 60; answer; wait 2; press 1; tone {_CALLED_HZ}@{_LEVEL_DBOV}; wait-hangup 60", "celina")
        anna.phone.wait_step("mark lock", 60)
        self.wait_until(lambda: self.conference().is_locked, 5)
        late = self.late("+48601000719")
        self.assertEqual(["room_locked"], self.said(late.end(60).heard, "pl", "room_locked"))
        self.wait_for(_CALLED, self.pb.PARTICIPANT_STATE_JOINED, 60)
        for voice in (anna, bogdan):
            voice.end()
            self.assertIn("conference_ended", self.said(voice.call.heard, "pl", "conference_ended"))
        self.assertEqual([(0, "NOT_MODERATOR")], [
            (row["is_operator"], row["outcome"]) for row in self.rows(
                "SELECT capacity = 'operator' AS is_operator, outcome FROM audit WHERE outcome != 'OK'")])
        self.assertIn("moderators_only", self.said(bogdan.call.heard, "pl", "moderators_only"))
        self.assertEqual(["muted", "unmuted"], self.said(bogdan.call.heard, "pl", "muted", "unmuted"))
        muted = anna.call.at_s("mark mute") + 4.4  # Behind the words about it.
        self.assertLess(audio.tone_level_dbov(anna.call.heard_between(muted, muted + 0.6), _BOGDAN_HZ), -60)
        end = anna.call.at_s("mark end") - 1.5
        self.assertAlmostEqual(_LEVEL_DBOV, audio.tone_level_dbov(anna.call.heard_between(end, end + 1), _CALLED_HZ), delta=2)
        celina.end(30)


class KilledControlTest(ModerationTest):
    def test_state_of_a_running_conference_is_found_again_after_control_was_killed(self):
        anna, bogdan = self.voices("listen 58; hangup", "listen 56; hangup")
        self.change(is_locked=True, groups=[self.pb.ConferenceGroup(group_id="side", heard_group_ids=["side", ""])])
        self.update(self.participant(_ANNA), is_muted=True, gain_db=-3, role=self.pb.PARTICIPANT_ROLE_PRESENTER)
        self.update(self.participant(_BOGDAN), group_id="side")
        self.change(is_lecture=True)
        self.record(self.pb.RECORDING_COMMAND_START)
        self.pause(14)  # Until all that is announced has been said: silence is silence from here.
        before = self.conference()
        self.kill(self.stack.control)
        killed_at = time.monotonic()
        self.restart(self.stack.control)
        self.wait_until(lambda: len(self.found()) == 2, 20, "the participants were not taken up")
        after = self.conference()
        for conference in (before, after):
            conference.ClearField("recorded_duration")
            for participant in conference.participants:
                participant.is_speaking = False
                participant.ClearField("quality")
            conference.participants.sort(key=lambda participant: participant.participant_id)
        self.assertEqual(before, after)
        self.pause(2)
        still_muted = time.monotonic() - 1.2  # The window around it ends well before the change below.
        self.change(is_lecture=False)
        self.update(self.participant(_ANNA), is_muted=False, gain_db=0)
        self.update(self.participant(_BOGDAN), group_id="")
        self.pause(7)
        heard_again = time.monotonic() - 0.7
        self.record(self.pb.RECORDING_COMMAND_STOP)
        for voice in (anna, bogdan):
            voice.end()
        self.assert_silent(bogdan, _ANNA_HZ, killed_at + 0.7)
        self.assert_silent(bogdan, _ANNA_HZ, still_muted)
        self.assert_level(_LEVEL_DBOV, bogdan, _ANNA_HZ, heard_again)
        self.recording()

    def found(self):
        try:
            return self.conference().participants
        except grpc.RpcError:
            return []
