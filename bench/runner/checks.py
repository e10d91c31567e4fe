"""What must hold whenever the benchmarks run, on however busy a machine: else they measure something broken."""

import subprocess

from bench.runner import control, measure, pairs

_LOSS_MAX = 0.02     # The machine that runs ./test may be busy with other things.
_DEFICIT_MAX = 0.03
_CLICKS_MIN = 0.7


def problems_of(what, result, is_echo=False):
    heard = result["heard"]
    problems = []
    if heard["packets"] == 0:
        return [f"{what}: nothing came back"]
    if heard["loss"] > _LOSS_MAX:
        problems.append(f"{what}: loss {heard['loss']:.2%}")
    if heard["deficit"] > _DEFICIT_MAX:
        problems.append(f"{what}: deficit {heard['deficit']:.2%}")
    if heard["legs_unheard"] > 0:
        problems.append(f"{what}: {heard['legs_unheard']} legs got nothing")
    if heard["legs_listened"] < result["legs"]:
        problems.append(f"{what}: only {heard['legs_listened']} of {result['legs']} legs were listened to")
    if heard["legs_wrong"] > 0:
        problems.append(f"{what}: {heard['legs_wrong']} legs hear wrong: {heard['first_wrong']}")
    if result["cpu_us_per_leg_second"] <= 0 or result["thread_us_per_leg_second"] <= 0:
        problems.append(f"{what}: no CPU was measured")
    if result["strange_datagrams"] > 0:
        problems.append(f"{what}: {result['strange_datagrams']} datagrams of nobody")
    if not is_echo:
        if result["codec"] != "opus" and heard["sinad_p50_db"] < 30:
            problems.append(f"{what}: SINAD {heard['sinad_p50_db']} dB")
        if heard["clicks_heard"] < _CLICKS_MIN * heard["clicks_expected"]:
            problems.append(f"{what}: {heard['clicks_heard']} of {heard['clicks_expected']} bursts heard")
        if result["encodes_per_tick"] <= 0 or result["busy_ms_per_tick"] <= 0:
            problems.append(f"{what}: the mixer says nothing of its ticks")
    return problems


def quick(plan):
    """Problems of one short measurement of each kind."""
    problems = []
    for arrangement, options in (("shared", ""), ("ring", ""), ("ring", "connected,fixed_files,busy_poll,zero_copy")):
        problems += _attempt(f"floor, {arrangement} {options}", True,
                             lambda arrangement=arrangement, options=options: plan.floor(arrangement, 40, options))
    cases = {
        "mixer, 60 legs": {"legs": 60, "click_seconds": 2},
        "mixer, 40 legs, a shared socket": {"legs": 40, "shared_sockets": True, "click_seconds": 1.5},
        "mixer, 3 rooms, A-law, SRTP": {"legs": 30, "rooms": 3, "srtp": True, "click_seconds": 1.5},
        "mixer, Opus, levels": {"legs": 20, "codec": "opus", "levels": True, "click_seconds": 1.5},
    }
    for what, options in cases.items():
        problems += _attempt(what, False, lambda what=what, options=options: plan.mixer(what, **options))
    problems += _attempt_pair(plan)
    result = plan.mixer("mixer, joins", legs=20, joins_per_second=100, seconds=2)
    if result["join_failures"] > 0 or result["joins_per_second"] < 20:
        problems.append(f"joins: {result['joins_per_second']} per second, {result['join_failures']} failed")
    return problems


def quick_control(bazel_bin, cores, say):
    """The same for control."""
    return _control_problems(bazel_bin, cores, say) and _control_problems(bazel_bin, cores, say)


def _control_problems(bazel_bin, cores, say):
    try:
        with control.running(bazel_bin, cores[0]) as running:
            result = control.dialogues(bazel_bin, running, cores[-1], calls=1000, seconds=3)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return [f"control: {error}"]
    keys = result["keys"]
    say(f"  {result['calls']} dialogues: {keys['count']} keys, p99 {keys.get('p99_ms', 0):.0f} ms")
    problems = []
    if result["lost"] > 0:
        problems.append(f"control: {result['lost']} of {result['calls']} callers got no answer within a second")
    if keys["count"] < 300 or result["reservations"]["count"] == 0:
        problems.append(f"control: only {keys['count']} keys were answered")
    return problems


def _attempt_pair(plan):
    """A mixer beside itself costs the same."""
    problems = []
    for _ in range(2):
        try:
            pair = pairs.compare(plan, pairs.mixer(plan, 40), pairs.mixer(plan, 40, "itself"), rounds=1)
        except (measure.MeasurementFailed, RuntimeError) as error:
            problems = [f"two mixers at the same time: {error}"]
            continue
        problems = []
        if not 2 / 3 < pair["ratio"] < 3 / 2:
            problems.append(f"a mixer beside itself: one costs {pair['ratio']:.2f} times the other")
        if pair["legs_wrong"] > 0:
            problems.append(f"two mixers at the same time: {pair['legs_wrong']} legs hear wrong")
        if not problems:
            break
    return problems


def _attempt(what, is_echo, work):
    """Sound in real time can lose to its neighbours: what fails is tried once more."""
    problems = []
    for _ in range(2):
        try:
            problems = problems_of(what, work(), is_echo)
        except (measure.MeasurementFailed, RuntimeError) as error:
            problems = [f"{what}: {error}"]
        if not problems:
            break
    return problems
