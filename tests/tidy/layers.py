"""Includes point one way: which folder may see which, as the map of the folders in README.md says."""

import re

from tests.tidy import tree

_MIXER_VALUES = {"mixer/units"}
_MIXER_FORMATS = _MIXER_VALUES | {"mixer/rtp", "mixer/srtp", "mixer/codec", "mixer/dsp", "mixer/sdp"}
_MIXER_LEGS = _MIXER_FORMATS | {"mixer/jitter", "mixer/media", "mixer/dtmf", "mixer/quality"}
_MIXER_PARTS = _MIXER_LEGS | {"mixer/room", "mixer/net", "mixer/files", "mixer/continuity"}

_CONTROL_VALUES = {"control/model"}
_CONTROL_DECISIONS = _CONTROL_VALUES | {"control/ivr", "control/moderation", "control/prompts", "control/storage"}
_CONTROL_SERVICES = _CONTROL_DECISIONS | {"control/accounts", "control/reservations", "control/sms", "control/mixers",
                                          "control/reports", "control/replicas"}
_CONTROL_PARTS = _CONTROL_SERVICES | {"control/config"}

# Where protobuf and gRPC types stop and become our own.
_EDGE = {"proto", "base/rpc"}

# Each folder: the folders it may include from, besides itself and base. Neighbours of one line do not see each other.
SEES = {
    "base": set(),
    "base/rpc": {"proto"},
    "mixer/units": set(),
    **{folder: _MIXER_VALUES for folder in ("mixer/rtp", "mixer/srtp", "mixer/codec", "mixer/dsp", "mixer/sdp")},
    **{folder: _MIXER_FORMATS for folder in ("mixer/jitter", "mixer/media", "mixer/dtmf", "mixer/quality")},
    "mixer/room": _MIXER_LEGS,
    "mixer/net": _MIXER_VALUES,  # Datagrams; has never heard of RTP.
    "mixer/files": _MIXER_LEGS,
    "mixer/continuity": _MIXER_FORMATS,
    "mixer/engine": _MIXER_PARTS,
    "mixer/service": _MIXER_PARTS | {"mixer/engine"} | _EDGE,
    "mixer": _MIXER_PARTS | {"mixer/engine", "mixer/service"} | _EDGE,  # main.cc
    "control/model": set(),
    **{folder: _CONTROL_VALUES for folder in ("control/ivr", "control/moderation", "control/storage")},
    "control/prompts": _CONTROL_VALUES | {"proto"},  # Its catalogue is a configuration file.
    **{folder: _CONTROL_DECISIONS for folder in ("control/accounts", "control/reservations", "control/sms",
                                                 "control/reports", "control/replicas")},
    "control/mixers": _CONTROL_DECISIONS | _EDGE,  # A client of the mixer: its gRPC edge.
    "control/config": _CONTROL_SERVICES | {"proto"},
    "control/calls": _CONTROL_PARTS,
    "control/web": _CONTROL_PARTS | {"control/calls"} | _EDGE,  # Speaks our own gRPC, as a client.
    "control/service": _CONTROL_PARTS | {"control/calls"} | _EDGE,
    "control": _CONTROL_PARTS | {"control/calls", "control/service", "control/web"} | _EDGE,  # main.cc
    "sip": _EDGE,
    "cli": _EDGE,
}


def folder_of(path):
    """The layer a path belongs to: the longest prefix that SEES knows; None outside of them."""
    parts = path.split("/")
    for length in range(len(parts) - 1, 0, -1):
        folder = "/".join(parts[:length])
        if folder in SEES:
            return folder
    return None


def included_folder(include):
    """What `#include "..."` or a Bazel label reaches into; None for what is not ours."""
    if include.startswith(("narada/", "proto/", "google/rpc/")):
        return "proto"
    return folder_of(include)


def wrong_includes():
    """One line for each include of code that points the wrong way."""
    problems = []
    for path in tree.files(".h", ".cc"):
        folder = folder_of(path)
        if folder is None or tree.is_test(path):
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            target = match and included_folder(match[1])
            if target and target not in SEES[folder] | {folder, "base"}:
                problems.append(f"{path}:{number}: {folder} must not see {target}")
    return problems


def wrong_dependencies():
    """The same for the deps of library and binary targets."""
    problems = []
    for path in tree.files("BUILD.bazel"):
        folder = folder_of(path)
        if folder is None:
            continue
        for kind, target in _targets(tree.text(path)):
            if kind not in ("cc_library", "cc_binary") or target.get("testonly"):
                continue
            deps = target.get("deps") or []
            for dep in deps if isinstance(deps, list) else []:
                seen = included_folder(dep.removeprefix("//").split(":")[0] + "/") if dep.startswith("//") else None
                if seen and seen not in SEES[folder] | {folder, "base"}:
                    problems.append(f"{path}: {target['name']} of {folder} must not depend on {dep}")
    return problems


class _Any(list):
    """Stands for what a BUILD file computes (select, glob): an empty list that can be added to."""

    def __add__(self, other):
        return _Any()

    __radd__ = __add__


def _targets(build_text):
    """(rule, arguments) of each rule in a BUILD file, which is Python but for what its rules do."""
    found = []

    class Rules(dict):
        def __missing__(self, name):
            def rule(*_, **arguments):
                found.append((name, arguments))
                return _Any()

            return rule

    exec(compile(build_text, "BUILD.bazel", "exec"), Rules())  # Our own files, as Bazel itself runs them.
    return found
