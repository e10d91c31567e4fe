// Caller, called number and body, as read from whole messages by the stack's own parser.
#include "sip/caller.h"

#include <gtest/gtest.h>
#include <sofia-sip/msg.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "sip/message_body.h"

namespace narada::sip {
namespace {

// A parsed message and what owns it.
class Parsed {
 public:
  explicit Parsed(const std::string& text)
      : message_(
            msg_make(sip_default_mclass(), 0, text.data(), static_cast<ssize_t>(text.size()))) {}
  ~Parsed() { msg_destroy(message_); }
  const sip_t& sip() const { return *sip_object(message_); }

 private:
  msg_t* message_;
};

std::string Invite(const std::string& headers, const std::string& uri = "sip:608608608@h",
                   const std::string& from = "\"Jan \\\"Kowal\\\" K\" <sip:+48601000001@h>;tag=1",
                   const std::string& body = "") {
  return absl::StrCat("INVITE ", uri,
                      " SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: ", from,
                      "\r\nTo: <sip:+48800800800@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

Caller CallerOf(const std::string& text, bool is_trusted = true) {
  return ReadCaller(Parsed(text).sip(), is_trusted, NumberingPlan{});
}

TEST(ReadCaller, FromAloneGivesNumberAndName) {
  const Caller caller = CallerOf(Invite(""));
  EXPECT_EQ(caller.number, "+48601000001");
  EXPECT_EQ(caller.name, "Jan \"Kowal\" K");
  EXPECT_FALSE(caller.is_withheld);
}

TEST(ReadCaller, AssertedIdentityOfATrustedPeerWins) {
  const std::string text = Invite(
      "P-Asserted-Identity: \"Ala\" <sip:+48602000002@t;user=phone>, <tel:+48603000003>\r\n");
  EXPECT_EQ(CallerOf(text).number, "+48602000002");
  EXPECT_EQ(CallerOf(text).name, "Ala");
  EXPECT_EQ(CallerOf(text, false).number, "+48601000001");
}

TEST(ReadCaller, AssertedTelUriIsRead) {
  EXPECT_EQ(CallerOf(Invite("P-Asserted-Identity: <tel:+48603000003>\r\n")).number, "+48603000003");
}

TEST(ReadCaller, BrokenAssertedIdentityIsIgnored) {
  EXPECT_EQ(CallerOf(Invite("P-Asserted-Identity: <<<;;,\r\n")).number, "+48601000001");
}

TEST(ReadCaller, PrivacyWithholdsTheNumber) {
  for (const char* privacy : {"id", "user;id", "header", "id; critical", "ID"}) {
    EXPECT_TRUE(CallerOf(Invite(absl::StrCat("Privacy: ", privacy, "\r\n"))).is_withheld)
        << privacy;
  }
  EXPECT_FALSE(CallerOf(Invite("Privacy: none\r\n")).is_withheld);
}

TEST(ReadCaller, AnonymousFromWithholdsAndTellsNothing) {
  const std::string text =
      Invite("", "sip:1@h", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1");
  EXPECT_TRUE(CallerOf(text).is_withheld);
  EXPECT_EQ(CallerOf(text).number, "");
  EXPECT_EQ(CallerOf(text).name, "");
}

TEST(ReadCalledNumber, RequestUriComesFirstAndToIsTheFallback) {
  const NumberingPlan plan;
  EXPECT_EQ(ReadCalledNumber(Parsed(Invite("")).sip(), plan), "+48608608608");
  EXPECT_EQ(ReadCalledNumber(Parsed(Invite("", "tel:+48608608608")).sip(), plan), "+48608608608");
  EXPECT_EQ(ReadCalledNumber(Parsed(Invite("", "sip:h.example")).sip(), plan), "+48800800800");
}

SdpBody BodyOfInvite(const std::string& headers, const std::string& body) {
  const std::string text = Invite(headers, "sip:1@h", "<sip:2@h>;tag=1", body);
  return ReadSdp(Parsed(text).sip());
}

TEST(ReadSdp, PlainSdpIsTakenAsItIs) {
  EXPECT_EQ(BodyOfInvite("Content-Type: application/sdp\r\n", "v=0\r\n").sdp, "v=0\r\n");
  EXPECT_EQ(BodyOfInvite("c: Application/SDP;charset=x\r\n", "v=0\r\n").sdp, "v=0\r\n");
  EXPECT_EQ(BodyOfInvite("", "").sdp, "");
}

TEST(ReadSdp, SdpIsFoundInAMultipartBody) {
  const std::string body =
      "--x\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n"
      "--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=-\r\n\r\n--x--\r\n";
  const SdpBody read = BodyOfInvite("Content-Type: multipart/mixed;boundary=x\r\n", body);
  EXPECT_EQ(read.refusal_status, 0);
  EXPECT_EQ(read.sdp, "v=0\r\ns=-\r\n");
}

TEST(ReadSdp, MultipartBodiesThatAreBrokenHaveNoSdp) {
  const std::string part = "Content-Type: application/sdp\r\n\r\nv=0\r\n";
  for (const std::string& body :
       {std::string("--x"), std::string("--x\r\n"), std::string("--x--"), "--y\r\n" + part,
        "--x--\r\n" + part, std::string("--x\r\n\r\n--x\r\n\r\n"), std::string(3000, '-')}) {
    const SdpBody read = BodyOfInvite("Content-Type: multipart/mixed;boundary=x\r\n", body);
    EXPECT_EQ(read.refusal_status, 415) << body;
  }
  EXPECT_EQ(BodyOfInvite("Content-Type: multipart/mixed\r\n", "--x\r\n" + part).refusal_status,
            415);
}

TEST(ReadSdp, BoundaryMayBeQuotedAndTheEndMayBeMissing) {
  const SdpBody read =
      BodyOfInvite("Content-Type: multipart/mixed;boundary=\"x y\"\r\n",
                   "preamble\r\n--x y\r\nContent-Type: application/sdp\r\n\r\nv=0");
  EXPECT_EQ(read.sdp, "v=0");
}

TEST(ReadSdp, OtherBodiesAreRefusedByKind) {
  EXPECT_EQ(BodyOfInvite("", "v=0\r\n").refusal_status, 400);
  EXPECT_EQ(BodyOfInvite("Content-Type: text/plain\r\n", "hi").refusal_status, 415);
  EXPECT_EQ(BodyOfInvite("Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "x")
                .refusal_status,
            415);
  EXPECT_EQ(
      BodyOfInvite("Content-Type: application/sdp\r\n", std::string(20000, 'x')).refusal_status,
      413);
  EXPECT_EQ(
      BodyOfInvite("Content-Type: multipart/mixed;boundary=x\r\n", "--x--\r\n").refusal_status,
      415);
}

}  // namespace
}  // namespace narada::sip
