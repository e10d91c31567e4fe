"""Compiles what later parts need while calls, which mostly wait, leave the cores idle.

A program of its own, in the kernel's idle class with all that it starts: it gets only what nobody else wants. It has its
own Bazel server and output folder, so that it shares nothing with the part beside it but the cache of results, from which
the later parts then take what is finished. It is stopped at any time by SIGTERM, and takes its server and folder along.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile

from tests.suite.bazel_part import BAZEL, TREE, query

_IDLE_CLASS_OF_DISKS = "3"


@contextlib.contextmanager
def compiled_ahead(builds):
    """While the block runs, builds each (configuration, query) of `builds` in turn, as far as it gets; gives its pid."""
    arguments = [argument for build in builds for argument in build]
    program = subprocess.Popen(["ionice", "-c", _IDLE_CLASS_OF_DISKS, sys.executable, "-m", "tests.suite.ahead", *arguments],
                               cwd=TREE, stdout=subprocess.DEVNULL)
    try:
        yield program.pid
    finally:
        program.terminate()
        program.wait()


def _stop(*_):
    raise SystemExit


def _bazel(*arguments):
    """Ends the client gently when we are stopped, so that its server stops too."""
    process = subprocess.Popen([BAZEL, *arguments], cwd=TREE, stderr=subprocess.DEVNULL,
                               env={**os.environ, "NARADA_BAZEL_SERVER": "ahead"})
    try:
        process.wait()
    except (SystemExit, KeyboardInterrupt):
        process.send_signal(signal.SIGINT)
        process.wait()
        raise


def main(arguments):
    signal.signal(signal.SIGTERM, _stop)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    try:
        for config, expression in zip(arguments[::2], arguments[1::2]):
            with tempfile.NamedTemporaryFile("w") as targets:
                targets.write("\n".join(query(expression)))
                targets.flush()
                _bazel("build", f"--config={config}", "--keep_going", f"--target_pattern_file={targets.name}")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _bazel("clean", "--expunge")


if __name__ == "__main__":
    main(sys.argv[1:])
