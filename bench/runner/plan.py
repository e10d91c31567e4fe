"""The measurements of a run, in order; each fills a part of the result."""

import statistics
import subprocess

from bench import compare
from bench.runner import far_ends, measure

# Of the mixer: packets are played as soon as they can be, as on a network without jitter.
NO_JITTER = "jitter { delay_min { } }"
# Seconds after which delays stand where they stay, which sound and delay are judged by: what a network that has become calm gives
# back is given back 4 s after the last legs have begun.
SETTLED = {"warm_up": 8}


class Plan:
    """Runs measurements with the built programs on two cores. `seconds` is the length of each window."""

    def __init__(self, binaries, cores, folder, seconds, say):
        self.binaries = binaries
        self.core, self.load_core = cores
        self.folder = folder
        self.seconds = seconds
        self.say = say

    def _measure(self, context, what, beside=None, **options):
        """`beside`, if given, makes of the far end's process id a thread that runs meanwhile."""
        options = {"seconds": self.seconds, "click_seconds": 0, **options}
        with context as far_end:
            other = beside(far_end.pid) if beside else None
            if other:
                other.start()
            result = measure.measure(self.binaries.load, self.load_core, far_end, **options)
            if other:
                other.join()
        heard = result["heard"]
        self.say(f"  {what:44} {result['cpu_us_per_leg_second']:7.0f} us/leg/s   deficit {heard['deficit']:6.2%}"
                 + (f"   {heard['legs_wrong']} LEGS HEAR WRONG" if heard["legs_wrong"] and options.get("speakers", 3) else "")
                 + (f"   delay p50 {heard['delay_p50_ms']:.0f} p99 {heard['delay_p99_ms']:.0f} ms"
                    if heard["clicks_heard"] else ""))
        return result

    def mixer(self, what, more=NO_JITTER, **options):
        flags = ["--shared_sockets=1"] if options.get("shared_sockets") else []
        return self._measure(far_ends.mixer(self.binaries.mixer, self.core, more, flags=flags), what, **options)

    def floor(self, arrangement, legs, ring_options="", **options):
        context = far_ends.floor(self.binaries.floor, self.core, arrangement, legs, ring_options)
        name = f"{arrangement}, {ring_options}" if ring_options else arrangement
        return self._measure(context, f"floor ({name}), {legs} legs", legs=legs, **options)

    def peer(self, peer, legs, rooms=1, codec="PCMA", **options):
        context = peer.running(self.core, self.folder, rooms, codec)
        return self._measure(context, f"{peer.NAME}, {legs} legs, {codec}", legs=legs, rooms=rooms, codec=codec,
                             click_interval_ms=250, click_seconds=6, **options)


def one_room(plan, sizes, rounds):
    """The mixer in both arrangements and both floors in turns, so that what else the machine does meets all of them; more of them for
    the largest room, beside which no other fits on the core (pairs.py)."""
    results = {}
    for legs in sizes:
        taken = {"mixer": [], "mixer_shared": [], "shared": [], "ring": []}
        for _ in range(rounds if legs == max(sizes) else 2):
            taken["mixer_shared"].append(plan.mixer(f"mixer, {legs} legs, one room, a shared socket", legs=legs,
                                                    shared_sockets=True))
            taken["shared"].append(plan.floor("shared", legs))
            taken["mixer"].append(plan.mixer(f"mixer, {legs} legs, one room", legs=legs, click_seconds=4, **SETTLED))
            taken["ring"].append(plan.floor("ring", legs))
        results[legs] = {name: _median(values) for name, values in taken.items()}
    return results


def _median(results):
    """The result whose CPU is the median one, with an even number the lower, with the CPU of all, by round; its delays are the middle
    ones of all."""
    rounds = [result["cpu_us_per_leg_second"] for result in results]
    wanted = statistics.median_low(rounds)
    middle = results[rounds.index(wanted)] | {"cpu_us_by_round": rounds}
    middle["heard"] = dict(middle["heard"])
    for delay in ("delay_p50_ms", "delay_p99_ms"):
        middle["heard"][delay] = statistics.median(result["heard"][delay] for result in results)
    return middle


RING_OPTIONS = ("", "connected", "fixed_files", "busy_poll", "zero_copy")


