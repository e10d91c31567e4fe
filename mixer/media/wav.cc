#include "mixer/media/wav.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "mixer/codec/g711.h"

namespace narada::mixer::media {
namespace {

constexpr uint16_t kPcm = 1;
constexpr uint16_t kFloat = 3;
constexpr uint16_t kALaw = 6;
constexpr uint16_t kULaw = 7;
constexpr uint16_t kExtensible = 0xfffe;

constexpr uint32_t kRateMin = 4'000;
constexpr uint32_t kRateMax = 192'000;

absl::Status Damaged(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PROMPT_DAMAGED",
                         absl::StrCat("WAV: ", what));
}

// Little-endian reading that cannot leave the file.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  size_t left() const { return bytes_.size(); }
  // The next `size` bytes, or as many as there are.
  std::span<const uint8_t> Take(size_t size) {
    size = std::min(size, bytes_.size());
    const auto taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }
  // Only where that many bytes are left.
  uint16_t U16() { return static_cast<uint16_t>(Number(2)); }
  uint32_t U32() { return Number(4); }
  bool TakeIf(absl::string_view tag) {
    if (bytes_.size() < tag.size() || std::memcmp(bytes_.data(), tag.data(), tag.size()) != 0) {
      return false;
    }
    bytes_ = bytes_.subspan(tag.size());
    return true;
  }

 private:
  uint32_t Number(size_t size) {
    uint32_t value = 0;
    const auto bytes = Take(size);
    for (size_t i = 0; i < bytes.size(); ++i) value |= uint32_t{bytes[i]} << (8 * i);
    return value;
  }

  std::span<const uint8_t> bytes_;
};

struct Format {
  uint16_t code = 0;
  uint16_t channels = 0;
  uint32_t rate_hz = 0;
  uint16_t bits = 0;
};

absl::StatusOr<Format> ParseFormat(std::span<const uint8_t> chunk) {
  if (chunk.size() < 16) return Damaged("the format chunk is too short");
  Reader reader(chunk);
  Format format;
  format.code = reader.U16();
  format.channels = reader.U16();
  format.rate_hz = reader.U32();
  reader.Take(6);  // Bytes per second and block size: they follow from the rest.
  format.bits = reader.U16();
  if (format.code == kExtensible) {
    if (chunk.size() < 40) return Damaged("the extensible format chunk is too short");
    reader.Take(8);  // Its size, valid bits, speakers. The code begins the sub-format's GUID.
    format.code = reader.U16();
  }
  if (format.code != kPcm && format.code != kFloat && format.code != kALaw &&
      format.code != kULaw) {
    return Damaged(absl::StrCat("format ", format.code, " is not PCM, float, A-law or µ-law"));
  }
  if (format.channels != 1 && format.channels != 2) {
    return Damaged(absl::StrCat(format.channels, " channels; only 1 and 2 are known"));
  }
  const bool is_width_known = format.code == kPcm ? format.bits == 8 || format.bits == 16 ||
                                                        format.bits == 24 || format.bits == 32
                              : format.code == kFloat ? format.bits == 32 || format.bits == 64
                                                      : format.bits == 8;
  if (!is_width_known) {
    return Damaged(absl::StrCat(format.bits, " bits a sample do not go with format ", format.code));
  }
  if (format.rate_hz < kRateMin || format.rate_hz > kRateMax) {
    return Damaged(absl::StrCat("a rate of ", format.rate_hz, " Hz is not within 4 to 192 kHz"));
  }
  return format;
}

uint64_t NumberAt(const uint8_t* bytes, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint64_t{bytes[i]} << (8 * i);
  return value;
}

// Of -1 to 1; what is no number is silence.
int16_t FromFloat(double value) {
  if (!(std::abs(value) <= 1e30)) return 0;
  return static_cast<int16_t>(std::lround(std::clamp(value * 32768, -32768.0, 32767.0)));
}

