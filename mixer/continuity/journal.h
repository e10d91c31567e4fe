// Named records of any size in a file that grows by appending: the part of the state that changes by
// commands, not by the tick.
//   ASSIGN_OR_RETURN(std::unique_ptr<Journal> journal, Journal::Open(path));
//   for (const auto& [key, value] : journal->TakeRecords()) ...     // what the last life had put
//   journal->Put("leg/l-1", bytes);   journal->Erase("leg/l-1");
// A record that was put is in the kernel's hands and outlives the process. One that a killed process
// had half written is recognised by its checksum and left out. Where more than half of the file is
// history, it is written anew. Thread-safe; makes system calls, so never on a worker.
#ifndef NARADA_MIXER_CONTINUITY_JOURNAL_H_
#define NARADA_MIXER_CONTINUITY_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::mixer::continuity {

class Journal {
 public:
  using Records = std::map<std::string, std::string>;

  // Errors: FAILED_PRECONDITION / STATE_UNUSABLE.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Once: what was there when the file was opened.
  Records TakeRecords();

  // Replaces what the key had. A full file system loses the record, counted and logged; the mixer goes
  // on, less what it will know after a crash.
  void Put(absl::string_view key, absl::string_view value) {
    Append(key, value, static_cast<uint32_t>(value.size()));
  }
  void Erase(absl::string_view key) { Append(key, "", kErased); }

  uint64_t records_lost() const;
  size_t size_bytes() const;

 private:
  static constexpr uint32_t kErased = UINT32_MAX;  // In place of a value's size.

  Journal(std::string path, int file) : path_(std::move(path)), file_(file) {}
  static absl::StatusOr<Records> Read(int file, size_t* whole_bytes);
  void Append(absl::string_view key, absl::string_view value, uint32_t value_size);
  void Lose(absl::string_view why);
  absl::Status Compact(const Records& records);

  const std::string path_;

  mutable std::mutex mutex_;  // Guards the rest.
  int file_;
  size_t size_ = 0;
  size_t compacted_size_ = 0;  // When it was written anew the last time.
  uint64_t lost_ = 0;
  Records records_;
};

}  // namespace narada::mixer::continuity

#endif  // NARADA_MIXER_CONTINUITY_JOURNAL_H_
