#include "mixer/files/ogg_opus_writer.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/files/ogg_extent.h"

namespace narada::mixer::files {
namespace {

constexpr int kFramesPerSecond = 50;
constexpr int64_t kFrameGranules = 48000 / kFramesPerSecond;
constexpr size_t kPacketBytesMax = 1276;

// After so much silence the encoder has nothing left to say, and its packets are alike.
constexpr int kSettledFrames = 50;

// Voice without a doubt; twice what a call would use.
int BitrateFor(SampleRate rate) {
  if (rate.hertz() <= 8000) return 24'000;
  return rate.hertz() <= 16000 ? 32'000 : 64'000;
}

void PutNumber(std::vector<uint8_t>& bytes, uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void PutText(std::vector<uint8_t>& bytes, const std::string& text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

}  // namespace

absl::StatusOr<std::unique_ptr<OggOpusWriter>> OggOpusWriter::Start(File file,
                                                                    const OggOpusOptions& options) {
  std::unique_ptr<OggOpusWriter> writer(new OggOpusWriter(std::move(file), options, 0, 0));
  writer->WriteHeaders();
  RETURN_IF_ERROR(writer->Flush());
  return writer;
}

absl::StatusOr<std::unique_ptr<OggOpusWriter>> OggOpusWriter::Continue(
    File file, const OggOpusOptions& options) {
  ASSIGN_OR_RETURN(const OggExtent extent, ReadOggExtent(file));
  OggOpusOptions next = options;
  next.serial = extent.last_serial + 0x10000;  // No other link's, nor another track's.
  RETURN_IF_ERROR(file.Resize(extent.bytes));
  const int64_t samples = extent.samples_48k / (48000 / options.rate.hertz());
  std::unique_ptr<OggOpusWriter> writer(
      new OggOpusWriter(std::move(file), next, extent.bytes, samples));
  writer->WriteHeaders();
  RETURN_IF_ERROR(writer->Flush());
  return writer;
}

OggOpusWriter::OggOpusWriter(File file, const OggOpusOptions& options, uint64_t size,
                             int64_t samples_before)
    : rate_(options.rate),
      frame_samples_(static_cast<size_t>(options.rate.hertz() / kFramesPerSecond)),
      file_(std::move(file), size),
      samples_before_(samples_before) {
  int error = 0;
  encoder_ = opus_encoder_create(rate_.hertz(), 1, OPUS_APPLICATION_AUDIO, &error);
  CHECK(error == OPUS_OK) << "Opus encodes at 8, 12, 16, 24 and 48 kHz: " << rate_;
  const int bitrate = options.bitrate > 0 ? options.bitrate : BitrateFor(rate_);
  opus_encoder_ctl(encoder_, OPUS_SET_BITRATE(bitrate));
  opus_encoder_ctl(encoder_, OPUS_SET_COMPLEXITY(options.complexity));
  int lookahead = 0;
  opus_encoder_ctl(encoder_, OPUS_GET_LOOKAHEAD(&lookahead));
  pre_skip_ = static_cast<int>(At48k(lookahead));
  CHECK_EQ(ogg_stream_init(&stream_, static_cast<int>(options.serial)), 0) << "memory";
}

OggOpusWriter::~OggOpusWriter() {
  ogg_stream_clear(&stream_);
  opus_encoder_destroy(encoder_);
}

// RFC 7845 §5.1 and §5.2; each on a page of its own.
void OggOpusWriter::WriteHeaders() {
  std::vector<uint8_t> head;
  PutText(head, "OpusHead");
  PutNumber(head, 1, 1);  // Version.
  PutNumber(head, 1, 1);  // Channels.
  PutNumber(head, static_cast<uint64_t>(pre_skip_), 2);
  PutNumber(head, static_cast<uint64_t>(rate_.hertz()), 4);
  PutNumber(head, 0, 2);  // Gain.
  PutNumber(head, 0, 1);  // Mapping family.
  PutPacket(head, 0, false);
  TakePages(true);
  const std::string vendor = absl::StrCat("Narada, ", opus_get_version_string());
  std::vector<uint8_t> tags;
  PutText(tags, "OpusTags");
  PutNumber(tags, vendor.size(), 4);
  PutText(tags, vendor);
  PutNumber(tags, 0, 4);  // Comments.
  PutPacket(tags, 0, false);
  TakePages(true);
}

void OggOpusWriter::Append(std::span<const int16_t> samples) {
  samples_ += static_cast<int64_t>(samples.size());
  while (!samples.empty()) {
    const size_t count = std::min(samples.size(), frame_samples_ - frame_.size());
    frame_.insert(frame_.end(), samples.begin(), samples.begin() + static_cast<ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (frame_.size() == frame_samples_) EncodeFrame();
  }
}

void OggOpusWriter::AppendSilence(int64_t samples) {
  const std::vector<int16_t> zeros(frame_samples_);
  const auto frame = static_cast<int64_t>(frame_samples_);
  while (samples > 0 && !is_blocked()) {
    if (frame_.empty() && silent_frames_ >= kSettledFrames && samples >= frame) {
      samples_ += frame;
      granule_ += kFrameGranules;
      PutPacket(packet_, granule_, false);
      TakePages(false);
      samples -= frame;
    } else {
      const int64_t count = std::min(samples, frame);
      Append(std::span(zeros).first(static_cast<size_t>(count)));
      samples -= count;
    }
  }
}

void OggOpusWriter::EncodeFrame() {
  const bool is_silent =
      std::all_of(frame_.begin(), frame_.end(), [](int16_t s) { return s == 0; });
  silent_frames_ = is_silent ? silent_frames_ + 1 : 0;
  packet_.resize(kPacketBytesMax);
  const opus_int32 size = opus_encode(encoder_, frame_.data(), static_cast<int>(frame_.size()),
                                      packet_.data(), static_cast<opus_int32>(packet_.size()));
  CHECK(size > 0) << "Opus refuses a frame of 20 ms: " << size;
  packet_.resize(static_cast<size_t>(size));
  frame_.clear();
  granule_ += kFrameGranules;
  PutPacket(packet_, granule_, false);
  TakePages(false);
}

void OggOpusWriter::PutPacket(std::span<const uint8_t> packet, int64_t granule, bool is_last) {
  ogg_packet put = {};
  put.packet = const_cast<uint8_t*>(packet.data());  // Copied, not written.
  put.bytes = static_cast<long>(packet.size());      // NOLINT(google-runtime-int)
  put.b_o_s = packets_ == 0;
  put.e_o_s = is_last;
  put.granulepos = granule;
  put.packetno = packets_++;
  CHECK_EQ(ogg_stream_packetin(&stream_, &put), 0) << "memory";
}

void OggOpusWriter::TakePages(bool also_begun_ones) {
  ogg_page page;
  while (also_begun_ones ? ogg_stream_flush(&stream_, &page)
                         : ogg_stream_pageout(&stream_, &page)) {
    file_.Append({page.header, static_cast<size_t>(page.header_len)});
    file_.Append({page.body, static_cast<size_t>(page.body_len)});
  }
}

absl::Status OggOpusWriter::Flush() {
  TakePages(true);
  return file_.Flush();
}

absl::Status OggOpusWriter::Finish() {
  // As much silence as brings the last sample out of the encoder; the end's granule cuts it off.
  const int64_t end = pre_skip_ + At48k(samples_);
  TakePages(false);
  while (true) {
    frame_.resize(frame_samples_);
    if (granule_ + kFrameGranules >= end) break;
    EncodeFrame();
  }
  packet_.resize(kPacketBytesMax);
  const opus_int32 size = opus_encode(encoder_, frame_.data(), static_cast<int>(frame_.size()),
                                      packet_.data(), static_cast<opus_int32>(packet_.size()));
  CHECK(size > 0) << "Opus refuses a frame of 20 ms: " << size;
  packet_.resize(static_cast<size_t>(size));
  PutPacket(packet_, end, true);
  RETURN_IF_ERROR(Flush());
  return file_.Sync();
}

}  // namespace narada::mixer::files
