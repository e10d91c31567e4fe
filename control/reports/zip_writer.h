// A ZIP archive that is sent while it is written; nothing of it is kept.
//   ZipWriter zip([&](absl::string_view piece) { return Send(piece); });
//   zip.Begin("calls.jsonl", now);
//   zip.Add(lines);
//   RETURN_IF_ERROR(zip.Finish());

#ifndef NARADA_CONTROL_REPORTS_ZIP_WRITER_H_
#define NARADA_CONTROL_REPORTS_ZIP_WRITER_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada::control::reports {

class ZipWriter {
 public:
  // `sink` returns false where nobody reads any more; then all that follows is in vain.
  using Sink = absl::AnyInvocable<bool(absl::string_view)>;

  explicit ZipWriter(Sink sink);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  // The next file; what is added until the next one is its content.
  void Begin(const std::string& name, absl::Time modified_at);
  // False if nobody reads any more.
  bool Add(absl::string_view content);
  // CANCELLED if the sink did not want it all, INTERNAL if the archive could not be made.
  absl::Status Finish();

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace narada::control::reports

#endif  // NARADA_CONTROL_REPORTS_ZIP_WRITER_H_
