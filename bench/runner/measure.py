"""One measurement: bench/load against one far end."""

import json
import subprocess
import threading


class MeasurementFailed(Exception):
    """The load could not be set up, or its program broke."""


class OtherFailed(MeasurementFailed):
    """Of those that were to send from the same moment on, another one did not come so far."""


def measure(load, core, far_end, start=None, **options):
    """What bench/load prints. `options` are its flags: legs=500, rooms=1, speakers=3, codec="PCMA", ... `start` is a threading.Barrier of
    all that are to send from the same moment on, once the legs of each have joined; it is broken where one of them fails before."""
    if start:
        options["waits"] = True
    flags = [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in options.items()]
    process = subprocess.Popen(["taskset", "-c", str(core), str(load), f"--pid={far_end.pid}", *far_end.load_flags,
                                *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if far_end.remotes is not None:
            ports = [int(port) for port in process.stdout.readline().split()]
            for address, port in far_end.remotes(ports):
                process.stdin.write(f"{address} {port}\n")
            process.stdin.flush()
        if start and process.stdout.readline() == "joined\n":
            start.wait(120)
            process.stdin.write("go\n")
            process.stdin.flush()
        out, errors = process.communicate(timeout=180)
    except threading.BrokenBarrierError as error:
        raise OtherFailed("the other one failed") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeasurementFailed(f"{load}: {error}") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        if start and process.returncode != 0:
            start.abort()
    if process.returncode != 0 or not out.strip():
        raise MeasurementFailed(f"{load} ended with {process.returncode}: {errors[-1000:]}")
    return json.loads(out.strip().splitlines()[-1])


def why_not(result, is_mixer=True):
    """Why a far end does not hold so many legs, in words; empty if it does: all packets, clean sound, no missed tick. Delay is judged apart."""
    heard = result["heard"]
    reasons = []
    if heard["loss"] > 0:
        reasons.append(f"loss {heard['loss']:.2%}")
    if heard["deficit"] >= 0.001:
        reasons.append(f"deficit {heard['deficit']:.2%}")
    if is_mixer:
        if heard["legs_wrong"] > 0:
            reasons.append(heard["first_wrong"])
        if heard["sinad_p1_db"] < 30 and result["codec"] != "opus":
            reasons.append(f"SINAD {heard['sinad_p1_db']:.0f} dB")
        if result["ticks_missed"] > 0:
            reasons.append(f"{result['ticks_missed']} ticks missed")
    return ", ".join(reasons)
