#include "tests/phone/sip_message.h"

#include <gtest/gtest.h>

namespace narada::phone {
namespace {

constexpr char kResponse[] =
    "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP h;branch=z9hG4bK7;rport\r\nf: <sip:a@h;x=tag>;tag=1\r\n"
    "t: <sip:b@h>;tag=2\r\ni: 9\r\nCSeq: 3 INVITE\r\nSubject: two\r\n lines\r\nl: 3\r\n\r\nabc";

TEST(SipMessage, CompactAndFoldedHeadersAreRead) {
  const auto message = SipMessage::Parse(kResponse);
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->status, 200);
  EXPECT_EQ(message->method, "INVITE");
  EXPECT_EQ(message->CSeqNumber(), 3u);
  EXPECT_EQ(message->Branch(), "z9hG4bK7");
  EXPECT_EQ(message->Header("subject"), "two lines");
  EXPECT_EQ(HeaderParameter(message->Header("From"), "tag"), "1");
  EXPECT_EQ(message->body, "abc");
}

TEST(SipMessage, WhatWasWrittenIsReadBack) {
  SipMessage message;
  message.method = "BYE";
  message.request_uri = "sip:b@h";
  message.Add("Via", "SIP/2.0/TCP h;branch=z9hG4bK1");
  message.Add("CSeq", "2 BYE");
  message.body = "x";
  const auto read = SipMessage::Parse(message.Serialize());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->Serialize(), message.Serialize());
}

TEST(SipMessage, GarbageIsRefused) {
  for (const char* text :
       {"", "hello", "BYE sip:a SIP/2.0\r\n\r", "BYE sip:a SIP/3.0\r\n\r\n", "SIP/2.0 abc\r\n\r\n",
        "BYE sip:a SIP/2.0\r\nnocolon\r\n\r\n", "BYE sip:a SIP/2.0\r\n fold\r\n\r\n"}) {
    EXPECT_FALSE(SipMessage::Parse(text).ok()) << text;
  }
}

TEST(SipUri, PartsAreFoundInAllForms) {
  EXPECT_EQ(UriOf("\"A\" <sip:a@h:5080;transport=tcp>;x=1"), "sip:a@h:5080;transport=tcp");
  EXPECT_EQ(UriOf("sip:a@h;tag=1"), "sip:a@h");
  EXPECT_EQ(UserOf("sip:+48601@h"), "+48601");
  EXPECT_EQ(UserOf("sip:h"), "");
  EXPECT_EQ(HostPortOf("sip:a@127.0.0.1:5080;transport=tcp").second, 5080);
  EXPECT_EQ(HostPortOf("sip:127.0.0.1").first, "127.0.0.1");
  EXPECT_EQ(HostPortOf("sip:127.0.0.1").second, 5060);
}

}  // namespace
}  // namespace narada::phone
