// The messages of RFC 4475, and worse, against the real gateway.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/random.h"
#include "sip/testing/fake_control.h"
#include "sip/testing/gateway_process.h"
#include "tests/fuzz/mutate.h"
#include "tests/phone/phone.h"

namespace narada::sip {
namespace {

namespace pb = control::v1;

constexpr int kDropped = 0;

// What may come back, and nothing else. 486 is what control says to whatever reaches it, so it
// marks an INVITE that was understood.
const std::map<std::string, std::set<int>>& Expected() {
  static const auto* const kExpected = new std::map<std::string, std::set<int>>{
      // Valid (§3.1.1).
      {"wsinv", {481}},  // In a dialog that does not exist.
      {"intmeth",
       {kDropped, 405, 501}},  // Legal, but sofia-sip reads no method beginning with "!".
      {"esc01", {486}},
      {"escnull", {405}},  // REGISTER is not served.
      {"esc02", {501}},    // Its method is not REGISTER, but RE%47IST%45R.
      {"lwsdisp", {200}},
      {"longreq", {486}},
      {"dblreq", {405}},  // One datagram, one message.
      {"semiuri", {200}},
      {"transports", {200}},
      {"mpart01", {405}},
      {"unreason", {kDropped}},  // Responses to nothing.
      {"noreason", {kDropped}},
      // Invalid (§3.1.2): refused, or read generously where the RFC lets us.
      {"badinv01", {kDropped, 400}},  // The broken header is Via: there is nowhere to answer to.
      {"clerr", {400}},
      {"ncl", {400}},
      {"scalar02", {400}},
      {"scalarlg", {kDropped}},
      {"quotbal", {400}},
      {"ltgtruri", {400}},
      {"lwsruri", {kDropped, 400}},
      {"lwsstart", {400, 486}},
      {"trws", {200, 400}},
      {"escruri", {400}},
      {"baddate", {400, 486}},
      {"regbadct", {400, 405}},
      {"badaspec", {200, 400}},
      {"baddn", {400}},
      {"badvers", {505}},
      {"mismatch01", {400}},
      {"mismatch02", {400, 501}},
      {"bigcode", {kDropped}},
      // Transaction layer (§3.2), application layer (§3.3), back compatibility (§3.4).
      {"badbranch", {200}},
      {"insuf", {400}},
      {"unkscm", {416}},
      {"novelsc", {416}},
      {"unksm2", {405}},
      {"bext01", {420}},
      {"invut", {415}},
      {"regaut01", {405}},
      {"multi01", {400}},
      {"mcl01", {400}},
      {"bcast", {kDropped}},
      {"zeromf", {200}},  // Max-Forwards is spent, but we are where it goes.
      {"cparam01", {405}},
      {"cparam02", {405}},
      {"regescrt", {405}},
      {"sdp01", {406}},
      {"inv2543", {486}},  // No Contact, no branch, no Content-Length, no tag.
  };
  return *kExpected;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

sockaddr_in Address(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

int FinalStatus(const std::string& received) {
  for (absl::string_view line : absl::StrSplit(received, "\r\n")) {
    int status = 0;
    if (absl::StartsWith(line, "SIP/2.0 ") && absl::SimpleAtoi(line.substr(8, 3), &status) &&
        status >= 200) {
      return status;
    }
  }
  return kDropped;
}

// Everything that comes back from `fds` until a final response, the end, or the time-out.
std::string ReceiveAll(const std::vector<int>& fds, absl::Duration timeout) {
  std::string received;
  const absl::Time deadline = absl::Now() + timeout;
  while (FinalStatus(received) == kDropped && absl::Now() < deadline) {
    std::vector<pollfd> polled;
    for (int fd : fds) polled.push_back({fd, POLLIN, 0});
    poll(polled.data(), polled.size(), 20);
    for (const pollfd& one : polled) {
      char buffer[65536];
      const ssize_t size = recv(one.fd, buffer, sizeof(buffer), MSG_DONTWAIT);
      if (size > 0) received.append(buffer, static_cast<size_t>(size));
      if (size == 0) return received;
    }
  }
  return received;
}

// Sends by UDP from a loopback address of its own, so that the ports which Via names (the RFC's
// messages do not ask for rport) are free there.
std::string ExchangeUdp(int gateway_port, const std::string& message, const std::string& source,
                        absl::Duration timeout) {
  std::vector<int> fds;
  for (int port : {5060, 5050}) {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const sockaddr_in own = Address(source, port);
    EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof(own)), 0) << source;
    fds.push_back(fd);
  }
  const sockaddr_in to = Address("127.0.0.1", gateway_port);
  sendto(fds[0], message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&to),
         sizeof(to));
  const std::string received = ReceiveAll(fds, timeout);
  for (int fd : fds) close(fd);
  return received;
}

int ConnectTcp(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = Address("127.0.0.1", port);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
  return fd;
}

std::string ExchangeTcp(int gateway_port, const std::string& message, absl::Duration timeout) {
  const int fd = ConnectTcp(gateway_port);
  send(fd, message.data(), message.size(), MSG_NOSIGNAL);
  const std::string received = ReceiveAll({fd}, timeout);
  close(fd);
  return received;
}

std::string Invite(absl::string_view id, absl::string_view transport = "UDP") {
  return absl::StrCat("INVITE sip:+48608608608@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/", transport,
                      " 127.0.0.1:9;rport;branch=z9hG4bK", id,
                      "\r\nMax-Forwards: 70\r\nFrom: <sip:", "+48601000001@127.0.0.1>;tag=", id,
                      "\r\nTo: <sip:+48608608608@127.0.0.1>", "\r\nCall-ID: ", id,
                      "\r\nCSeq: 1 INVITE\r\nContact: <sip:127.0.0.1:9>\r\n",
                      "Content-Length: 0\r\n\r\n");
}

class TortureTest : public testing::Test {
 protected:
  void SetUp() override {
    control_.SetReaction([](const pb::SignalRequest& event) -> std::vector<pb::SignalResponse> {
      if (!event.has_offered()) return {};
      pb::SignalResponse response;
      response.set_call_id(event.call_id());
      response.mutable_reject()->set_reason(pb::REJECT_REASON_BUSY);
      return {response};
    });
    gateway_ = std::make_unique<GatewayProcess>(control_.address());
    ASSERT_TRUE(gateway_->WaitLog("sip is ready")) << gateway_->Log();
  }
  // The gateway still understands a real phone.
  void ExpectAlive() {
    ASSERT_TRUE(gateway_->IsRunning()) << gateway_->Log();
    phone::PhoneLoop loop;
    auto caller = phone::Phone::Create(loop, {}).value();
    ASSERT_TRUE(caller->Call(gateway_->uri("+48608608608")).ok());
    const absl::Status refused = caller->WaitAnswered(absl::Seconds(10));
    EXPECT_EQ(refused.message(), "486 Busy Here");
  }

