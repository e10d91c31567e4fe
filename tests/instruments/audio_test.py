"""The measuring instruments measure right."""

import unittest

import numpy

from tests.instruments import audio


class AudioTest(unittest.TestCase):
    def test_level_of_a_sine_is_its_rms(self):
        self.assertAlmostEqual(-20, audio.level_dbov(audio.tone(440, -20, 1)), delta=0.01)

    def test_tone_is_measured_beside_a_louder_one(self):
        heard = audio.tone(440, -20, 1) + audio.tone(600, -70, 1)
        self.assertAlmostEqual(-20, audio.tone_level_dbov(heard, 440), delta=0.1)
        self.assertAlmostEqual(-70, audio.tone_level_dbov(heard, 600), delta=0.5)
        self.assertLess(audio.tone_level_dbov(heard, 1000), -90)

    def test_resampling_keeps_a_tone(self):
        time = numpy.arange(22050) / 22050
        heard = audio.resampled(0.1 * numpy.sin(2 * numpy.pi * 1000 * time), 22050)
        self.assertEqual(8000, len(heard))
        self.assertAlmostEqual(-23.01, audio.tone_level_dbov(heard, 1000), delta=0.05)

    def test_tone_that_moved_a_little_is_found_at_its_level(self):
        heard = audio.tone(1382.2, -23, 1)
        self.assertAlmostEqual(-23, audio.tone_level_dbov(heard, 1380), delta=0.1)
        self.assertLess(audio.tone_level_dbov(heard, 1400), -80)

    def test_onset_is_found(self):
        heard = numpy.concatenate((numpy.zeros(8000), audio.tone(440, -20, 1)))
        self.assertAlmostEqual(1.0, audio.onset_s(heard), delta=0.021)
        self.assertIsNone(audio.onset_s(numpy.zeros(8000)))

    def test_words_are_found_in_order_and_others_are_not(self):
        noise = numpy.random.default_rng(1)
        words = {str(digit): 0.1 * noise.standard_normal(3000) for digit in range(5)}
        heard = numpy.concatenate([numpy.zeros(777), words["3"], numpy.zeros(400), words["1"], words["3"],
                                   numpy.zeros(99), 0.1 * noise.standard_normal(5000)])
        self.assertEqual(["3", "1", "3"], [name for _, name in audio.transcript(heard, words)])


if __name__ == "__main__":
    unittest.main()
