"""Google Benchmark's binaries of bench/: run one after the other on one core, their figures as JSON."""

import json
import statistics
import subprocess


def run(binaries, core, min_time_s, say):
    """{binary: [benchmark, ...]} with name, nanoseconds of CPU for one call, and the counters."""
    results = {}
    for label, path in sorted(binaries.items()):
        say(f"  {label}")
        process = subprocess.run(["taskset", "-c", str(core), path, f"--benchmark_min_time={min_time_s}",
                                  "--benchmark_format=json", *_flags(label)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 check=False, timeout=600)
        if process.returncode != 0:
            raise RuntimeError(f"{label} ended with {process.returncode}: {process.stderr[-1000:]}")
        results[label] = _of_repetitions([_benchmark(entry) for entry in json.loads(process.stdout)["benchmarks"]
                                          if entry.get("run_type") != "aggregate"])
    return results


# Held against one another: repeated in turns.
_IN_TURNS = "kernels_benchmark"


def _flags(label):
    in_turns = ["--benchmark_repetitions=9", "--benchmark_enable_random_interleaving=true"]
    return in_turns if label.endswith(_IN_TURNS) else []


def _of_repetitions(entries):
    """Of each the shortest time, as what disturbs only lengthens it; and of the counters, which are ratios within a repetition, the median."""
    by_name = {}
    for entry in entries:
        by_name.setdefault(entry["name"], []).append(entry)
    return [{"name": name, "cpu_ns": min(entry["cpu_ns"] for entry in repeated),
             "counters": {key: statistics.median(entry["counters"][key] for entry in repeated) for key in repeated[0]["counters"]}}
            for name, repeated in by_name.items()]


_KNOWN = {"name", "run_name", "run_type", "repetitions", "repetition_index", "threads", "iterations", "real_time",
          "cpu_time", "time_unit", "family_index", "per_family_instance_index"}
_NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def _benchmark(entry):
    scale = _NANOSECONDS[entry["time_unit"]]
    counters = {key: value for key, value in entry.items() if key not in _KNOWN and isinstance(value, (int, float))}
    return {"name": entry["name"], "cpu_ns": entry["cpu_time"] * scale, "counters": counters}


def targets(results):
    """The issue's targets that kernels tell."""
    found = {entry["name"]: entry for entries in results.values() for entry in entries}

    def counter(name, key):
        entry = found.get(name)
        return entry["counters"].get(key) if entry else None

    rows = []
    for samples, limit in ((960, 6), (160, 4)):
        rows.append({"name": f"mix of three, {samples} samples: AVX2 over scalar code",
                     "value": counter(f"MixOfThree/avx2/{samples}", "ratio_to_scalar"), "limit": limit})
        avx2, avx512 = found.get(f"MixOfThree/avx2/{samples}"), found.get(f"MixOfThree/avx512/{samples}")
        if avx2 and avx512:
            rows.append({"name": f"mix of three, {samples} samples: AVX-512 over AVX2",
                         "value": avx2["cpu_ns"] / avx512["cpu_ns"], "limit": 0.97})
        rows.append({"name": f"mix of three, {samples} samples: over a loop by hand",
                     "value": counter(f"MixOfThree/avx2/{samples}", "ratio_to_loop_by_hand"), "limit": 0.8})
    return rows


def lines(results):
    """A table of them."""
    text = []
    for label, entries in results.items():
        text.append(label)
        for entry in entries:
            counters = "   ".join(f"{key} {value:,.4g}" for key, value in entry["counters"].items())
            text.append(f"  {entry['name']:46} {entry['cpu_ns']:12,.1f} ns   {counters}")
    return text
