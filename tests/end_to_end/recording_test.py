"""Recordings by the real mixer: whole after a kill, and harmless where the disk is full."""

import resource
import time

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio, grpc_client, sound_file

_TALK = "wait-answer; tone 440@-20; listen 2; mark talking; listen 60; hangup"


class RecordingTest(NaradaTest):
    def setUp(self):
        channel = grpc_client.plain_channel(self.options.grpc_address(self.options.mixer_port))
        self.addCleanup(channel.close)
        self.proto = grpc_client.messages("mixer", "recording")
        self.recorder = grpc_client.services("mixer", "recording").RecordingServiceStub(channel)
        self.legs = grpc_client.services("mixer", "leg").LegServiceStub(channel)
        self.folder_of_recordings = self.data / "recordings"

    def room_of_a_talker(self, number):
        """The room where a phone talks to the menu: no other one comes there."""
        before = {leg.leg_id for leg in self.list_legs()}
        phone = self.phone(_TALK, number=number)
        phone.wait_step("mark talking")
        (leg,) = [leg for leg in self.list_legs() if leg.leg_id not in before]
        return leg.room_id, leg.leg_id, phone

    def list_legs(self):
        return self.legs.ListLegs(grpc_client.messages("mixer", "leg").ListLegsRequest()).legs

    def start(self, room_id, recording_id, recording_format):
        request = self.proto.StartRecordingRequest(room_id=room_id, recording_id=recording_id, format=recording_format,
                                                   tracks=self.proto.RECORDING_TRACKS_MIX_AND_LEGS)
        self.recorder.StartRecording(request)
        return time.monotonic()

    def get(self, recording_id):
        return self.recorder.GetRecording(self.proto.GetRecordingRequest(recording_id=recording_id)).recording

    def test_a_killed_mixer_leaves_recordings_that_lack_a_second_at_the_most(self):
        room, leg, _ = self.room_of_a_talker("+48601000091")
        other_room, other_leg, _ = self.room_of_a_talker("+48601000092")
        began = {"kill-wav": self.start(room, "kill-wav", self.proto.RECORDING_FORMAT_WAV),
                 "kill-opus": self.start(other_room, "kill-opus", self.proto.RECORDING_FORMAT_OGG_OPUS)}
        self.pause(5.3)
        self.kill(self.stack.mixer)
        killed = time.monotonic()
        files = {"kill-wav": ("mix.wav", f"{leg}.wav"), "kill-opus": ("mix.opus", f"{other_leg}.opus")}
        try:
            for recording_id, names in files.items():
                for name in names:
                    # As it lies there: nothing has repaired it.
                    samples, rate_hz = sound_file.read(self.folder_of_recordings / recording_id / name)
                    self.assertGreater(len(samples) / rate_hz, killed - began[recording_id] - 1, name)
                    level = audio.tone_level_dbov(audio.resampled(samples[rate_hz:], rate_hz), 440)
                    self.assertAlmostEqual(-20, level, delta=1, msg=name)
        finally:
            self.restart(self.stack.mixer)
        for recording_id in files:
            # The room went on in the next life of the mixer, and so did its recording.
            self.assertEqual(self.proto.RECORDING_STATE_RUNNING, self.get(recording_id).state)
            stopped = self.recorder.StopRecording(self.proto.StopRecordingRequest(recording_id=recording_id)).recording
            self.assertEqual(self.proto.RECORDING_STATE_FINISHED, stopped.state)
            self.assertEqual(2, len(self.get(recording_id).tracks))

    def test_a_full_disk_ends_the_recording_and_nobody_hears_it(self):
        room, leg, phone = self.room_of_a_talker("+48601000093")
        self.start(room, "full", self.proto.RECORDING_FORMAT_WAV)
        pid = self.stack.mixer.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        # 16 kHz and 16 bits: full after five seconds.
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (160_000, before[1]))
        try:
            self.wait_until(lambda: self.get("full").state == self.proto.RECORDING_STATE_FAILED, 40,
                            "the recording went on")
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        recording = self.get("full")
        self.assertGreater(recording.frames_lost, 0)
        for name in ("mix.wav", f"{leg}.wav"):
            samples, rate_hz = sound_file.read(self.folder_of_recordings / "full" / name)
            self.assertGreater(len(samples) / rate_hz, 3.5)
            self.assertAlmostEqual(-20, audio.tone_level_dbov(audio.resampled(samples[rate_hz:], rate_hz), 440), delta=1)
        # The menu went on meanwhile: it is heard every few seconds.
        heard = phone.end_anyhow().heard
        self.assertIn("main_menu", self.said(heard, "pl", "main_menu"))
