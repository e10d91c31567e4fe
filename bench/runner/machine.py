"""Where a run took place: what a figure means nothing without."""

import os
import pathlib
import platform
import subprocess
import time


def cores():
    """(core of what is measured, core of the load). The same one where there is only one: then figures say little."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def describe(tree):
    cpu = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=tree, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False).stdout.strip()
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "load_before": round(os.getloadavg()[0], 2), "time": time.strftime("%Y-%m-%d %H:%M:%S"), "commit": commit}


def foreign_share(seconds=1.0):
    """Share of all cores that others use now: figures taken beside much of it are noisy."""
    def times():
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        return sum(fields), fields[3] + fields[4]
    total, idle = times()
    time.sleep(seconds)
    total_after, idle_after = times()
    return round(1 - (idle_after - idle) / max(1, total_after - total), 3)
