"""./test [PATTERN]: runs every check whose `part/name` contains PATTERN; see results.py for how it ends."""

import contextlib
import subprocess
import sys
import time

from tests.suite.ahead import compiled_ahead
from tests.suite.bazel_part import TREE, BazelBinaries, BazelBuild, BazelTests
from tests.suite.python_part import PythonTests
from tests.suite.results import FAILED, PASSED, SKIPPED, Result, count, exit_code, summary
from tests.tidy.checks import CHECKS

_FUZZ_SECONDS = 10
_TESTS = "tests(//...)"


class TidyChecks:
    """Linters and house rules (tests/tidy)."""

    name = "tidy"

    def checks(self):
        return sorted(CHECKS)

    def run(self, names):
        for name in names:
            problems = CHECKS[name]()
            yield Result(name, FAILED if problems else PASSED, "\n".join(problems))


class Command:
    """A program of the tree that checks itself: exit code 0 passes."""

    def __init__(self, name, program, *arguments, timeout_s):
        self.name = name
        self._command = [TREE / program, *arguments]
        self._timeout_s = timeout_s

    def checks(self):
        return [" ".join([str(self._command[0].relative_to(TREE)), *self._command[1:]])]

    def run(self, names):
        try:
            run = subprocess.run(self._command, cwd=TREE, text=True, errors="replace", stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=self._timeout_s, check=False)
            detail = "" if run.returncode == 0 else f"exit code {run.returncode}:\n{run.stdout[-4000:]}"
        except subprocess.TimeoutExpired:
            detail = f"did not end within {self._timeout_s} s"
        return [Result(name, FAILED if detail else PASSED, detail) for name in names]


def tagged(tag):
    return f'attr(tags, "\\b{tag}\\b", {_TESTS})'


def seeds(label):
    """The folder of a fuzz target's seeds (tests/fuzz/fuzz.bzl)."""
    package, name = label.removeprefix("//").split(":")
    return str(TREE / package / "seeds" / name)


def prepare_calls():
    from tests.end_to_end import harness

    harness.prepare()


PARTS = (
    TidyChecks(),
    PythonTests("tidy_tests", "tests/tidy"),
    PythonTests("suite", "tests/suite"),
    PythonTests("instruments", "tests/instruments"),
    PythonTests("launcher", "launcher"),
    PythonTests("page", "tests/page"),
    PythonTests("aarch64", "tests/aarch64"),
    BazelBuild(),
    BazelTests("unit", "opt", f'{_TESTS} except attr(tags, "\\b(fuzz|manual)\\b", {_TESTS})', live=tagged("live")),
    PythonTests("end_to_end", "tests/end_to_end", prepare=prepare_calls, workers=6),
    # The seeds of the fuzzers and their mutations among them: one Bazel run, so that no core waits for the last test.
    BazelTests("asan", "asan", f'{tagged("asan")} union {tagged("fuzz")}'),
    BazelTests("tsan", "tsan", tagged("tsan")),
    BazelBinaries("fuzz", "fuzz", tagged("fuzz"),
                  lambda label: [f"-max_total_time={_FUZZ_SECONDS}", "-seed=1", "-print_final_stats=0", ".", seeds(label)],
                  timeout_s=120, workers=4),
    BazelBinaries("bench", "opt", 'filter("_benchmark$", kind("cc_binary", //bench/...))',
                  lambda label: ["--benchmark_min_time=0.01"], timeout_s=120),
    Command("bench_run", "bench/run", "--quick", timeout_s=600),
)


def beside(part):
    """What goes on while a part runs in a run of all parts: later ones' sanitizers are compiled beside calls."""
    if part.name != "end_to_end":
        return contextlib.nullcontext()
    return compiled_ahead([other.build for other in PARTS if getattr(other, "build", ("opt",))[0] != "opt"])


def main(arguments):
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print("usage: ./test [PATTERN]   runs the checks whose `part/name` contains PATTERN;"
              f" parts: {', '.join(part.name for part in PARTS)}", file=sys.stderr)
        return 2
    pattern = arguments[0] if arguments else ""
    if subprocess.run([TREE / "third_party" / "install"], check=False).returncode != 0:
        print("0 passed, 1 failed")
        return 1

    all_results, times = [], []
    # A pattern that begins with a part's name needs no other part to tell its checks.
    named = [part for part in PARTS if pattern == part.name or pattern.startswith(part.name + "/")]
    for part in named or PARTS:
        began = time.monotonic()
        try:
            selected = [name for name in part.checks() if pattern in f"{part.name}/{name}"]
            if selected:
                print(f"--- {part.name}: {len(selected)} to run", flush=True)
            with beside(part) if selected and not pattern else contextlib.nullcontext():
                results = list(part.run(selected)) if selected else []
        except Exception as error:
            results = [Result(part.name, FAILED, f"the part itself broke: {error!r}")]
        if not results:
            continue
        seconds = time.monotonic() - began
        passed, failed, skipped = count(results)
        times.append(f"{part.name:12} {seconds:7.1f} s   {passed} passed, {failed} failed, {skipped} skipped")
        print(f"--- {times[-1]}", flush=True)
        for result in results:
            if result.outcome != PASSED:
                print(f"{result.outcome}: {part.name}/{result.name} {result.detail}", flush=True)
        all_results += [(part.name, result) for result in results]

    print("\n=== time of each part")
    print("\n".join(times))
    for outcome in (SKIPPED, FAILED):
        for part_name, result in all_results:
            if result.outcome == outcome:
                print(f"{outcome}: {part_name}/{result.name}")
    results = [result for _, result in all_results]
    print(summary(results))
    return exit_code(results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
