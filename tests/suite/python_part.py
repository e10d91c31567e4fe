"""Parts made of unittest cases; each test method is one check."""

import itertools
import multiprocessing
import pathlib
import sys
import time
import unittest

from tests.suite.results import FAILED, PASSED, SKIPPED, Result

TREE = pathlib.Path(__file__).resolve().parent.parent.parent


class PythonTests:
    """All *_test.py of a folder. `prepare`, if given, runs once before the first test.

    With more than one worker, so many test classes run at a time, each in a process of its own; what fails there is
    tried once more by itself: audio in real time can lose to its neighbours on a busy machine. Failing twice is failing.
    """

    def __init__(self, name, folder, prepare=None, workers=1):
        self.name = name
        self._folder = folder
        self._prepare = prepare
        self._workers = workers
        self._tests = {}

    def checks(self):
        loader = unittest.TestLoader()
        found = loader.discover(str(TREE / self._folder), pattern="*_test.py", top_level_dir=str(TREE))
        self._tests = {test.id(): test for test in _flatten(found)}
        return sorted(self._tests)

    def run(self, names):
        if self._prepare:
            self._prepare()
        classes = [list(group) for _, group in itertools.groupby(names, key=lambda name: name.rpartition(".")[0])]
        if self._workers == 1:
            return [result for group in classes for result in self._run_class(group)]
        classes.sort(key=len, reverse=True)  # The longest first: none of them begins when all others have ended.
        # Forked, so that workers have what was prepared and discovered.
        with multiprocessing.get_context("fork").Pool(self._workers, maxtasksperchild=1) as pool:
            results = [result for results in pool.imap_unordered(self._run_class, classes) for result in results]
            again = [result.name for result in results if result.outcome == FAILED and result.name in self._tests]
            if not again:
                return results
            print(f"once more, one at a time: {' '.join(again)}", flush=True)
            second = {result.name: result for name in again for result in pool.apply(self._run_class, ([name],))}
        return [second.get(result.name, result) for result in results]

    def _run_class(self, names):
        """One class's tests in one suite, so that setUpClass runs once."""
        collector = _Collector()
        type(self._tests[names[0]]).WANTED = {name.rpartition(".")[2] for name in names}
        unittest.TestSuite(self._tests[name] for name in names).run(collector)
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
        reason = "".join(f"\n    {line}" for line in detail.splitlines())
        print(f"  {outcome} {test.id()} ({seconds:.1f} s){reason}", flush=True)

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
