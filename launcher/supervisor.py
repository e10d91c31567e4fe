"""Starts programs in order, waits until each is healthy, watches them, and stops them in the reverse order."""

import collections
import os
import signal
import subprocess
import time

_LOG_LINES_SHOWN = 20
_REVIVALS_MAX = 5  # Of all programs within _REVIVALS_WINDOW_S; who dies more often has a fault that a start does not mend.
_REVIVALS_WINDOW_S = 60.0


class ProgramDied(Exception):
    """A program ended by itself; the message names it and ends with its last log lines."""


class Program:
    """One child process. `health` is a HealthClient of its server."""

    def __init__(self, name, command, log_path, health):
        self.name = name
        self.command = [str(word) for word in command]
        self.log_path = log_path
        self.health = health
        self.process = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                # Nothing outlives a launcher that was killed. By a program in front, not by preexec_fn: that makes Python
                # fork, and gRPC's fork handlers then wait for their threads, for ever if a channel is just closing.
                ["setpriv", "--pdeathsig", "KILL", *self.command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for us; the children are stopped by us, in order.
                start_new_session=True)

    def check_alive(self):
        """Raises ProgramDied if it has ended."""
        status = self.process.poll()
        if status is not None:
            raise ProgramDied(self.describe_end(status))

    def describe_end(self, status):
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"exited with code {status}"
        return f"{self.name} {how}; the end of {self.log_path}:\n{self.last_log_lines()}"

    def last_log_lines(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            lines = log.read().splitlines()[-_LOG_LINES_SHOWN:]
        return "\n".join(f"  {line}" for line in lines) or "  (nothing)"


class Supervisor:
    """Runs programs that depend on those before them.

        supervisor.start(programs)           # returns when all are healthy
        while not asked_to_stop: supervisor.revive(); ...
        clean = supervisor.stop()

    Used from one thread.
    """

    def __init__(self, ready_timeout_s=30.0, stop_timeout_s=10.0):
        self._ready_timeout_s = ready_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._started = []
        self._healthy = []  # Of those started, the ones that have been healthy.
        self._revivals = collections.deque()  # When they were.

    def start(self, programs, asked_to_stop=lambda: False):
        """Starts each when those before it are healthy; raises ProgramDied for one that ends or never is.

        Returns False when `asked_to_stop` became true meanwhile.
        """
        for program in programs:
            program.start()
            self._started.append(program)
            deadline = time.monotonic() + self._ready_timeout_s
            while not program.health.is_serving():
                self.check()
                if asked_to_stop():
                    return False
                if time.monotonic() > deadline:
                    raise ProgramDied(f"{program.name} was not healthy within {self._ready_timeout_s:.0f} s;"
                                      f" the end of {program.log_path}:\n{program.last_log_lines()}")
                time.sleep(0.05)
            self._healthy.append(program)
        self.check()
        return True

    def check(self):
        """Raises ProgramDied if one has ended by itself."""
        for program in self._started:
            program.check_alive()

    def revive(self):
        """Starts again what was killed, at once: its calls wait. Returns what to tell about it, a line for each.

        Raises ProgramDied for a program that ended by itself, or where too many died.
        """
        told = []
        for program in self._started:
            status = program.process.poll()
            if status is None:
                continue
            now = time.monotonic()
            while self._revivals and now - self._revivals[0] > _REVIVALS_WINDOW_S:
                self._revivals.popleft()
            if status >= 0 or len(self._revivals) == _REVIVALS_MAX:
                program.check_alive()
            self._revivals.append(now)
            program.start()
            told.append(f"{program.name} was killed by {signal.Signals(-status).name} and is started again")
        return told

    def stop(self):
        """Asks each to end, last started first. True if all ended by themselves with code 0.

        One that was still starting, and heard us before it listened to signals, had nothing to tidy up yet.
        """
        clean = True
        for program in reversed(self._started):
            if program.process.poll() is None:
                program.process.terminate()
                try:
                    program.process.wait(self._stop_timeout_s)
                except subprocess.TimeoutExpired:
                    os.kill(program.process.pid, signal.SIGKILL)
                    program.process.wait()
            early = program not in self._healthy and program.process.returncode == -signal.SIGTERM
            clean = clean and (program.process.returncode == 0 or early)
        self._started, self._healthy = [], []
        return clean
