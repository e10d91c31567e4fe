// Whatever arrives on the port of an encrypted leg: nothing made without the key is taken or changes
// anything, and what is taken lies within its memory. The first byte of the input says what the rest
// is: a datagram as it is, or a packet to be protected first and then changed in one place.
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "mixer/srtp/protector.h"
#include "mixer/srtp/unprotector.h"

namespace narada::mixer::srtp {
namespace {

SrtpKeys Keys(uint8_t variant) {
  const auto suite = static_cast<SrtpSuite>(variant % kSrtpSuiteCount);
  std::array<uint8_t, SrtpKeys::kSizeMax> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7 + variant);
  return SrtpKeys(suite, std::span(bytes).first(SrtpKeys::SizeFor(TraitsOf(suite))));
}

Result<Unprotected, Refusal> Open(Unprotector& unprotector, bool is_report,
                                  const std::vector<uint8_t>& datagram, std::vector<uint8_t>& out) {
  out.assign(datagram.size(), 0);
  return is_report ? unprotector.UnprotectRtcp(datagram, out)
                   : unprotector.UnprotectRtp(datagram, out);
}

void Run(std::span<const uint8_t> input) {
  if (input.size() < 4) return;
  const uint8_t kind = input[0];
  const SrtpKeys keys = Keys(input[1]);
  const size_t place = size_t{input[2]} * 256 + input[3];
  const std::span<const uint8_t> rest = input.subspan(4);
  const bool is_report = (kind & 1) != 0;
  Unprotector unprotector(keys);
  std::vector<uint8_t> out;

  if ((kind & 2) == 0) {  // Nobody without the key has ever guessed a tag.
    const std::vector<uint8_t> datagram(rest.begin(), rest.end());
    CHECK(!Open(unprotector, is_report, datagram, out).ok()) << "a stranger's packet was taken";
    CHECK(!unprotector.streams()[0].is_used) << "a stranger's packet left a trace";
    return;
  }

  Protector protector(keys);
  std::vector<uint8_t> plain(12);
  plain[0] = 0x80;
  if (is_report) plain.resize(8);
  const size_t header = plain.size();
  for (int i = 0; i < 4; ++i) plain[header - 4 + i] = static_cast<uint8_t>(1 + i);
  plain.insert(plain.end(), rest.begin(), rest.end());
  std::vector<uint8_t> packet(plain.size() + kGrowthMax);
  const std::span<const uint8_t> all(plain);
  packet.resize(is_report ? protector.ProtectRtcp(all, packet)
                          : protector.ProtectRtp(all.first(header), all.subspan(header), packet));
  CHECK(!packet.empty()) << "the first packet was refused";
  std::vector<uint8_t> forged = packet;
  forged[place % forged.size()] ^= static_cast<uint8_t>(1 << (kind >> 2) % 8);
  CHECK(!Open(unprotector, is_report, forged, out).ok()) << "a changed packet was taken";
  const Result<Unprotected, Refusal> opened = Open(unprotector, is_report, packet, out);
  CHECK(opened.ok()) << "the packet itself was not taken";
  CHECK(std::equal(opened->bytes.begin(), opened->bytes.end(), plain.begin(), plain.end()))
      << "it is not what was sent";
  CHECK(!Open(unprotector, is_report, packet, out).ok()) << "a replay was taken";
}

}  // namespace
}  // namespace narada::mixer::srtp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narada::mixer::srtp::Run({data, size});
  return 0;
}
