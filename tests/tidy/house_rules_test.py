"""The rules find what they are for."""

import unittest

from tests.tidy import house_rules


class ProtoFieldsTest(unittest.TestCase):
    def test_field_without_a_comment_is_found_whatever_its_type(self):
        proto = """message Leg {
  // Above.
  string leg_id = 1;
  string room_id = 2;  // Beside.
  map<string, string> labels = 3;
  enum State { STATE_UNSPECIFIED = 0; }
  oneof remote {
    repeated google.protobuf.Duration times = 4 [deprecated = true];
  }
}

enum Codec {
  CODEC_UNSPECIFIED = 0;
}
"""
        self.assertEqual([5, 8], house_rules._uncommented_fields(proto))


if __name__ == "__main__":
    unittest.main()
