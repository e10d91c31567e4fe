"""./bench/run [--quick | --full] [--folder FOLDER]: see bench/README.md."""

import argparse
import json
import pathlib
import sys
import time

from bench import compare
from bench.runner import checks, control, kernels, machine, measure, pairs, plan, plot, shares, table
from bench.runner.programs import TREE, Programs, Progress, install


def run_quick(say):
    """Short measurements of everything that has to work; what is wrong is printed. Figures mean little."""
    programs = Programs(with_benchmarks=False)
    cores = machine.cores()
    problems = checks.quick(plan.Plan(programs, cores, None, 1.5, say))
    problems += checks.quick_control(programs.folder, cores, say)
    for problem in problems:
        print(f"wrong: {problem}")
    return 1 if problems else 0


def run_whole(is_full, folder, say):
    folder.mkdir(parents=True, exist_ok=True)
    run = {"machine": machine.describe(TREE), "command": " ".join(sys.argv), "is_full": is_full}
    say("building")
    programs = Programs(with_benchmarks=True)
    run["machine"]["foreign_share"] = machine.foreign_share()
    cores = machine.cores()
    say(f"measuring on core {cores[0]}, load on core {cores[1]}; other programs use "
        f"{run['machine']['foreign_share']:.0%} of the machine")
    steps = plan.Plan(programs, cores, folder, 8 if is_full else 4, say)

    failed = []

    def part(name, title, work):
        say(title)
        try:
            run[name] = work()
        except (RuntimeError, OSError, measure.MeasurementFailed) as error:  # The other parts still tell something.
            say(f"  this part failed: {error}")
            failed.append(f"{title}: {error}")
            return
        (folder / "result.json").write_text(json.dumps(run, indent=1))

    part("one_room", "one room, 3 speakers, G.711",
         lambda: plan.one_room(steps, (50, 500, 1000, 2000) if is_full else (500, 2000), 4))
    if is_full:
        part("kernel_options", "the floor with what else the kernel offers", lambda: plan.kernel_options(steps, 1000, 3))
    part("rooms", "rooms and delay", lambda: plan.rooms(steps))
    part("pairs", "two at the same time", lambda: pairs.run(steps, 5 if is_full else 3))
    part("codecs", "codecs, SRTP, keys", lambda: plan.codecs(steps))
    if "one_room" in run:
        part("capacity", "the largest room on one core",
             lambda: plan.capacities(steps, run["one_room"], 6 if is_full else 4))
    part("shares", "where the time goes, by perf", lambda: shares.measure(steps, 1000))
    part("joins", "joins and leaves", lambda: plan.joins(steps))
    part("peers", f"other mixers: {', '.join(peer.NAME for peer in compare.PEERS)}", lambda: plan.compare_peers(steps))
    part("control", "control", lambda: control.run(programs.folder, cores, say))
    part("benchmarks", "kernels and room ticks",
         lambda: kernels.run(programs.benchmarks, cores[0], 0.5 if is_full else 0.05, say))
    run["kernels"] = {"targets": kernels.targets(run.get("benchmarks", {}))}
    run["failed"] = failed
    rows = table.targets(run)
    run["targets"] = [row.as_json() for row in rows]
    (folder / "result.json").write_text(json.dumps(run, indent=1))
    text = [f"{key}: {value}" for key, value in run["machine"].items()]
    text += ["", *table.measurements(run), "", *table.pairs(run), "", *table.shares(run), "", *kernels.lines(run.get("benchmarks", {})), "", *map(str, rows)]
    (folder / "table.txt").write_text("\n".join(text) + "\n")
    plot.write(run, folder / "plot.svg")
    print("\n".join(text))
    for failure in failed:
        print(f"FAILED: {failure}")
    say(f"done; {folder / 'result.json'}, table.txt and plot.svg hold it")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures the mixer against the kernel's floor and others.")
    parser.add_argument("--quick", action="store_true", help="a minute: does everything work; says what is wrong")
    parser.add_argument("--full", action="store_true", help="longer windows and more of them")
    parser.add_argument("--folder", type=pathlib.Path, default=TREE / "bench" / "results" / time.strftime("%Y-%m-%d-%H%M%S"))
    options = parser.parse_args()
    say = Progress()
    if options.quick:
        install("build", "run")
        return run_quick(say)
    install("build", "run", "bench")
    return run_whole(options.full, options.folder, say)


if __name__ == "__main__":
    sys.exit(main())
