import unittest

import numpy

from tests.instruments import distributions


class DistributionsTest(unittest.TestCase):
    def setUp(self):
        self.random = numpy.random.default_rng(7)

    def test_samples_of_one_distribution_are_alike(self):
        for draw in (self.random.exponential, self.random.normal, lambda size: self.random.integers(0, 3, size).astype(float)):
            self.assertTrue(distributions.are_alike(draw(size=300), draw(size=400)))

    def test_shift_is_seen_in_the_ranks(self):
        first, second = self.random.exponential(size=400), self.random.exponential(size=400) + 0.5
        self.assertGreater(distributions.rank_sum_z(first, second), distributions.RANK_SUM_MAX)
        self.assertGreater(distributions.rank_sum_z(second, first), distributions.RANK_SUM_MAX)

    def test_other_width_with_the_same_middle_is_seen_in_the_shape(self):
        first, second = self.random.normal(size=400), self.random.normal(scale=3, size=400)
        self.assertLess(distributions.rank_sum_z(first, second), distributions.RANK_SUM_MAX)
        self.assertGreater(distributions.shape_difference(first, second), distributions.SHAPE_MAX)

    def test_known_values(self):
        # All of the first below all of the second: U is 0, of a mean of 8 and a deviation of sqrt(12).
        first, second = numpy.arange(4.0), numpy.arange(10.0, 14.0)
        self.assertAlmostEqual(8 / 12 ** 0.5, distributions.rank_sum_z(first, second))
        self.assertAlmostEqual(2 ** 0.5, distributions.shape_difference(first, second))
        self.assertEqual(0, distributions.rank_sum_z(numpy.ones(5), numpy.ones(6)))

    def test_smallest_shift_that_would_be_noticed(self):
        first, second = self.random.normal(size=1000), self.random.normal(size=1000)
        shift = distributions.noticed_shift(first, second, (0.01, 0.1, 0.3, 1.0, 3.0))
        self.assertIn(shift, (0.1, 0.3))
        self.assertIsNone(distributions.noticed_shift(first, second, (0.0001,)))


if __name__ == "__main__":
    unittest.main()
