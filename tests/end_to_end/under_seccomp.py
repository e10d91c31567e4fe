"""Runs a command under a seccomp profile in the container runtimes' JSON: under_seccomp.py PROFILE COMMAND..."""

import ctypes
import errno
import json
import os
import sys

import seccomp

_PR_SET_NO_NEW_PRIVS = 38


def main(profile_path, *command):
    with open(profile_path, encoding="utf-8") as file:
        profile = json.load(file)
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO", "other profiles are not known here"
    rules = seccomp.SyscallFilter(seccomp.ERRNO(profile.get("defaultErrnoRet", errno.EPERM)))
    for rule in profile["syscalls"]:
        for name in rule["names"]:
            number = seccomp.resolve_syscall(seccomp.Arch(), name)
            if number >= 0:  # Names of other architectures have none here.
                rules.add_rule(seccomp.ALLOW, number)
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rules.load()
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
