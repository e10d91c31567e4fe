"""The files of the project, as git lists them (those not yet added too)."""

import pathlib
import subprocess

TREE = pathlib.Path(__file__).resolve().parent.parent.parent


def files(*suffixes):
    """Paths relative to the tree, sorted; all of them without suffixes. `suffixes` may be whole names."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=TREE, check=True,
                            stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [path for path in sorted(set(listed)) if (TREE / path).is_file() and
            (not suffixes or path.endswith(suffixes))]


def shell_scripts():
    """Files without a suffix that begin with a shell's name."""
    return [path for path in files() if "." not in pathlib.Path(path).name and
            (TREE / path).read_bytes()[:64].splitlines()[:1] in ([b"#!/usr/bin/env bash"], [b"#!/bin/sh"])]


def text(path):
    return (TREE / path).read_text(encoding="utf-8", errors="replace")


def is_test(path):
    """Tests and what only they use may look further than the code beside them."""
    name = pathlib.Path(path).name
    return path.startswith(("tests/", "bench/")) or "_test." in name or name.startswith("fake_") or "_fuzz" in name
