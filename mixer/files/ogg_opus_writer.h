// Writes Ogg Opus (RFC 7845), a page at least with every Flush(). By libopus and libogg themselves:
// libopusenc would bring everything to 48 kHz first and keeps seconds of sound back.
//   ASSIGN_OR_RETURN(std::unique_ptr<TrackWriter> opus,
//                    OggOpusWriter::Start(std::move(file), {.rate = rate, .serial = 7}));
// To the sample: pre-skip takes the encoder's delay away, the last page tells where the sound ends.
// Long silence costs next to nothing: its packets are alike, and copied.
#ifndef NARADA_MIXER_FILES_OGG_OPUS_WRITER_H_
#define NARADA_MIXER_FILES_OGG_OPUS_WRITER_H_

#include <ogg/ogg.h>
#include <opus.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mixer/files/append_file.h"
#include "mixer/files/folder.h"
#include "mixer/files/track_writer.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::files {

struct OggOpusOptions {
  SampleRate rate = SampleRate::FromHertz(16000);  // 8, 12, 16, 24 or 48 kHz.
  int bitrate = 0;                                 // Bits per second; 0: by the rate, for voice.
  int complexity = 5;                              // 0-10.
  uint32_t serial = 0;                             // Of the stream; tells tracks apart.
};

class OggOpusWriter final : public TrackWriter {
 public:
  // The file is empty.
  static absl::StatusOr<std::unique_ptr<OggOpusWriter>> Start(File file,
                                                              const OggOpusOptions& options);
  // Goes on behind what another writer left, as a further link of a chain (RFC 3533 §4): players pass
  // from one to the other. Errors: DATA_LOSS / RECORDING_DAMAGED where it is none of ours.
  static absl::StatusOr<std::unique_ptr<OggOpusWriter>> Continue(File file,
                                                                 const OggOpusOptions& options);
  ~OggOpusWriter() override;
  OggOpusWriter(const OggOpusWriter&) = delete;
  OggOpusWriter& operator=(const OggOpusWriter&) = delete;

  void Append(std::span<const int16_t> samples) override;
  void AppendSilence(int64_t samples) override;
  bool is_blocked() const override { return file_.is_blocked(); }
  absl::Status Flush() override;
  absl::Status Finish() override;
  absl::Status Abandon() override { return file_.Abandon(); }  // A page ends every Flush().
  int64_t samples() const override { return samples_before_ + samples_; }
  uint64_t size_bytes() const override { return file_.written(); }

 private:
  OggOpusWriter(File file, const OggOpusOptions& options, uint64_t size, int64_t samples_before);
  void WriteHeaders();
  void EncodeFrame();
  void PutPacket(std::span<const uint8_t> packet, int64_t granule, bool is_last);
  void TakePages(bool also_begun_ones);
  int64_t At48k(int64_t samples) const { return samples * (48000 / rate_.hertz()); }

  const SampleRate rate_;
  const size_t frame_samples_;
  AppendFile file_;
  OpusEncoder* encoder_ = nullptr;
  ogg_stream_state stream_ = {};
  int pre_skip_ = 0;  // At 48 kHz, as granules.

  std::vector<int16_t> frame_;    // Being filled.
  std::vector<uint8_t> packet_;   // The last one.
  int silent_frames_ = 0;         // In a row, the last ones encoded.
  const int64_t samples_before_;  // Of earlier links.
  int64_t samples_ = 0;
  int64_t granule_ = 0;  // Of the last packet.
  int64_t packets_ = 0;
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_OGG_OPUS_WRITER_H_
