"""Which folder an include reaches into."""

import unittest

from tests.tidy import layers


class LayersTest(unittest.TestCase):
    def test_file_belongs_to_its_innermost_folder(self):
        self.assertEqual("mixer/room", layers.folder_of("mixer/room/leg.h"))
        self.assertEqual("mixer", layers.folder_of("mixer/main.cc"))
        self.assertIsNone(layers.folder_of("tests/phone/phone.h"))

    def test_generated_headers_are_the_protos(self):
        self.assertEqual("proto", layers.included_folder("narada/mixer/v1/leg.pb.h"))

    def test_folders_that_must_not_meet_do_not(self):
        for folder, unseen in (("mixer/net", "mixer/rtp"), ("mixer/room", "mixer/net"), ("mixer/rtp", "mixer/codec"),
                               ("control/ivr", "control/storage"), ("mixer/engine", "proto"), ("control/calls", "proto"),
                               ("sip", "control/model"), ("mixer", "control")):
            with self.subTest(folder):
                self.assertNotIn(unseen, layers.SEES[folder])

    def test_no_two_folders_see_each_other(self):
        for folder, seen in layers.SEES.items():
            for other in seen - {"proto"}:
                self.assertNotIn(folder, layers.SEES[other])

    def test_targets_of_a_build_file_are_read(self):
        found = layers._targets('load("//x:y.bzl", "z")\nz(name = "a", deps = ["//b"] + select({}))\n')
        self.assertIn(("z", {"name": "a", "deps": []}), found)


if __name__ == "__main__":
    unittest.main()
