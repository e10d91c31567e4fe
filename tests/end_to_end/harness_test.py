"""What the harness promises to the tests."""

import json
import pathlib
import subprocess
import sys
import unittest

from launcher.build import TREE
from tests.end_to_end import harness


class PortsTest(unittest.TestCase):
    COUNT = 40

    def in_another_process(self):
        command = f"import json; from tests.end_to_end import harness; print(json.dumps([harness.free_ports({self.COUNT}), harness.rtp_block()]))"
        return json.loads(subprocess.run([sys.executable, "-c", command], cwd=TREE, stdout=subprocess.PIPE, check=True, timeout=60).stdout)

    def test_what_one_test_has_no_other_gets(self):
        ours, (low, high) = harness.free_ports(self.COUNT), harness.rtp_block()
        theirs, (their_low, their_high) = self.in_another_process()
        self.assertEqual(self.COUNT, len(set(ours)))
        self.assertEqual(self.COUNT, len(set(theirs)))
        self.assertFalse(set(ours) & set(theirs))
        self.assertFalse(set(range(low, high + 1)) & set(range(their_low, their_high + 1)))
        self.assertFalse(set(ours) & set(harness.free_ports(self.COUNT)), "the same is given twice")

    def test_the_kernel_gives_them_to_nobody_by_itself(self):
        first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
        self.assertLess(max(harness.free_ports(1)[0], harness.rtp_block()[1]), first)
