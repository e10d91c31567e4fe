#include "control/prompts/wav.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::control::prompts {
namespace {

constexpr uint16_t kFormatPcm = 1;
constexpr uint16_t kFormatALaw = 6;
constexpr uint16_t kFormatMuLaw = 7;
constexpr uint16_t kFormatExtensible = 0xFFFE;  // The real format begins its sub-format.
constexpr size_t kSubFormatAt = 24;
constexpr absl::Duration kDurationMax = absl::Minutes(10);

absl::Status Damaged(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PROMPT_DAMAGED", why);
}

uint32_t Read32(absl::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i > 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[at + i - 1]);
  return value;
}

uint16_t Read16(absl::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[at]) | static_cast<uint8_t>(bytes[at + 1])
                                                                     << 8);
}

void Append32(std::string& bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

void Append16(std::string& bytes, uint16_t value) {
  bytes.push_back(static_cast<char>(value & 0xFF));
  bytes.push_back(static_cast<char>(value >> 8));
}

// Format and data chunk, at any rate. A writer to a pipe (espeak-ng) leaves 0x7FFFF000 as the size.
absl::StatusOr<WavInfo> Parse(absl::string_view bytes, bool allows_open_end) {
  if (bytes.size() < 12 || bytes.substr(0, 4) != "RIFF" || bytes.substr(8, 4) != "WAVE") {
    return Damaged("is not a WAV file");
  }
  WavInfo info;
  size_t bytes_per_frame = 0;
  bool has_format = false;
  for (size_t at = 12; at + 8 <= bytes.size();) {
    const absl::string_view id = bytes.substr(at, 4);
    size_t size = Read32(bytes, at + 4);
    const size_t left = bytes.size() - at - 8;
    if (size > left) {
      if (!(allows_open_end && id == "data")) return Damaged("is cut off");
      size = left;
    }
    const absl::string_view body = bytes.substr(at + 8, size);
    if (id == "fmt ") {
      if (body.size() < 16) return Damaged("has a format chunk that is too short");
      uint16_t format = Read16(body, 0);
      if (format == kFormatExtensible && body.size() >= kSubFormatAt + 2) {
        format = Read16(body, kSubFormatAt);
      }
      info.channels = Read16(body, 2);
      const uint32_t rate_hz = Read32(body, 4);
      const int bits = Read16(body, 14);
      if (format == kFormatPcm && bits == 16) {
        info.coding = WavInfo::Coding::kPcm16;
      } else if (format == kFormatALaw && bits == 8) {
        info.coding = WavInfo::Coding::kALaw;
      } else if (format == kFormatMuLaw && bits == 8) {
        info.coding = WavInfo::Coding::kMuLaw;
      } else {
        return Damaged("is coded otherwise than as PCM of 16 bits, A-law or µ-law");
      }
      if (info.channels != 1 && info.channels != 2) return Damaged("is neither mono nor stereo");
      if (rate_hz < 8000 || rate_hz > 192000) {
        return Damaged(absl::StrCat("has a sampling rate of ", rate_hz, " Hz"));
      }
      info.rate_hz = static_cast<int>(rate_hz);
      bytes_per_frame = static_cast<size_t>(info.channels * bits / 8);
      has_format = true;
    } else if (id == "data") {
      if (!has_format) return Damaged("has samples before their format");
      info.data = body.substr(0, body.size() - body.size() % bytes_per_frame);
      if (info.data.empty()) return Damaged("is empty");
      const int64_t frames = static_cast<int64_t>(info.data.size() / bytes_per_frame);
      info.duration = absl::Seconds(1) * frames / info.rate_hz;
      if (info.duration > kDurationMax) return Damaged("is longer than 10 minutes");
      return info;
    }
    at += 8 + size + size % 2;
  }
  return Damaged("has no samples");
}

}  // namespace

absl::StatusOr<WavInfo> CheckWav(absl::string_view bytes) {
  ASSIGN_OR_RETURN(const WavInfo info, Parse(bytes, /*allows_open_end=*/false));
  if (info.rate_hz != 8000 && info.rate_hz != 16000 && info.rate_hz != 48000) {
    return Damaged(
        absl::StrCat("has a sampling rate of ", info.rate_hz, " Hz, not 8000, 16000 or 48000"));
  }
  return info;
}

absl::StatusOr<Pcm> ReadMonoPcm(absl::string_view bytes) {
  ASSIGN_OR_RETURN(const WavInfo info, Parse(bytes, /*allows_open_end=*/true));
  if (info.coding != WavInfo::Coding::kPcm16 || info.channels != 1) {
    return Damaged("is not mono PCM of 16 bits");
  }
  Pcm pcm;
  pcm.rate_hz = info.rate_hz;
  pcm.samples.resize(info.data.size() / 2);
  for (size_t i = 0; i < pcm.samples.size(); ++i) {
    pcm.samples[i] = static_cast<int16_t>(Read16(info.data, 2 * i));
  }
  return pcm;
}

std::string WriteWav(std::span<const int16_t> samples, int rate_hz) {
  const uint32_t data_size = static_cast<uint32_t>(2 * samples.size());
  std::string bytes = "RIFF";
  Append32(bytes, 36 + data_size);
  bytes += "WAVEfmt ";
  Append32(bytes, 16);
  Append16(bytes, kFormatPcm);
  Append16(bytes, 1);
  Append32(bytes, static_cast<uint32_t>(rate_hz));
  Append32(bytes, static_cast<uint32_t>(2 * rate_hz));
  Append16(bytes, 2);
  Append16(bytes, 16);
  bytes += "data";
  Append32(bytes, data_size);
  for (int16_t sample : samples) Append16(bytes, static_cast<uint16_t>(sample));
  return bytes;
}

}  // namespace narada::control::prompts