def kernel_options(plan, legs, rounds):
    """What the kernel offers to a ring of sockets, in turns: the floor with each, and with none."""
    taken = {options: [] for options in RING_OPTIONS}
    for _ in range(rounds):
        for options, results in taken.items():
            results.append(plan.floor("ring", legs, options))
    return {options or "none": _median(results) for options, results in taken.items()}


def rooms(plan):
    """By name; what the mixer's admission refuses to hold is missing."""
    wanted = {
        "1x50": dict(legs=50, click_seconds=10),
        "40x50": dict(legs=2000, rooms=40, click_seconds=6),
        "200x5": dict(legs=1000, rooms=200),
        "1x1000": dict(legs=1000),
        "500x5": dict(legs=2500, rooms=500),
        "1x2500": dict(legs=2500),
        "1x50, default delay": dict(more="", legs=50, click_seconds=6),
    }
    results = {}
    for name, options in wanted.items():
        try:
            results[name] = plan.mixer(f"mixer, rooms {name}", **SETTLED, **options)
        except measure.MeasurementFailed as error:
            plan.say(f"  mixer, rooms {name}: not held: {str(error)[-200:]}")
    return results


def codecs(plan):
    """What pairs.py does not hold against G.711."""
    return {
        "PCMA": plan.mixer("mixer, 500 legs, PCMA", legs=500),
        "PCMU": plan.mixer("mixer, 500 legs, PCMU", legs=500, codec="PCMU"),
        "PCMA no speaker": plan.mixer("mixer, 500 legs, PCMA, nobody speaks", legs=500, speakers=0),
        "PCMA in-band digits": plan.mixer("mixer, 500 legs, PCMA, keys looked for in the sound", legs=500,
                                          in_band_digits=True),
        "opus 1000": plan.mixer("mixer, 1003 legs, Opus", legs=1003, codec="opus"),
    }


def joins(plan):
    """Legs that join and leave a running room."""
    return {rate: plan.mixer(f"mixer, 200 legs, {rate} joins/s", legs=200, joins_per_second=rate, seconds=6)
            for rate in (250, 1000)}


def capacities(plan, measured, rounds):
    """The largest room that the mixer holds on its core, and what the better floor does, in this run."""
    largest = measured[max(measured)]
    costs = {name: result["cpu_us_per_leg_second"] for name, result in largest.items()}
    better = min(("shared", "ring"), key=costs.get)

    def with_floor(legs):
        return plan.floor(better, legs)

    def with_mixer(legs):
        return plan.mixer(f"mixer, {legs} legs, one room", legs=legs, click_seconds=2, **SETTLED)

    return {"floor": _capacity(plan, 1e6 / costs[better], with_floor, is_mixer=False, rounds=rounds) | {"arrangement": better},
            "mixer": _capacity(plan, 1e6 / costs["mixer"], with_mixer, is_mixer=True, rounds=rounds)}


_GENERATOR_FULL = 0.93  # Share of its core.
_LEGS_MAX = 9000  # There are ports for some more.


def _capacity(plan, estimate, run, is_mixer, rounds):
    """The largest N that is held, its result, why the next was not; bisects between 0.3 and 1.2 times the estimate."""
    low, high = int(0.3 * estimate), min(_LEGS_MAX, int(1.2 * estimate))
    best, best_result, why = 0, None, ""
    for _ in range(rounds):
        legs = (low + high) // 2 // 20 * 20
        result = run(legs)
        reason = measure.why_not(result, is_mixer)
        if reason:  # Once more: a moment of another program's must not halve the answer.
            result = run(legs)
            reason = measure.why_not(result, is_mixer)
        if reason:
            if result["generator_cpu_share"] > _GENERATOR_FULL:
                reason += f" (the generator's core is full; the measured one has {1 - result['cpu_share']:.0%} left)"
            plan.say(f"    {legs} are too many: {reason}")
            why, high = reason, legs
        else:
            best, best_result, low = legs, result, legs
    return {"legs": best, "result": best_result, "beyond": why}


def compare_peers(plan, sizes=None):
    results = {}
    for peer in compare.PEERS:
        taken = {}
        for legs in sizes or peer.LEGS:
            try:
                taken[legs] = plan.peer(peer, legs)
            except (measure.MeasurementFailed, RuntimeError, OSError, subprocess.SubprocessError) as error:
                plan.say(f"    {peer.NAME} with {legs} legs: {error}")
                break
            if taken[legs]["heard"]["deficit"] > 0.2:
                break
        results[peer.NAME] = {"PCMA": taken}
    return results
