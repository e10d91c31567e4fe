"""The targets of a run beside what was measured, and tables of it."""

import statistics


class Row:
    """One target. `value` and `limit` are numbers; `at_least` says which side is good. A value of None was not measured."""

    def __init__(self, name, value, limit, unit="", at_least=False):
        self.name, self.value, self.limit, self.unit, self.at_least = name, value, limit, unit, at_least

    @property
    def is_met(self):
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def as_json(self):
        return {"name": self.name, "value": self.value, "limit": self.limit, "unit": self.unit,
                "at_least": self.at_least, "met": self.is_met}

    def __str__(self):
        value = "not measured" if self.value is None else f"{self.value:.2f} {self.unit}".strip()
        sign = ">=" if self.at_least else "<="
        verdict = {True: "met", False: "MISSED", None: "-"}[self.is_met]
        return f"{self.name:66} {value:>16}   {sign} {self.limit:<8g} {verdict}"


def _cpu(result):
    return result["cpu_us_per_leg_second"] if result else None


def _ratio(a, b):
    return a / b if a and b else None


def _cost_ratio(a, b):
    """Of the CPU of two results. What was measured in turns is compared turn by turn, and the middle one counts."""
    if not a or not b:
        return None
    rounds = a.get("cpu_us_by_round"), b.get("cpu_us_by_round")
    if all(rounds) and len(rounds[0]) == len(rounds[1]):
        return statistics.median(map(_ratio, *rounds))
    return _ratio(_cpu(a), _cpu(b))


# Of pairs.run(): the name, what is divided by what, at most.
_PAIRS = (
    ("500 ring", "500 legs over the floor with a socket per leg", 1.25),
    ("1000 ring", "1,000 legs over the floor with a socket per leg", 1.25),
    ("500 shared floor", "500 legs over the shared floor", 1.4),
    ("500 shared", "500 legs on a shared socket over the shared floor", 1.25),
    ("opus", "silent Opus listeners over G.711's", 1.3),
    ("opus levels", "Opus listeners' noise with its level over G.711", 1.3),
    ("rooms", "100 rooms of 5 over a room of 500", 1.2),
    ("slope", "a leg of 1,500 over one of 500", 1.1),
)


_PAIRED_MAX = 1000  # Of larger rooms no two fit on a core, so that these are held against what was measured in turns.


def _floor_rows(legs, results):
    better = min((results["ring"], results["shared"]), key=_cpu)
    return [
        Row(f"one room, {legs} legs: CPU over the floor with a socket per leg", _cost_ratio(results["mixer"], results["ring"]), 1.25),
        Row(f"one room, {legs} legs: CPU over the better floor", _cost_ratio(results["mixer"], better), 1.4),
        Row(f"one room, {legs} legs on a shared socket: CPU over the floor's", _cost_ratio(results["mixer_shared"], results["shared"]), 1.25),
    ]


