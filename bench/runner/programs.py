"""The programs of a run, and what it says meanwhile."""

import pathlib
import subprocess
import time

from bench.runner import control

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
_BAZEL = TREE / "third_party" / "bazel"


def install(*groups):
    """What a fresh machine lacks."""
    if subprocess.run([TREE / "third_party" / "install", *groups], check=False).returncode != 0:
        raise SystemExit("installing failed")


class Programs:
    """What is measured and what measures, built."""

    def __init__(self, with_benchmarks):
        labels = ["//mixer", "//bench/load", "//bench/floor", *control.LABELS]
        benchmarks = []
        if with_benchmarks:
            query = subprocess.run([_BAZEL, "query", "--noshow_progress", 'filter("_benchmark$", kind("cc_binary", //bench/...))'],
                                   cwd=TREE, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            benchmarks = sorted(query.stdout.split())
        command = [_BAZEL, "build", "--config=opt", "--ui_event_filters=-info,-stdout", "--noshow_loading_progress",
                   "--show_result=0", *labels, *benchmarks]
        if subprocess.run(command, cwd=TREE, check=False).returncode != 0:
            raise SystemExit("the build failed")
        info = subprocess.run([_BAZEL, "info", "--config=opt", "bazel-bin"], cwd=TREE, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.folder = pathlib.Path(info.stdout.strip())
        self.mixer = self.folder / "mixer" / "mixer"
        self.load = self.folder / "bench" / "load" / "load"
        self.floor = self.folder / "bench" / "floor" / "floor"
        self.benchmarks = {label: self.folder / label.removeprefix("//").replace(":", "/") for label in benchmarks}


class Progress:
    """Prints what is done, with the time since the start."""

    def __init__(self):
        self._begin = time.monotonic()

    def __call__(self, text):
        print(f"[{time.monotonic() - self._begin:5.0f} s] {text}", flush=True)
