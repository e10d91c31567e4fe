"""Two far ends on the measured core at the same time, each under a load of its own: what else the host does meets both alike, so
that their ratio holds where figures that were taken one after the other differ by thirty per cent."""

import concurrent.futures
import contextlib
import functools
import statistics
import threading

from bench import compare as peers
from bench.runner import far_ends, measure, plan

_PEERS_LEGS = 200  # Where a leg of Janus is cheap.


class Side:
    """One of the two. `words` name it; `options` are the load's."""

    def __init__(self, words, context, **options):
        self.words, self.context, self.options = words, context, options


def mixer(steps, legs, words="", binary=None, **options):
    flags = ["--shared_sockets=1"] if options.get("shared_sockets") else []
    context = functools.partial(far_ends.mixer, binary or steps.binaries.mixer, steps.core, plan.NO_JITTER, flags=flags)
    return Side(words or f"mixer, {legs} legs", context, legs=legs, **options)


def floor(steps, legs, arrangement, options=""):
    context = functools.partial(far_ends.floor, steps.binaries.floor, steps.core, arrangement, legs, options)
    name = f"{arrangement}, {options}" if options else arrangement
    return Side(f"floor ({name}), {legs} legs", context, legs=legs)


def peer(steps, module, legs):
    context = functools.partial(module.running, steps.core, steps.folder)
    return Side(f"{module.NAME}, {legs} legs", context, legs=legs)


def compare(steps, base, other, rounds):
    """The CPU of `other` for one leg and second over that of `base`: its median, and what each round gave."""
    found = []
    for turn in range(rounds):
        # Who is there first has had its legs for longer: in turns.
        halves = far_ends.HALVES if turn % 2 == 0 else far_ends.HALVES[::-1]
        with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(2) as threads:
            sides = sorted(zip((base, other), halves), key=lambda each: each[1])
            far_end = {side: stack.enter_context(side.context(ports=ports)) for side, ports in sides}
            start = threading.Barrier(2)  # One has joined long before the other: they are counted while both are under load.
            running = {side: threads.submit(measure.measure, steps.binaries.load, steps.load_core, far_end[side], start,
                                            seconds=steps.seconds + 2, click_seconds=0, **side.options)
                       for side, _ in sides}
            results = _results(running)
        found.append({"base": _figures(results[base]), "other": _figures(results[other])})
    ratios = [each["other"]["us"] / each["base"]["us"] for each in found]
    result = {"base": base.words, "other": other.words, "ratio": statistics.median(ratios), "ratios": ratios,
              "us_more": statistics.median(each["other"]["us"] - each["base"]["us"] for each in found),
              "base_us": statistics.median(each["base"]["us"] for each in found),
              "other_us": statistics.median(each["other"]["us"] for each in found),
              "deficit": max(side["deficit"] for each in found for side in each.values()),
              "legs_wrong": max(side["legs_wrong"] for each in found for side in each.values())}
    steps.say(f"  {other.words} over {base.words}, at the same time: {result['ratio']:.3f}   "
              f"({', '.join(f'{ratio:.3f}' for ratio in ratios)}; {result['other_us']:.0f} over {result['base_us']:.0f} us/leg/s)"
              + (f"   {result['legs_wrong']} LEGS HEAR WRONG" if result["legs_wrong"] else ""))
    return result


def _results(running):
    failures = [error for error in (future.exception() for future in running.values()) if error]
    # Where one fails, the other one cannot go on, and knows no more than that.
    for error in sorted(failures, key=lambda error: isinstance(error, measure.OtherFailed)):
        raise error
    return {side: future.result() for side, future in running.items()}


def _figures(result):
    return {"us": result["cpu_us_per_leg_second"], "deficit": result["heard"]["deficit"], "legs_wrong": result["heard"]["legs_wrong"]}


def run(steps, rounds):
    """By name: the pairs of a whole run."""
    def against_floor(legs, arrangement, **options):
        return compare(steps, floor(steps, legs, arrangement), mixer(steps, legs, **options), rounds)

    results = {}
    for legs in (500, 1000):
        results[f"{legs} ring"] = against_floor(legs, "ring")
    # What it costs the kernel alone that a mixer has to hear all before it says anything.
    results["answers last"] = compare(steps, floor(steps, 1000, "ring"), floor(steps, 1000, "ring", "answers_last"), rounds)
    results["500 shared floor"] = against_floor(500, "shared")
    results["500 shared"] = against_floor(500, "shared", shared_sockets=True, words="mixer, 500 legs on a shared socket")
    results["srtp"] = compare(steps, mixer(steps, 500, "PCMA, 500 legs"), mixer(steps, 500, "PCMA, SRTP, 500 legs", srtp=True), rounds)
    # Many, as it is the silent ones that are asked about: three who speak cost four encodes a tick, however many listen.
    plain = functools.partial(mixer, steps, 800, "PCMA, 800 legs")
    results["opus"] = compare(steps, plain(), mixer(steps, 800, "Opus, 800 legs", codec="opus"), rounds)
    results["opus levels"] = compare(steps, plain(), mixer(steps, 800, "Opus, noise and its level, 800 legs", codec="opus", levels=True),
                                     rounds)
    results["slope"] = compare(steps, mixer(steps, 500), mixer(steps, 1500), rounds)
    results["rooms"] = compare(steps, mixer(steps, 500, "one room of 500"), mixer(steps, 500, "100 rooms of 5", rooms=100), rounds)
    for module in peers.PEERS:
        try:
            results[module.NAME] = compare(steps, mixer(steps, 500), peer(steps, module, _PEERS_LEGS), rounds)
        except (measure.MeasurementFailed, RuntimeError, OSError) as error:
            steps.say(f"  beside {module.NAME}: {error}")
    return results
