"""One check's outcome, and the sum that ./test ends with."""

import dataclasses

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclasses.dataclass(frozen=True)
class Result:
    name: str
    outcome: str  # PASSED, FAILED or SKIPPED.
    detail: str = ""  # Why, for the last two.


def count(results):
    """(passed, failed, skipped)"""
    outcomes = [result.outcome for result in results]
    return outcomes.count(PASSED), outcomes.count(FAILED), outcomes.count(SKIPPED)


def summary(results):
    """The line that CI reads: exactly `N passed, N failed`, and `, N skipped` where any was."""
    passed, failed, skipped = count(results)
    line = f"{passed} passed, {failed} failed"
    return f"{line}, {skipped} skipped" if skipped else line


def exit_code(results):
    """A run that failed somewhere, or in which nothing ran, is no success."""
    passed, failed, _ = count(results)
    return 1 if failed or not passed else 0
