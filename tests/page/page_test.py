"""Runs the page's own tests (*.test.mjs) with node's runner; each of them is a subtest here."""

import pathlib
import re
import subprocess
import unittest

_FOLDER = pathlib.Path(__file__).resolve().parent


class PageTest(unittest.TestCase):
    def test_pure_parts_of_the_page(self):
        files = sorted(str(path) for path in _FOLDER.glob("*.test.mjs"))
        self.assertTrue(files)
        run = subprocess.run(["node", "--test", "--test-reporter=tap", *files], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=60, check=False)
        self.assertEqual(0, run.returncode, run.stdout[-4000:])
        self.assertGreater(int(re.search(r"^# pass (\d+)", run.stdout, re.MULTILINE)[1]), 15)
