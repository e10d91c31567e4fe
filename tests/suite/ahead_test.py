"""What is compiled beside calls takes nothing from them and leaves nothing behind."""

import os
import pathlib
import subprocess
import time
import unittest

from tests.suite.ahead import compiled_ahead
from tests.suite.bazel_part import BAZEL, TREE


def output_base_of_the_second_server():
    answer = subprocess.run([BAZEL, "info", "output_base"], cwd=TREE, text=True, check=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
    first = pathlib.Path(answer.stdout.strip())
    return first.with_name(f"ahead-{first.name}")


class AheadTest(unittest.TestCase):
    def test_it_runs_in_the_idle_class_and_takes_its_server_along(self):
        output_base = output_base_of_the_second_server()
        told = output_base / "server" / "server.pid.txt"
        with compiled_ahead([("opt", "//base:status")]) as program:
            deadline = time.monotonic() + 60
            while not told.exists() and time.monotonic() < deadline:
                time.sleep(0.1)
            server = int(told.read_text())
            for process in program, server:
                self.assertEqual(os.SCHED_IDLE, os.sched_getscheduler(process))
        self.assertFalse(output_base.exists())
        with self.assertRaises(ProcessLookupError):
            os.kill(server, 0)


if __name__ == "__main__":
    unittest.main()
