"""What the benchmark says where one side of a pair fails."""

import contextlib
import pathlib
import stat
import tempfile
import types
import unittest

from bench.runner import measure, pairs

_LOAD = """#!/bin/sh
case "$*" in
  *--legs=2*) echo "no port is free" >&2; exit 3 ;;
esac
echo joined
read go
"""


@contextlib.contextmanager
def _far_end(ports):
    yield types.SimpleNamespace(pid=ports[0], load_flags=[], remotes=None)


class PairTest(unittest.TestCase):
    def test_the_one_that_failed_is_told_not_the_one_that_waited(self):
        with tempfile.TemporaryDirectory() as folder:
            load = pathlib.Path(folder) / "load"
            load.write_text(_LOAD)
            load.chmod(load.stat().st_mode | stat.S_IXUSR)
            steps = types.SimpleNamespace(binaries=types.SimpleNamespace(load=load), load_core=0, seconds=1, say=print)
            sides = [pairs.Side(f"{legs} legs", _far_end, legs=legs) for legs in (1, 2)]
            for base, other in (sides, sides[::-1]):
                with self.assertRaisesRegex(measure.MeasurementFailed, "ended with 3: no port is free"):
                    pairs.compare(steps, base, other, rounds=1)


if __name__ == "__main__":
    unittest.main()