def targets(run):
    """Rows of issue's targets, from the JSON of a run."""
    rows = []
    one = {int(legs): results for legs, results in run.get("one_room", {}).items()}
    for legs, results in sorted(one.items()):
        mixer = results["mixer"]
        if legs > _PAIRED_MAX:
            rows += _floor_rows(legs, results)
        busy = mixer["busy_ms_per_tick"]
        rows.append(Row(f"one room, {legs} legs: added delay p50", mixer["heard"]["delay_p50_ms"], 12 + busy / 2, "ms"))
        rows.append(Row(f"one room, {legs} legs: added delay p99", mixer["heard"]["delay_p99_ms"], 22 + busy, "ms"))
    capacity = run.get("capacity", {})
    if capacity:
        # An upper bound where the floor would have held more than was tried, or than the load can send to.
        bound = "" if capacity["floor"]["beyond"] and "generator" not in capacity["floor"]["beyond"] else " (at the most)"
        rows.append(Row(f"largest room: legs on one core over the floor's{bound}",
                        capacity["mixer"]["legs"] / max(1, capacity["floor"]["legs"]), 0.65, at_least=True))
        found = capacity["mixer"]["result"]
        if found:
            rows.append(Row(f"largest room, {found['legs']} legs: added delay p99", found["heard"]["delay_p99_ms"],
                            22 + found["busy_ms_per_tick"], "ms"))
    for name, words, limit in _PAIRS:
        pair = run.get("pairs", {}).get(name)
        if pair:
            rows.append(Row(f"at the same time: {words}", pair["ratio"], limit))
    for name in run.get("peers", {}):
        if name in run.get("pairs", {}):
            rows.append(Row(f"at the same time: {name}'s leg over ours", run["pairs"][name]["ratio"], 8, at_least=True))
    rooms = run.get("rooms", {})
    if rooms:
        for count, one_room in ((200, "1x1000"), (500, "1x2500")):
            rows.append(Row(f"{count} rooms x 5 legs: CPU over one room's of as many",
                            _cost_ratio(rooms.get(f"{count}x5"), rooms.get(one_room)), 1.2))
        for name in [name for name in ("1x50", "40x50") if name in rooms]:
            heard = rooms[name]["heard"]
            rows.append(Row(f"rooms of 50, {name}: added delay p50", heard["delay_p50_ms"], 12, "ms"))
            rows.append(Row(f"rooms of 50, {name}: added delay p99", heard["delay_p99_ms"], 25, "ms"))
    codecs = run.get("codecs", {})
    if codecs:
        plain = codecs["PCMA"]
        opus = codecs["opus 1000"]
        rows.append(Row("3 Opus speakers, 1000 Opus listeners: deficit", 100 * opus["heard"]["deficit"], 0.1, "%"))
        rows.append(Row("the same: legs that hear wrong", opus["heard"]["legs_wrong"], 0))
        rows.append(Row("memory per leg beyond kernel sockets", plain["memory_bytes_per_leg"] / 1024, 16, "KiB"))
    srtp = run.get("pairs", {}).get("srtp")
    if srtp:
        rows.append(Row("SRTP: more per packet each way", srtp["us_more"] / 100, 0.5, "us"))
    found = run.get("shares")
    if found:
        rows.append(Row("bookkeeping: share of the worker's time", 100 * found["shares"].get("bookkeeping", 0), 10, "%"))
    joins = {int(rate): result for rate, result in run.get("joins", {}).items()}
    if joins:
        result = joins[max(joins)]
        rows.append(Row("joins and leaves per second", result["joins_per_second"], 0.98 * max(joins), at_least=True))
        rows.append(Row("ticks missed while they join", result["ticks_missed"], 0))
    control = run.get("control", {})
    for name, limit, unit, at_least in (("reservations_per_second", 500, "/s", True),
                                        ("postgresql_reservations_per_second", 500, "/s", True),
                                        ("key_to_words_p99_ms", 50, "ms", False)):
        if name in control:
            rows.append(Row(f"control: {name.replace('_', ' ')}", control[name], limit, unit, at_least))
    for row in run.get("kernels", {}).get("targets", []):
        rows.append(Row(row["name"], row["value"], row["limit"], row.get("unit", ""), row.get("at_least", True)))
    return rows


def measurements(run):
    """A line for each measurement of the whole mixer and of what it is held against."""
    lines = [f"{'':40} {'legs':>5} {'us/leg/s':>9} {'user':>5} {'p50 ms':>7} {'p99 ms':>7} {'max ms':>7} {'SINAD':>6} "
             f"{'deficit':>8} {'missed':>6} {'KiB/leg':>8} {'load CPU':>8}"]
    for name, result in _all_results(run):
        heard = result["heard"]
        has_delay = heard["clicks_heard"] > 0
        delays = [f"{heard[key]:7.1f}" if has_delay else f"{'-':>7}" for key in ("delay_p50_ms", "delay_p99_ms", "delay_max_ms")]
        lines.append(f"{name[:40]:40} {result['legs']:5} {result['cpu_us_per_leg_second']:9.1f} {result['thread_user_share']:5.0%} "
                     f"{' '.join(delays)} {heard['sinad_p1_db']:6.1f} {heard['deficit']:8.3%} {result['ticks_missed']:6} "
                     f"{result['memory_bytes_per_leg'] / 1024:8.1f} {result['generator_cpu_share']:8.0%}")
    return lines


def pairs(run):
    """A line for each two that ran at the same time."""
    found = run.get("pairs", {}).values()
    return ["two at the same time, CPU of one over that of the other:"] * bool(found) + [
        f"  {pair['other']:42} over {pair['base']:28} {pair['ratio']:6.3f}   "
        f"(of {min(pair['ratios']):.3f} to {max(pair['ratios']):.3f}; {pair['other_us']:.0f} over {pair['base_us']:.0f} us/leg/s)"
        + (f"   {pair['legs_wrong']} LEGS HEAR WRONG" if pair["legs_wrong"] else "")
        for pair in found]


def shares(run):
    """Lines of where the worker's time goes."""
    found = run.get("shares")
    if not found:
        return ["where the time goes: not measured, there is no perf"]
    return [f"where the worker's time goes, {found['legs']} legs, by perf's samples:"] + [
        f"  {kind:20} {share:6.1%}   {share * found['cpu_us_per_leg_second']:6.0f} us per leg and second"
        for kind, share in found["shares"].items()]


def _all_results(run):
    for legs, results in run.get("one_room", {}).items():
        for name, result in results.items():
            yield f"one room of {legs}: {name}", result
    for part in ("kernel_options", "rooms", "codecs", "joins"):
        for name, result in run.get(part, {}).items():
            yield f"{part}: {name}", result
    for name, found in run.get("capacity", {}).items():
        if found["result"]:
            yield f"largest: {name}", found["result"]
    for name, by_codec in run.get("peers", {}).items():
        for codec, results in by_codec.items():
            for legs, result in results.items():
                yield f"{name} {codec} {legs}", result
