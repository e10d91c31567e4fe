"""The picture of a run: CPU per leg, and delay, of the mixer, the floor and the peers."""


def write(run, path):
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, (cpu, delay) = pyplot.subplots(1, 2, figsize=(12, 5))
    one = {int(legs): results for legs, results in run.get("one_room", {}).items()}
    names = {"shared": "floor, one socket", "ring": "floor, a socket per leg", "mixer": "Narada's mixer",
             "mixer_shared": "Narada's mixer, one socket"}
    for key, label in names.items():
        points = sorted((legs, results[key]["cpu_us_per_leg_second"]) for legs, results in one.items() if key in results)
        if points:
            cpu.plot(*zip(*points), marker="o", label=label)
    points = sorted((legs, results["mixer"]["heard"]["delay_p99_ms"]) for legs, results in one.items())
    if points:
        delay.plot(*zip(*points), marker="o", label="Narada's mixer", color="C2")
    for peer, by_codec in run.get("peers", {}).items():
        for codec, results in by_codec.items():
            points = sorted((int(legs), result) for legs, result in results.items())
            if points:
                cpu.plot([legs for legs, _ in points], [result["cpu_us_per_leg_second"] for _, result in points],
                         marker="s", label=f"{peer}, {codec}", color="C3")
                delay.plot([legs for legs, _ in points], [result["heard"]["delay_p99_ms"] for _, result in points],
                           marker="s", label=f"{peer}, {codec}", color="C3")
    for axes, title, unit in ((cpu, "CPU for one leg and second", "us"), (delay, "Added delay, p99", "ms")):
        axes.set_title(title)
        axes.set_xlabel("legs in one room, 3 speakers, G.711")
        axes.set_ylabel(unit)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.grid(True, which="both", alpha=0.3)
        axes.legend()
    figure.suptitle(f"{run['machine']['cpu']}, {run['machine']['time']}, commit {run['machine']['commit']}")
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
