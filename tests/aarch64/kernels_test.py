"""The kernels' tests on the other architecture: cross-compiled, run under qemu-user.

What ./test runs elsewhere is the machine's own; NEON variants would otherwise never run. Only what needs no packaged
library is built, with GoogleTest from its sources, statically, so that no aarch64 system has to be there.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
_COMPILER = "aarch64-linux-gnu-g++"
_EMULATOR = "qemu-aarch64"
_GOOGLETEST = pathlib.Path("/usr/src/googletest/googletest")

# As mixer/dsp/BUILD.bazel compiles them.
_FLAGS = ["-std=c++20", "-O2", "-ffp-contract=off", "-fno-strict-overflow", "-static", "-pthread", f"-I{TREE}",
          f"-I{_GOOGLETEST}/include", f"-I{_GOOGLETEST}"]
_SOURCES = [
    "base/check.cc",
    "base/media_path_scope.cc",
    "base/random.cc",
    "mixer/dsp/kernels.cc",
    "mixer/dsp/kernels_neon.cc",
    "mixer/dsp/kernels_scalar.cc",
    "mixer/dsp/kernels_test.cc",
    "mixer/dsp/limiter.cc",
    "mixer/dsp/limiter_test.cc",
    "mixer/dsp/stream_resampler.cc",
    "mixer/dsp/stream_resampler_test.cc",
    "mixer/dsp/windowed_sinc.cc",
    "mixer/units/gain.cc",
]
_CASE = re.compile(r"^\[ +(OK|FAILED|SKIPPED) +\] (\S+?)(?:,| \()", re.MULTILINE)


def _inputs():
    """Our sources and every header of ours that they include."""
    found, todo = set(), list(_SOURCES)
    while todo:
        path = todo.pop()
        if path in found or not (TREE / path).exists():
            continue
        found.add(path)
        todo += re.findall(r'^#include "([^"]+)"', (TREE / path).read_text(encoding="utf-8"), re.MULTILINE)
    return sorted(found)


def _build():
    """The test binary, compiled only if something has changed."""
    key = hashlib.sha256(" ".join(_FLAGS).encode())
    for path in _inputs():
        key.update(path.encode() + (TREE / path).read_bytes())
    cache = pathlib.Path(os.environ.get("NARADA_CACHE") or pathlib.Path.home() / ".cache" / "narada")
    binary = cache / "aarch64" / key.hexdigest()[:32]
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        made = binary.with_suffix(f".{os.getpid()}")
        subprocess.run([_COMPILER, *_FLAGS, *(TREE / source for source in _SOURCES),
                        _GOOGLETEST / "src" / "gtest-all.cc", _GOOGLETEST / "src" / "gtest_main.cc", "-o", made],
                       check=True, timeout=600)
        made.rename(binary)
    return binary


class KernelsOnAarch64(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for program in (_COMPILER, _EMULATOR):
            if shutil.which(program) is None:
                raise unittest.SkipTest(f"neon: there is no {program}")
        run = subprocess.run([_EMULATOR, _build()], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=300, check=False)
        cls._output = run.stdout
        cls._cases = {name: outcome for outcome, name in _CASE.findall(run.stdout)}
        cls._code = run.returncode

    def _check(self, part, at_least):
        cases = {name: outcome for name, outcome in self._cases.items() if part in name}
        self.assertGreaterEqual(len(cases), at_least, self._output[-4000:])
        self.assertEqual({name for name, outcome in cases.items() if outcome != "OK"}, set(), self._output[-4000:])

    def test_neon_kernels_give_the_bits_of_the_scalar_ones(self):
        self._check("EveryVariant", 14)
        self.assertTrue(any(name.endswith("/neon") for name in self._cases), sorted(self._cases))

    def test_the_resampler_gives_the_bits_of_other_machines(self):
        self._check("StreamResampler", 50)

    def test_nothing_else_differs(self):
        self.assertEqual(self._code, 0, self._output[-4000:])


if __name__ == "__main__":
    unittest.main()
