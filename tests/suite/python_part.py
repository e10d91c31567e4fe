"""Parts made of unittest cases; each test method is one check."""

import pathlib
import sys
import time
import unittest

from tests.suite.results import FAILED, PASSED, SKIPPED, Result

TREE = pathlib.Path(__file__).resolve().parent.parent.parent


class PythonTests:
    """All *_test.py of a folder. `prepare`, if given, runs once before the first test."""

    def __init__(self, name, folder, prepare=None):
        self.name = name
        self._folder = folder
        self._prepare = prepare
        self._tests = {}

    def checks(self):
        loader = unittest.TestLoader()
        found = loader.discover(str(TREE / self._folder), pattern="*_test.py", top_level_dir=str(TREE))
        self._tests = {test.id(): test for test in _flatten(found)}
        return sorted(self._tests)

    def run(self, names):
        if self._prepare:
            self._prepare()
        # By class, so that setUpClass runs once.
        suite = unittest.TestSuite(self._tests[name] for name in names)
        collector = _Collector()
        suite.run(collector)
        return collector.results


def _flatten(suite):
    for entry in suite:
        if isinstance(entry, unittest.TestSuite):
            yield from _flatten(entry)
        else:
            yield entry


class _Collector(unittest.TestResult):
    """Prints a line for each test as it ends; keeps Results."""

    def __init__(self):
        super().__init__()
        self.results = []
        self._began = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()

    def _add(self, test, outcome, detail=""):
        # A test with several failed subtests is one failed check.
        if outcome == FAILED and any(r.name == test.id() and r.outcome == FAILED for r in self.results):
            print(detail, file=sys.stderr)
            return
        self.results.append(Result(test.id(), outcome, detail))
        seconds = time.monotonic() - self._began if self._began else 0.0
        print(f"  {outcome} {test.id()} ({seconds:.1f} s)", flush=True)

    def addSuccess(self, test):
        self._add(test, PASSED)

    def addFailure(self, test, err):
        self._add(test, FAILED, self._exc_info_to_string(err, test))

    def addError(self, test, err):
        self._add(test, FAILED, self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._add(test, FAILED, f"{subtest}: {self._exc_info_to_string(err, test)}")

    def addSkip(self, test, reason):
        self._add(test, SKIPPED, reason)
