#include "control/reports/zip_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace narada::control::reports {

struct ZipWriter::Parts {
  explicit Parts(Sink the_sink) : sink(std::move(the_sink)), zip(archive_write_new()) {}
  ~Parts() { archive_write_free(zip); }

  static la_ssize_t Write(archive* zip, void* self, const void* bytes, size_t count) {
    Parts& parts = *static_cast<Parts*>(self);
    if (parts.sink(absl::string_view(static_cast<const char*>(bytes), count))) {
      return static_cast<la_ssize_t>(count);
    }
    parts.is_unwanted = true;
    archive_set_error(zip, ECANCELED, "nobody reads the archive");
    return -1;
  }
  void Note(la_ssize_t result) {
    if (result < ARCHIVE_OK && error.empty()) {
      const char* text = archive_error_string(zip);
      error = text == nullptr ? "unknown error" : text;
    }
  }

  Sink sink;
  archive* const zip;
  bool is_unwanted = false;
  std::string error;  // The first one.
};

ZipWriter::ZipWriter(Sink sink) : parts_(std::make_unique<Parts>(std::move(sink))) {
  archive* const zip = parts_->zip;
  parts_->Note(archive_write_set_format_zip(zip));
  parts_->Note(archive_write_set_bytes_per_block(zip, 64 * 1024));
  parts_->Note(archive_write_set_bytes_in_last_block(zip, 1));
  parts_->Note(archive_write_open(zip, parts_.get(), nullptr, &Parts::Write, nullptr));
}

ZipWriter::~ZipWriter() = default;

void ZipWriter::Begin(const std::string& name, absl::Time modified_at) {
  if (!parts_->error.empty()) return;
  archive_entry* const entry = archive_entry_new();
  archive_entry_set_pathname(entry, name.c_str());
  archive_entry_set_filetype(entry, S_IFREG);
  archive_entry_set_perm(entry, 0600);
  archive_entry_set_mtime(entry, absl::ToTimeT(modified_at), 0);
  parts_->Note(archive_write_header(parts_->zip, entry));
  archive_entry_free(entry);
}

bool ZipWriter::Add(absl::string_view content) {
  if (!parts_->error.empty()) return false;
  parts_->Note(archive_write_data(parts_->zip, content.data(), content.size()));
  return parts_->error.empty();
}

absl::Status ZipWriter::Finish() {
  if (parts_->error.empty()) parts_->Note(archive_write_close(parts_->zip));
  if (parts_->is_unwanted) return absl::CancelledError("nobody reads the archive");
  if (parts_->error.empty()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the archive cannot be written: ", parts_->error));
}

}  // namespace narada::control::reports
