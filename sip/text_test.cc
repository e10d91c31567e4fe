#include "sip/text.h"

#include <gtest/gtest.h>

namespace narada::sip {
namespace {

TEST(ValidUtf8, LeavesValidTextAsItIs) {
  const std::string text = "dnia \xC5\x82\xC3\xB3\xC5\xBC \xE2\x82\xAC \xF0\x9F\x93\x9E\r\n";
  EXPECT_EQ(ValidUtf8(text), text);
  EXPECT_EQ(ValidUtf8(std::string("\0", 1)).size(), 1u);
}

TEST(ValidUtf8, ReplacesEachWrongByte) {
  EXPECT_EQ(ValidUtf8("\xE9t\xE9"), "?t?");  // Latin-1.
  EXPECT_EQ(ValidUtf8("\xC0\x80"), "??");    // Overlong.
  EXPECT_EQ(ValidUtf8("\xE0\x80\x80"), "???");
  EXPECT_EQ(ValidUtf8("\xED\xA0\x80"), "???");       // A surrogate.
  EXPECT_EQ(ValidUtf8("\xF4\x90\x80\x80"), "????");  // Beyond Unicode.
  EXPECT_EQ(ValidUtf8("\xF5"), "?");
  EXPECT_EQ(ValidUtf8("a\xE2\x82"), "a??");  // Cut off.
  EXPECT_EQ(ValidUtf8("\x80"), "?");
}

}  // namespace
}  // namespace narada::sip
