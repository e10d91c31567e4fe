"""./bench/versus OLD_MIXER [NEW_MIXER]: is a change worth it? See bench/README.md."""

import argparse
import pathlib
import sys

from bench.runner import machine, pairs, plan
from bench.runner.programs import TREE, Programs, Progress, install


def main():
    parser = argparse.ArgumentParser(prog="bench/versus", description="CPU of one build of the mixer over that of another, at the same time.")
    parser.add_argument("old", type=pathlib.Path, help="a mixer's program, copied from bazel-bin/mixer/mixer before the change")
    parser.add_argument("new", type=pathlib.Path, nargs="?", help="after it; the present tree's if not given")
    parser.add_argument("--legs", type=int, default=500, help="of each, in one room")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4)
    options = parser.parse_args()
    for binary in filter(None, (options.old, options.new)):
        if not binary.is_file():
            parser.error(f"{binary} is no program; build one with third_party/bazel build --config=opt //mixer and copy it")
    install("build")
    steps = plan.Plan(Programs(with_benchmarks=False), machine.cores(), None, options.seconds, Progress())
    sides = [pairs.mixer(steps, options.legs, words, binary)
             for words, binary in ((f"{options.old}", options.old), (f"{options.new or TREE}", options.new))]
    pairs.compare(steps, *sides, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
