"""A conference is recorded by the mixer's API: the mix, and each caller alone, aligned with it."""

import numpy

from tests.end_to_end.harness import NaradaTest
from tests.instruments import audio, grpc_client

_TONES_HZ = (440, 1020)
_LEVEL_DBOV = -20


class ConferenceRecordingTest(NaradaTest):
    def test_recording_of_a_call_holds_everybody_and_each_alone(self):
        room, pin = self.new_reservation()
        phones = [self.enter(room, pin, f"tone {hertz}@{_LEVEL_DBOV}; listen 4; mark all-in; listen 12; hangup",
                             number=f"+4860100009{index}", name=f"{hertz}hz") for index, hertz in enumerate(_TONES_HZ)]
        for phone in phones:
            phone.wait_step("mark all-in")
        recording, recordings = grpc_client.messages("mixer", "recording"), self.stub("recording", "RecordingService")
        started = recordings.StartRecording(recording.StartRecordingRequest(
            room_id=self.conference_room(), recording_id="the-call", format=recording.RECORDING_FORMAT_WAV,
            tracks=recording.RECORDING_TRACKS_MIX_AND_LEGS), timeout=5).recording
        self.assertEqual(recording.RECORDING_STATE_RUNNING, started.state)
        self.pause(5)
        stopped = recordings.StopRecording(recording.StopRecordingRequest(recording_id="the-call"), timeout=5).recording
        for phone in phones:
            phone.end()
        self.assertEqual(0, stopped.frames_lost)
        self.assertAlmostEqual(5, stopped.duration.ToMilliseconds() / 1000, delta=0.5)
        self.assertEqual(3, len(stopped.tracks), stopped.tracks)
        heard = {}  # By track: which of the tones it holds.
        for track in stopped.tracks:
            path = self.folder / f"{track.track_id}.wav"
            path.write_bytes(b"".join(part.content for part in recordings.ReadRecording(
                recording.ReadRecordingRequest(recording_id="the-call", track_id=track.track_id), timeout=10)))
            samples, rate_hz = audio.read_any_rate(path)
            self.assertAlmostEqual(5, len(samples) / rate_hz, delta=0.5, msg=track.track_id)
            heard[track.track_id] = frozenset(hertz for hertz in _TONES_HZ if self.is_heard(samples, rate_hz, hertz))
        self.assertEqual({frozenset(_TONES_HZ), frozenset(_TONES_HZ[:1]), frozenset(_TONES_HZ[1:])}, set(heard.values()), heard)

    def is_heard(self, samples, rate_hz, hertz):
        """Whether a tone is there at its level; one that is neither there nor far below fails the test."""
        levels = [audio.tone_level_dbov(samples[start:start + rate_hz], hertz, rate_hz)
                  for start in range(rate_hz // 2, len(samples) - rate_hz, rate_hz // 2)]
        level = float(numpy.median(levels))
        if level < _LEVEL_DBOV - 50:
            return False
        self.assertAlmostEqual(_LEVEL_DBOV, level, delta=1)
        return True

    def conference_room(self):
        """The mixer's id of the room in which both are."""
        leg = grpc_client.messages("mixer", "leg")
        legs = self.stub("leg", "LegService").ListLegs(leg.ListLegsRequest(), timeout=5).legs
        rooms = {entry.room_id for entry in legs}
        self.assertEqual((2, 1), (len(legs), len(rooms)), legs)
        return rooms.pop()

    def stub(self, name, service):
        channel = grpc_client.plain_channel(self.options.grpc_address(self.options.mixer_port))
        self.addCleanup(channel.close)
        return getattr(grpc_client.services("mixer", name), f"{service}Stub")(channel)
