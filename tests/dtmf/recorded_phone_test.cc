// reliability.md V13: the presses of a real phone, as SIPp carries them (package sip-tester). Each
// file is one press of one key; each is told once, also with every tenth packet lost.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "mixer/dtmf/telephone_event_receiver.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/rtp/telephone_event.h"

namespace narada {
namespace {

using mixer::MediaTime;
using mixer::Microseconds;
using mixer::Seconds;

constexpr char kFolder[] = "/usr/share/sip-tester/";
constexpr size_t kFileHeader = 24;
constexpr size_t kRecordHeader = 16;
constexpr size_t kBeforeRtp = 14 + 20 + 8;  // Ethernet, IPv4, UDP.

struct Datagram {
  MediaTime time;
  std::vector<uint8_t> bytes;
};

// The datagrams of a capture in the byte order of this machine.
std::vector<Datagram> ReadCapture(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<Datagram> datagrams;
  for (size_t at = kFileHeader; at + kRecordHeader <= all.size();) {
    uint32_t header[4];  // Seconds, microseconds, bytes here, bytes on the wire.
    std::memcpy(header, &all[at], sizeof(header));
    at += kRecordHeader;
    if (header[2] < kBeforeRtp || header[2] > all.size() - at) break;
    datagrams.push_back({MediaTime() + Seconds(header[0]) + Microseconds(header[1]),
                         {all.begin() + static_cast<long>(at + kBeforeRtp),
                          all.begin() + static_cast<long>(at + header[2])}});
    at += header[2];
  }
  return datagrams;
}

TEST(RecordedPhone, PressesAreToldOnceEach) {
  const std::pair<const char*, char> files[] = {
      {"0", '0'}, {"1", '1'}, {"2", '2'}, {"3", '3'}, {"4", '4'},    {"5", '5'},
      {"6", '6'}, {"7", '7'}, {"8", '8'}, {"9", '9'}, {"star", '*'}, {"pound", '#'}};
  for (const auto& [name, key] : files) {
    const std::vector<Datagram> datagrams =
        ReadCapture(std::string(kFolder) + "dtmf_2833_" + name + ".pcap");
    ASSERT_GT(datagrams.size(), 3u) << name << ": is the package sip-tester installed?";
    for (size_t lost = 0; lost <= 10; ++lost) {  // None with 10.
      mixer::dtmf::TelephoneEventReceiver receiver(mixer::ClockRate::FromHertz(8000));
      std::string told;
      for (size_t i = 0; i < datagrams.size(); ++i) {
        if (i % 10 == lost) continue;
        const auto packet = mixer::rtp::PacketView::Parse(datagrams[i].bytes);
        ASSERT_TRUE(packet.ok()) << name;
        const auto event = mixer::rtp::TelephoneEvent::Parse(packet->payload());
        ASSERT_TRUE(event.ok()) << name;
        const auto digit =
            receiver.OnPacket(*event, packet->timestamp(), packet->marker(), datagrams[i].time);
        if (digit.has_value()) told += *digit;
      }
      EXPECT_EQ(told, std::string(1, key)) << name << ", lost: every tenth from " << lost;
    }
  }
}

}  // namespace
}  // namespace narada
