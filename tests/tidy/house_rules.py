"""Rules of ours that no linter knows. Each function gives one line for each breach."""

import json
import re

from tests.tidy import tree

_LINES_MAX = 500
_DEBIAN_NODE = 18
_CODE = (".cc", ".h", ".proto", ".bzl", ".sh", ".py", ".js", ".mjs", "BUILD.bazel", "run", "test")

# Written in pieces, so that this file does not find itself.
_UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|not impl" r"emented|for n" r"ow|dum" r"my)\b")
_MACHINE = re.compile(r"/(wor[k]|far[m]|roo[t])/|https?://(deb|registry)[.]|/tmp/narad[a]/")
# Absolute monotonic or wall time, and waiting: only main, the engine's loop and net may ask or do that.
_CLOCKS = re.compile(r"\b(absl::Now|clock_gettime|steady_clock|system_clock|SystemClock|gettimeofday|time\(nullptr\))")
_LOCKS = re.compile(r"\b(std::(recursive_|shared_)?mutex|absl::Mutex|std::condition_variable|std::this_thread)\b")
_CORE = ("mixer/units/", "mixer/rtp/", "mixer/srtp/", "mixer/codec/", "mixer/dsp/", "mixer/sdp/", "mixer/jitter/",
         "mixer/media/", "mixer/dtmf/", "mixer/room/", "control/model/", "control/ivr/", "control/moderation/")


def _uncommented_fields(proto):
    """Lines (from 1) of fields of messages that no comment stands beside or above."""
    lines, blocks, found = proto.split("\n"), [], []
    for number, line in enumerate(lines, 1):
        if block := re.match(r"\s*(message|oneof|enum|service|rpc)\b.*\{\s*(//.*)?$", line):
            blocks.append(block[1])
        elif line.strip().startswith("}") and blocks:
            blocks.pop()
        elif blocks and blocks[-1] in ("message", "oneof") and re.match(r"\s*(\w+ )?[\w.]+(<.*>)? \w+ = \d+.*;", line):
            if "//" not in line and not lines[number - 2].strip().startswith("//"):
                found.append(number)
    return found


def proto_fields():
    """Who calls the API reads the protobufs: each field says what it means, its unit, and what unset means."""
    return [f"{path}:{line}: the field has no comment" for path in tree.files(".proto") if path.startswith("proto/narada/")
            for line in _uncommented_fields(tree.text(path))]


def long_files():
    """A file too long to hold in the head stands in long_files.txt with the reason, or is split."""
    excused = {line.split()[0] for line in tree.text("tests/tidy/long_files.txt").splitlines()
               if line.strip() and not line.startswith("#")}
    problems, long = [], set()
    for path in tree.files(*_CODE):
        lines = tree.text(path).count("\n")
        if lines > _LINES_MAX:
            long.add(path)
            if path not in excused:
                problems.append(f"{path}: {lines} lines (at most {_LINES_MAX}, or a reason in tests/tidy/long_files.txt)")
    return problems + [f"tests/tidy/long_files.txt: {path} is not long any more" for path in sorted(excused - long)]


def header_guards():
    """NARADA_ and the path, as Google's style names them, or #pragma once."""
    problems = []
    for path in tree.files(".h"):
        guard = "NARADA_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
        content = tree.text(path)
        if "#pragma once" not in content and f"#ifndef {guard}\n#define {guard}\n" not in content:
            problems.append(f"{path}: has neither the guard {guard} nor #pragma once")
    return problems


def _grep(pattern, paths, message):
    return [f"{path}:{number}: {message}: {line.strip()[:120]}" for path in paths
            for number, line in enumerate(tree.text(path).splitlines(), 1) if pattern.search(line)]


def unfinished_business():
    return _grep(_UNFINISHED, tree.files(*_CODE), "unfinished")


def machine_paths():
    """Nothing names a folder of one machine or the host of a package registry."""
    paths = [path for path in tree.files() if not path.startswith("tests/golden/") and b"\0" not in
             (tree.TREE / path).read_bytes()[:4096]]
    return _grep(_MACHINE, paths, "names a place of one machine")


def clocks_and_locks_in_the_core():
    """What is pure stays pure: time is a parameter, and there is nothing to lock."""
    core = [path for path in tree.files(".h", ".cc") if path.startswith(_CORE) and not tree.is_test(path)]
    return _grep(_CLOCKS, core, "reads a clock") + _grep(_LOCKS, core, "locks or waits")


def npm_packages_run_on_debians_node():
    """No package asks for a newer node than Debian 12 has: this machine's may be newer."""
    lock = json.loads(tree.text("third_party/npm/package-lock.json"))
    problems = []
    for name, package in lock["packages"].items():
        engines = package.get("engines", {})
        wanted = engines.get("node", "") if isinstance(engines, dict) else ""
        oldest = [int(version) for version in re.findall(r"(?:^|\|\|)\D*(\d+)", wanted)]
        if oldest and min(oldest) > _DEBIAN_NODE:
            problems.append(f"{name} {package['version']} wants node {wanted}, Debian 12 has {_DEBIAN_NODE}")
    return problems


def paths_in_docs():
    """A page that names a file of ours names one that is there."""
    problems = []
    for page in tree.files(".md"):
        for number, line in enumerate(tree.text(page).splitlines(), 1):
            for name in re.findall(r"`((?:base|mixer|control|sip|proto|bench|tests|k8s|docs|launcher|third_party)/[\w./-]*)`",
                                   line):
                if not any((folder / name).exists() for folder in (tree.TREE, (tree.TREE / page).parent)):
                    problems.append(f"{page}:{number}: there is no {name}")
            for name in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", line):
                if not (tree.TREE / page).parent.joinpath(name).exists():
                    problems.append(f"{page}:{number}: links to {name}, which is not there")
    return problems
