"""SIPp, as the field's load tester: many callers at once, each answered, each ended properly."""

import subprocess

from tests.end_to_end.harness import NUMBER, NaradaTest, free_ports, rtp_block


class SippTest(NaradaTest):
    def sipp(self, *arguments, timeout_s=60):
        """Runs SIPp against the gateway; its exit code is 0 only if every call went as its scenario says."""
        media = rtp_block(400)
        command = ["sipp", "-i", "127.0.0.1", "-p", free_ports(1)[0], "-mi", "127.0.0.1", "-mp", media[0],
                   "-nostdin", "-timeout", timeout_s, "-timeout_error", *arguments,
                   f"127.0.0.1:{self.options.sip_port}"]
        run = subprocess.run([str(word) for word in command], cwd=self.folder, text=True, errors="replace",
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout_s + 30, check=False)
        self.assertEqual(0, run.returncode, run.stdout[-3000:])

    def test_fifty_calls_at_twenty_a_second_are_all_answered_and_ended(self):
        self.sipp("-sn", "uac", "-s", NUMBER, "-m", 50, "-r", 20, "-l", 50, "-d", 1500)

    def test_the_same_by_tcp(self):
        self.sipp("-sn", "uac", "-t", "t1", "-s", NUMBER, "-m", 10, "-r", 10, "-l", 10, "-d", 1000)
