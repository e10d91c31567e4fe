"""Whether two samples can be told apart, whatever their distribution is. Chance alone exceeds each limit once in 10,000."""

import numpy

RANK_SUM_MAX = 3.9
SHAPE_MAX = 2.23


def rank_sum_z(first, second):
    """How far one is shifted against the other, in standard deviations of the rank sum (Mann and Whitney); ties share ranks."""
    both = numpy.concatenate([first, second])
    _, places, counts = numpy.unique(both, return_inverse=True, return_counts=True)
    ranks = (counts.cumsum() - (counts - 1) / 2)[places]
    n, m = len(first), len(second)
    ties = float((counts.astype(float) ** 3 - counts).sum()) / ((n + m) * (n + m - 1))
    deviation = (n * m / 12 * (n + m + 1 - ties)) ** 0.5
    return abs(float(ranks[:n].sum()) - n * (n + m + 1) / 2) / deviation if deviation else 0.0


def shape_difference(first, second):
    """The widest gap between the distributions, scaled by the sizes of the samples (Kolmogorov and Smirnov)."""
    first, second = numpy.sort(first), numpy.sort(second)
    points = numpy.concatenate([first, second])
    gap = numpy.abs(numpy.searchsorted(first, points, side="right") / len(first)
                    - numpy.searchsorted(second, points, side="right") / len(second)).max()
    return float(gap) * (len(first) * len(second) / (len(first) + len(second))) ** 0.5


def are_alike(first, second):
    return rank_sum_z(first, second) < RANK_SUM_MAX and shape_difference(first, second) < SHAPE_MAX


def noticed_shift(first, second, steps):
    """The smallest of these shifts of one sample that are_alike would have noticed; None if it would have noticed none."""
    return next((step for step in sorted(steps) if not are_alike(first, second + step)), None)
