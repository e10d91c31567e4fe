"""Installs what is missing and builds what ./run starts."""

import pathlib
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parent.parent
_BAZEL = TREE / "third_party" / "bazel"
_TARGETS = ("//mixer", "//control", "//sip", "//cli:narada", "//control/prompts:recordings")
_DEMO_TARGETS = ("//tests/phone",)


class BuildError(Exception):
    """A step failed; its own output says why."""


class Built:
    """Where the built files are."""

    def __init__(self, bazel_bin):
        bazel_bin = pathlib.Path(bazel_bin)
        self.mixer = bazel_bin / "mixer" / "mixer"
        self.control = bazel_bin / "control" / "control"
        self.sip = bazel_bin / "sip" / "sip"
        self.client = bazel_bin / "cli" / "narada"
        self.phone = bazel_bin / "tests" / "phone" / "phone"
        self.prompts = bazel_bin / "control" / "prompts" / "recordings"


def install(with_demo):
    groups = ["build", "run"] + (["demo"] if with_demo else [])
    if subprocess.run([TREE / "third_party" / "install", *groups], check=False).returncode != 0:
        raise BuildError("installing failed")


def build(with_demo, also=()):
    """Builds what ./run starts, and the targets of `also`."""
    print("building (the first time takes several minutes)", file=sys.stderr)
    targets = _TARGETS + (_DEMO_TARGETS if with_demo else ()) + tuple(also)
    # Bazel's progress lines would drown ours; its errors are shown.
    command = [_BAZEL, "build", "--config=opt", "--ui_event_filters=-info,-stdout", "--noshow_loading_progress",
               "--show_result=0", *targets]
    if subprocess.run(command, cwd=TREE, check=False).returncode != 0:
        raise BuildError("the build failed")
    return built()


def built():
    """What an earlier build left."""
    info = subprocess.run([_BAZEL, "info", "--config=opt", "bazel-bin"], cwd=TREE, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return Built(info.stdout.strip())
