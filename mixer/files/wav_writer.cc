#include "mixer/files/wav_writer.h"

#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace narada::mixer::files {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are written as they lie");

constexpr uint32_t kInDs64 = 0xffffffff;  // "See the ds64 chunk."
constexpr size_t kRateOffset = 60;

// Writes a header field by field.
class Fields {
 public:
  explicit Fields(std::span<uint8_t> bytes) : bytes_(bytes) {}
  void Tag(absl::string_view tag) { Put(tag.data(), tag.size()); }
  template <typename T>
  void Number(T value) {
    Put(&value, sizeof(value));
  }

 private:
  void Put(const void* data, size_t size) {
    std::memcpy(bytes_.data(), data, size);
    bytes_ = bytes_.subspan(size);
  }
  std::span<uint8_t> bytes_;
};

}  // namespace

std::array<uint8_t, WavWriter::kHeaderBytes> WavWriter::Header(SampleRate rate,
                                                               uint64_t data_bytes) {
  const auto rate_hz = static_cast<uint32_t>(rate.hertz());
  const uint64_t riff_bytes = kHeaderBytes - 8 + data_bytes;
  const bool is_long = riff_bytes >= kInDs64;
  std::array<uint8_t, kHeaderBytes> header = {};
  Fields fields(header);
  fields.Tag(is_long ? "RF64" : "RIFF");
  fields.Number(is_long ? kInDs64 : static_cast<uint32_t>(riff_bytes));
  fields.Tag("WAVE");
  fields.Tag(is_long ? "ds64" : "JUNK");
  fields.Number(uint32_t{28});
  fields.Number(is_long ? riff_bytes : uint64_t{0});
  fields.Number(is_long ? data_bytes : uint64_t{0});
  fields.Number(is_long ? data_bytes / 2 : uint64_t{0});  // Samples.
  fields.Number(uint32_t{0});                             // Further long chunks.
  fields.Tag("fmt ");
  fields.Number(uint32_t{16});
  fields.Number(uint16_t{1});  // PCM.
  fields.Number(uint16_t{1});  // Channels.
  fields.Number(rate_hz);
  fields.Number(2 * rate_hz);
  fields.Number(uint16_t{2});
  fields.Number(uint16_t{16});
  fields.Tag("data");
  fields.Number(is_long ? kInDs64 : static_cast<uint32_t>(data_bytes));
  return header;
}

absl::StatusOr<std::unique_ptr<WavWriter>> WavWriter::Start(File file, SampleRate rate) {
  std::unique_ptr<WavWriter> writer(new WavWriter(std::move(file), rate));
  writer->file_.Append(Header(rate, 0));
  RETURN_IF_ERROR(writer->file_.Flush());
  return writer;
}

absl::Status WavWriter::Repair(File file) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WavWriter> writer, Continue(std::move(file)));
  return writer->TellLength();
}

absl::StatusOr<std::unique_ptr<WavWriter>> WavWriter::Continue(File file) {
  ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  std::array<uint8_t, kHeaderBytes> header;
  ASSIGN_OR_RETURN(const size_t got, file.ReadAt(0, header));
  uint32_t rate_hz = 0;
  std::memcpy(&rate_hz, header.data() + kRateOffset, sizeof(rate_hz));
  const bool is_ours = got == header.size() && rate_hz >= 8000 && rate_hz <= 48000;
  if (!is_ours) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "RECORDING_DAMAGED",
                           "a track of a recording has no header of ours");
  }
  const uint64_t data_bytes = (size - kHeaderBytes) / 2 * 2;
  return std::unique_ptr<WavWriter>(new WavWriter(std::move(file),
                                                  SampleRate::FromHertz(static_cast<int>(rate_hz)),
                                                  kHeaderBytes + data_bytes));
}

void WavWriter::Append(std::span<const int16_t> samples) {
  file_.Append({reinterpret_cast<const uint8_t*>(samples.data()), samples.size_bytes()});
}

absl::Status WavWriter::Flush() {
  RETURN_IF_ERROR(file_.Flush());
  return TellLength();
}

absl::Status WavWriter::Abandon() {
  RETURN_IF_ERROR(file_.Abandon());
  return TellLength();
}

absl::Status WavWriter::TellLength() {
  const uint64_t bytes = file_.size() - kHeaderBytes;
  if (bytes == bytes_told_) return absl::OkStatus();
  RETURN_IF_ERROR(file_.Rewrite(0, Header(rate_, bytes)));
  bytes_told_ = bytes;
  return absl::OkStatus();
}

absl::Status WavWriter::Finish() {
  RETURN_IF_ERROR(Flush());
  return file_.Sync();
}

}  // namespace narada::mixer::files
