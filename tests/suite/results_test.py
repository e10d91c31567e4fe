"""How ./test ends."""

import pathlib
import tempfile
import unittest

from tests.suite import bazel_part
from tests.suite.results import FAILED, PASSED, SKIPPED, Result, exit_code, summary

_XML = """<testsuites><testsuite name="Room">
<testcase name="Hears" classname="Room" status="run" result="completed"/>
<testcase name="Fails" classname="Room" status="run" result="completed"><failure message="no"/></testcase>
<testcase name="Skips" classname="Room" status="run" result="skipped"><skipped message="no AVX-512"/></testcase>
<testcase name="DISABLED_Waits" classname="Room" status="notrun"/>
</testsuite></testsuites>"""


class ResultsTest(unittest.TestCase):
    def test_last_line_is_what_ci_reads(self):
        self.assertEqual("1 passed, 0 failed", summary([Result("a", PASSED)]))
        self.assertEqual("1 passed, 1 failed, 1 skipped",
                         summary([Result("a", PASSED), Result("b", FAILED), Result("c", SKIPPED)]))

    def test_failure_and_nothing_run_are_no_success(self):
        self.assertEqual(0, exit_code([Result("a", PASSED), Result("b", SKIPPED)]))
        self.assertEqual(1, exit_code([Result("a", PASSED), Result("b", FAILED)]))
        self.assertEqual(1, exit_code([Result("b", SKIPPED)]))
        self.assertEqual(1, exit_code([]))

    def test_cases_of_a_googletest_binary_count_one_by_one(self):
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
            file.write(_XML)
            file.flush()
            cases = list(bazel_part.cases("//mixer/room:room_test", file.name))
        self.assertEqual([("//mixer/room:room_test Room.Hears", PASSED), ("//mixer/room:room_test Room.Fails", FAILED),
                          ("//mixer/room:room_test Room.Skips", SKIPPED)], [(case.name, case.outcome) for case in cases])

    def test_test_that_left_no_result_failed(self):
        part = bazel_part.BazelTests("unit", "opt", "")
        results = list(part.results(["//a:b"], pathlib.Path("/nowhere/events")))
        self.assertEqual([Result("//a:b", FAILED, "NOT BUILT\n")], results)

    def test_failure_is_told_with_its_message(self):
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
            file.write(_XML)
            file.flush()
            details = [case.detail for case in bazel_part.cases("//mixer/room:room_test", file.name)]
        self.assertEqual(["", "no", "no AVX-512"], details)

    def test_crash_is_told_with_the_end_of_its_log(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "test.log")
            log.write_text("123: src/main/tools/linux-sandbox.cc: started\nSegmentation fault\n")
            self.assertEqual("Segmentation fault", bazel_part.end_of_log(str(log.with_name("test.xml"))))


if __name__ == "__main__":
    unittest.main()
