"""Programs are started in order, watched, and stopped in the reverse order."""

import multiprocessing
import os
import pathlib
import signal
import tempfile
import time
import unittest

from launcher.supervisor import Program, ProgramDied, Supervisor


class FakeHealth:
    """Serving once the program has written its pid file."""

    def __init__(self, path):
        self._path = path

    def is_serving(self):
        return self._path.exists()


class SupervisorTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def program(self, name, script):
        script = f"cd {self.folder}; {script}"
        return Program(name, ["/bin/bash", "-c", script], self.folder / f"{name}.log",
                       FakeHealth(self.folder / f"{name}.up"))

    def polite(self, name):
        return self.program(name, f"trap 'echo {name} >> stopped; exit 0' TERM; touch {name}.up;"
                                  " while :; do sleep 0.02; done")

    def test_last_started_stops_first(self):
        supervisor = Supervisor()
        self.assertTrue(supervisor.start([self.polite("one"), self.polite("two")]))
        self.assertTrue(supervisor.stop())
        self.assertEqual("two\none\n", (self.folder / "stopped").read_text())

    def test_death_names_the_program_and_shows_its_last_words(self):
        supervisor = Supervisor()
        dying = self.program("dying", "touch dying.up; sleep 0.3; echo port taken; exit 3")
        supervisor.start([self.polite("one"), dying])
        dying.process.wait()
        with self.assertRaisesRegex(ProgramDied, r"dying exited with code 3(.|\n)*port taken"):
            supervisor.check()
        supervisor.stop()
        self.assertEqual("one\n", (self.folder / "stopped").read_text())

    def test_program_that_never_starts_is_no_silent_wait(self):
        supervisor = Supervisor()
        with self.assertRaisesRegex(ProgramDied, r"refusing exited with code 1(.|\n)*no such folder"):
            supervisor.start([self.program("refusing", "echo no such folder; exit 1")])

    def test_program_that_is_never_healthy_is_reported(self):
        supervisor = Supervisor(ready_timeout_s=0.3)
        with self.assertRaisesRegex(ProgramDied, "was not healthy within"):
            supervisor.start([self.program("hanging", "exec sleep 60")])
        supervisor.stop()

    def test_program_that_ignores_the_request_is_killed_and_reported(self):
        supervisor = Supervisor(stop_timeout_s=0.3)
        supervisor.start([self.program("deaf", "trap '' TERM; touch deaf.up; while :; do sleep 0.02; done")])
        self.assertFalse(supervisor.stop())

    def test_program_that_is_stopped_while_it_starts_was_stopped_cleanly(self):
        supervisor = Supervisor()
        self.assertFalse(supervisor.start([self.program("starting", "exec sleep 60")], asked_to_stop=lambda: True))
        self.assertTrue(supervisor.stop())

    def test_healthy_program_that_the_request_kills_is_reported(self):
        supervisor = Supervisor()
        self.assertTrue(supervisor.start([self.program("rude", "touch rude.up; exec sleep 60")]))
        self.assertFalse(supervisor.stop())

    def test_killed_program_is_told_from_one_that_exited(self):
        supervisor = Supervisor()
        program = self.polite("one")
        supervisor.start([program])
        program.process.kill()
        program.process.wait()
        with self.assertRaisesRegex(ProgramDied, "one was killed by SIGKILL"):
            supervisor.check()

    def test_nothing_outlives_a_launcher_that_was_killed(self):
        program = self.program("one", "echo $$ > one.pid; touch one.up; exec sleep 60")

        def launch():
            Supervisor().start([program])
            time.sleep(60)
        launcher = multiprocessing.get_context("fork").Process(target=launch)
        launcher.start()
        self.addCleanup(launcher.kill)
        self.assertTrue(becomes_true(program.health.is_serving))
        pid = int((self.folder / "one.pid").read_text())
        os.kill(launcher.pid, signal.SIGKILL)
        self.assertTrue(becomes_true(lambda: not is_running(pid)), "it outlived its launcher")

    def test_killed_program_is_started_again_at_once_and_the_others_go_on(self):
        supervisor = Supervisor()
        one, two = self.polite("one"), self.polite("two")
        supervisor.start([one, two])
        self.assertEqual([], supervisor.revive())
        first, other = one.process, two.process
        first.kill()
        first.wait()
        self.assertEqual(["one was killed by SIGKILL and is started again"], supervisor.revive())
        self.assertIsNot(first, one.process)
        self.assertIs(other, two.process)
        self.assertTrue(supervisor.stop())

    def test_program_that_ends_by_itself_is_not_started_again(self):
        supervisor = Supervisor()
        dying = self.program("dying", "touch dying.up; sleep 0.3; echo port taken; exit 3")
        supervisor.start([dying])
        dying.process.wait()
        with self.assertRaisesRegex(ProgramDied, r"dying exited with code 3(.|\n)*port taken"):
            supervisor.revive()

    def test_program_that_dies_again_and_again_is_given_up(self):
        supervisor = Supervisor()
        crashing = self.program("crashing", "touch crashing.up; sleep 0.2; kill -SEGV $$")
        supervisor.start([crashing])
        with self.assertRaisesRegex(ProgramDied, "crashing was killed by SIGSEGV"):
            for _ in range(10):
                crashing.process.wait()
                supervisor.revive()


def becomes_true(condition, timeout_s=10):
    end = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def is_running(pid):
    """Whether there is such a process; one that only waits to be reaped is none."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()
