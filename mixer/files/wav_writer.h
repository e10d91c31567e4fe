// Writes WAV of 16 bits that becomes RF64 (EBU Tech 3306) where it grows past 4 GiB: the place of the
// long sizes is kept free in the header from the beginning.
//   ASSIGN_OR_RETURN(std::unique_ptr<TrackWriter> wav, WavWriter::Start(std::move(file), rate));
// The header tells the true length after every Flush().
#ifndef NARADA_MIXER_FILES_WAV_WRITER_H_
#define NARADA_MIXER_FILES_WAV_WRITER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mixer/files/append_file.h"
#include "mixer/files/folder.h"
#include "mixer/files/track_writer.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::files {

class WavWriter final : public TrackWriter {
 public:
  static constexpr size_t kHeaderBytes = 80;

  // The file is empty.
  static absl::StatusOr<std::unique_ptr<WavWriter>> Start(File file, SampleRate rate);
  // Goes on with a file that another writer left, at its end. Errors: as Repair().
  static absl::StatusOr<std::unique_ptr<WavWriter>> Continue(File file);
  // The file was left by a writer that had no Finish(): makes its header tell the length that it has.
  // Errors: DATA_LOSS / RECORDING_DAMAGED where it is none of ours.
  static absl::Status Repair(File file);
  // The header of a file with so many bytes of samples.
  static std::array<uint8_t, kHeaderBytes> Header(SampleRate rate, uint64_t data_bytes);

  void Append(std::span<const int16_t> samples) override;
  void AppendSilence(int64_t samples) override { file_.AppendZeros(2 * uint64_t(samples)); }
  bool is_blocked() const override { return file_.is_blocked(); }
  absl::Status Flush() override;
  absl::Status Finish() override;
  absl::Status Abandon() override;
  int64_t samples() const override {
    return static_cast<int64_t>((file_.size() - kHeaderBytes) / 2);
  }
  uint64_t size_bytes() const override { return file_.written(); }

 private:
  absl::Status TellLength();
  WavWriter(File file, SampleRate rate, uint64_t size = 0)
      : rate_(rate), file_(std::move(file), size) {}

  const SampleRate rate_;
  AppendFile file_;
  uint64_t bytes_told_ = 0;  // In the header.
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_WAV_WRITER_H_