  FakeControl control_;
  std::unique_ptr<GatewayProcess> gateway_;
};

TEST_F(TortureTest, EachMessageOfRfc4475IsAnsweredAsItMust) {
  int number = 0;
  for (const auto& [name, expected] : Expected()) {
    std::string message = ReadFile(absl::StrCat("tests/golden/rfc4475/", name, ".dat"));
    ASSERT_FALSE(message.empty()) << name;
    // Its Via says TLS, which the gateway does not speak, so the answer would have no way back.
    if (name == "bext01") {
      message = absl::StrReplaceAll(message, {{"SIP/2.0/TLS", "SIP/2.0/UDP"}});
    }
    ++number;
    const std::string source = absl::StrCat("127.", 10 + getpid() % 200, ".", number, ".1");
    // What may be dropped is waited for as briefly as may be.
    const absl::Duration patience = absl::Milliseconds(expected.count(kDropped) > 0 ? 250 : 600);
    const std::string by_udp = ExchangeUdp(gateway_->port(), message, source, patience);
    const bool is_answered = FinalStatus(by_udp) != kDropped;
    const std::string by_tcp =
        ExchangeTcp(gateway_->port(), message, is_answered ? absl::Milliseconds(50) : 4 * patience);
    // A message is made for one transport; by the other it must do no harm.
    const int status = std::max(FinalStatus(by_udp), FinalStatus(by_tcp));
    EXPECT_TRUE(expected.count(status) > 0) << name << " was answered with " << status << "\n"
                                            << by_udp << by_tcp;
    ASSERT_TRUE(gateway_->IsRunning()) << name << "\n" << gateway_->Log();
  }
  EXPECT_EQ(Expected().size(), 49u);  // All that the RFC has.
  ExpectAlive();
}

TEST_F(TortureTest, InviteThatComesByteByByteIsUnderstood) {
  const int fd = ConnectTcp(gateway_->port());
  for (char byte : Invite("slow", "TCP")) {
    ASSERT_EQ(send(fd, &byte, 1, MSG_NOSIGNAL), 1);
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(FinalStatus(ReceiveAll({fd}, absl::Seconds(5))), 486);
  close(fd);
}

TEST_F(TortureTest, InviteCutAtEveryByteHarmsNobody) {
  const std::string invite = Invite("cut", "TCP");
  for (size_t size = 1; size < invite.size(); size += 3) {
    const int fd = ConnectTcp(gateway_->port());
    send(fd, invite.data(), size, MSG_NOSIGNAL);
    close(fd);
    absl::SleepFor(absl::Milliseconds(2));
    if (size > 60) size += 10;
  }
  ExpectAlive();
}

TEST_F(TortureTest, DatagramsOfAllSizesAndOversizedMessagesHarmNobody) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = Address("127.0.0.1", gateway_->port());
  for (size_t size = 0; size <= 65507; size += size < 64 ? 1 : 1009) {
    const std::string filler(size, 'A');
    sendto(fd, filler.data(), filler.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  }
  close(fd);
  // A header that never ends: the connection must be given up, not the memory.
  const int tcp = ConnectTcp(gateway_->port());
  const std::string chunk(16384, 'x');
  const std::string start = "INVITE sip:a@127.0.0.1 SIP/2.0\r\nSubject: ";
  send(tcp, start.data(), start.size(), MSG_NOSIGNAL);
  bool is_cut = false;
  for (int i = 0; i < 400 && !is_cut; ++i) {
    is_cut = send(tcp, chunk.data(), chunk.size(), MSG_NOSIGNAL) < 0;
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_TRUE(is_cut);
  close(tcp);
  ExpectAlive();
  EXPECT_LT(gateway_->ResidentBytes(), 200u << 20);
}

TEST_F(TortureTest, MutatedMessagesHarmNobody) {
  // No limits, so that everything gets as deep as it can.
  gateway_ = std::make_unique<GatewayProcess>(
      control_.address(),
      std::vector<std::string>{"--calls_max=1000000", "--calls_per_second_max=1000000"});
  ASSERT_TRUE(gateway_->WaitLog("sip is ready")) << gateway_->Log();
  // Calls that are answered, refused and left waiting: mutations meet all states.
  control_.SetReaction([](const pb::SignalRequest& event) -> std::vector<pb::SignalResponse> {
    pb::SignalResponse response;
    response.set_call_id(event.call_id());
    const size_t choice = std::hash<std::string>()(event.call_id()) % 3;
    if (event.has_offered() && event.offered().called_number() == "+48608608608") {
      response.mutable_reject()->set_reason(pb::REJECT_REASON_BUSY);  // ExpectAlive asks.
    } else if (event.has_offered() && choice == 0) {
      response.mutable_answer()->set_sdp("v=0\r\n");
    } else if (event.has_offered() && choice == 1) {
      response.mutable_reject()->set_reason(pb::REJECT_REASON_MEDIA_INVALID);
    } else if (event.has_media_offered()) {
      response.mutable_answer_media()->set_sdp("v=0\r\n");
    } else {
      return {};
    }
    return {response};
  });
  std::vector<std::vector<uint8_t>> seeds;
  for (const auto& [name, expected] : Expected()) {
    const std::string message = ReadFile(absl::StrCat("tests/golden/rfc4475/", name, ".dat"));
    seeds.emplace_back(message.begin(), message.end());
  }
  for (int i = 0; i < 3; ++i) {
    const std::string message = Invite(absl::StrCat("mutated", i));
    for (const char* method : {"INVITE", "ACK", "BYE", "CANCEL", "INFO", "UPDATE", "PRACK"}) {
      std::string other = absl::StrReplaceAll(message, {{"INVITE", method}});
      seeds.emplace_back(other.begin(), other.end());
    }
  }
  // More by NARADA_TORTURE_MESSAGES, for an hour of patience.
  const char* const wanted = std::getenv("NARADA_TORTURE_MESSAGES");
  const int messages = wanted == nullptr ? 4000 : std::atoi(wanted);
  const char* const seed = std::getenv("NARADA_TORTURE_SEED");
  SeededRandom random(seed == nullptr ? 1 : static_cast<uint64_t>(std::atoll(seed)));
  fuzz::Mutator mutator(random.Next());
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_in own = Address("127.98.0.1", 0);
  bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof(own));
  const sockaddr_in to = Address("127.0.0.1", gateway_->port());
  for (int i = 0; i < messages; ++i) {
    std::vector<uint8_t> message = seeds[random.Below(seeds.size())];
    mutator.Mutate(message, seeds[random.Below(seeds.size())]);
    sendto(fd, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&to),
           sizeof(to));
    char drained[2048];
    while (recv(fd, drained, sizeof(drained), MSG_DONTWAIT) > 0) {
    }
    if (i % 50 == 0) {
      absl::SleepFor(absl::Milliseconds(5));
      ASSERT_TRUE(gateway_->IsRunning()) << "after " << i << " messages\n" << gateway_->Log();
    }
  }
  close(fd);
  ExpectAlive();
}

TEST_F(TortureTest, FloodFromOnePeerIsShedAndAnotherPeerIsServed) {
  // 2000 messages a second of several kinds, for three seconds.
  const size_t before = gateway_->ResidentBytes();
  std::thread flood([this] {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const sockaddr_in own = Address("127.99.0.1", 0);
    bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof(own));
    const sockaddr_in to = Address("127.0.0.1", gateway_->port());
    for (int i = 0; i < 6000; ++i) {
      std::string message = Invite(absl::StrCat("flood", i));
      const char* const methods[] = {"INVITE", "OPTIONS", "REGISTER", "BYE", "MESSAGE"};
      message = absl::StrReplaceAll(message, {{"INVITE", methods[i % 5]}});
      sendto(fd, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&to),
             sizeof(to));
      char drained[2048];
      while (recv(fd, drained, sizeof(drained), MSG_DONTWAIT) > 0) {
      }
      absl::SleepFor(absl::Microseconds(440));
    }
    close(fd);
  });
  absl::SleepFor(absl::Seconds(1));
  for (int i = 0; i < 5; ++i) ExpectAlive();
  flood.join();
  ExpectAlive();
  // The stack keeps each transaction for 32 s (RFC 3261 §17.2), so memory grows, within bounds.
  EXPECT_LT(gateway_->ResidentBytes() - before, 150u << 20);
}

}  // namespace
}  // namespace narada::sip