// Little-endian; more bits than 16 are rounded.
int16_t SampleAt(const Format& format, const uint8_t* bytes) {
  const size_t size = format.bits / 8u;
  if (format.code == kFloat) {
    return FromFloat(size == 4
                         ? double{std::bit_cast<float>(static_cast<uint32_t>(NumberAt(bytes, 4)))}
                         : std::bit_cast<double>(NumberAt(bytes, 8)));
  }
  if (size == 1) return static_cast<int16_t>((bytes[0] - 128) * 256);
  // Its sign in the highest of 64 bits, then down again, with the first bit lost to round by.
  const auto value = static_cast<int64_t>(NumberAt(bytes, size) << (64 - 8 * size));
  const int64_t rounded = (value >> 47) + 1;
  return static_cast<int16_t>(size == 2 ? value >> 48 : std::min<int64_t>(rounded >> 1, INT16_MAX));
}

std::vector<int16_t> DecodeSamples(const Format& format, std::span<const uint8_t> data) {
  const size_t size = format.bits / 8u;
  std::vector<int16_t> samples(data.size() / size);
  if (format.code == kALaw || format.code == kULaw) {
    format.code == kALaw ? codec::DecodeALaw(data, samples) : codec::DecodeULaw(data, samples);
    return samples;
  }
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = SampleAt(format, &data[i * size]);
  return samples;
}

std::vector<int16_t> AveragePairs(const std::vector<int16_t>& stereo) {
  std::vector<int16_t> mono(stereo.size() / 2);
  for (size_t i = 0; i < mono.size(); ++i) {
    mono[i] = static_cast<int16_t>((int32_t{stereo[2 * i]} + stereo[2 * i + 1]) / 2);
  }
  return mono;
}

}  // namespace

absl::StatusOr<DecodedAudio> ParseWav(std::span<const uint8_t> file) {
  Reader reader(file);
  if (!reader.TakeIf("RIFF") && !reader.TakeIf("RF64"))
    return Damaged("it does not begin with RIFF or RF64");
  if (reader.left() < 8) return Damaged("it is cut in its header");
  reader.U32();  // The size of all that follows; writers that stream leave it wrong.
  if (!reader.TakeIf("WAVE")) return Damaged("a RIFF file, but not WAVE");

  Format format;
  bool has_format = false;
  while (reader.left() >= 8) {
    const bool is_format = reader.TakeIf("fmt ");
    const bool is_data = !is_format && reader.TakeIf("data");
    if (!is_format && !is_data) reader.Take(4);
    const uint32_t size = reader.U32();
    if (is_data) {
      if (!has_format) return Damaged("its samples come before their format");
      // What a writer leaves that could not go back to its header (espeak-ng writes 0x7ffff000), and
      // RF64 where the sizes are elsewhere.
      const bool is_open = size >= 0x7ffff000 || size == 0;
      if (!is_open && size > reader.left()) {
        return Damaged(absl::StrCat("it is cut: ", reader.left(), " of ", size,
                                    " bytes of samples are there"));
      }
      const auto data = reader.Take(is_open ? reader.left() : size);
      std::vector<int16_t> samples = DecodeSamples(format, data);
      if (format.channels == 2) samples = AveragePairs(samples);
      if (samples.empty()) return Damaged("it has no samples");
      const SampleRate rate = SampleRate::FromHertz(static_cast<int>(format.rate_hz));
      return DecodedAudio{.rate = rate, .samples = std::move(samples), .source_rate = rate};
    }
    if (size > reader.left()) return Damaged("a chunk is longer than the file");
    const auto chunk = reader.Take(size);
    if (size % 2 == 1) reader.Take(1);  // Chunks are padded to even lengths.
    if (!is_format) continue;
    absl::StatusOr<Format> parsed = ParseFormat(chunk);
    if (!parsed.ok()) return parsed.status();
    format = *parsed;
    has_format = true;
  }
  return Damaged(has_format ? "it has no samples" : "it has no format chunk");
}

}  // namespace narada::mixer::media
