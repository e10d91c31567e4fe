// Records, recordings, and what is kept about one person.

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/message_options.h"
#include "narada/control/v1/report.grpc.pb.h"

namespace narada::cli {

namespace v1 = control::v1;
using Report = v1::ReportService::Stub;

namespace {

// A file that is there whole or not at all: written under another name, then renamed. "" and "-" are
// standard output.
class OutputFile {
 public:
  explicit OutputFile(std::string path)
      : path_(path == "-" ? "" : std::move(path)), partial_path_(path_ + ".part") {}
  ~OutputFile() {
    if (path_.empty() || file_ == nullptr) return;
    fclose(file_);
    remove(partial_path_.c_str());
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  absl::Status Write(const std::string& bytes) {
    if (file_ == nullptr) {
      file_ = path_.empty() ? stdout : fopen(partial_path_.c_str(), "wb");
      if (file_ == nullptr) return Failed();
    }
    return fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size() ? absl::OkStatus()
                                                                        : Failed();
  }
  absl::Status Finish() {
    RETURN_IF_ERROR(Write(""));  // Nothing at all is an empty file.
    if (path_.empty()) return fflush(file_) == 0 ? absl::OkStatus() : Failed();
    const bool is_closed = fclose(std::exchange(file_, nullptr)) == 0;
    if (!is_closed || rename(partial_path_.c_str(), path_.c_str()) != 0) return Failed();
    return absl::OkStatus();
  }

 private:
  absl::Status Failed() const {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "FILE_UNWRITABLE",
                           absl::StrCat(path_.empty() ? "standard output" : path_,
                                        " cannot be written: ", strerror(errno)));
  }

  const std::string path_;
  const std::string partial_path_;
  FILE* file_ = nullptr;
};

// A stream of bytes into a file.
template <typename Request, typename Response>
absl::Status Download(Session& session,
                      std::unique_ptr<grpc::ClientReader<Response>> (Report::*method)(
                          grpc::ClientContext*, const Request&),
                      const Request& request, const std::string& path) {
  OutputFile file(path);
  RETURN_IF_ERROR((session.Stream<Report, Request, Response>(
      method, request, [&](const Response& piece) { return file.Write(piece.content()); })));
  return file.Finish();
}

template <typename Request, typename Response>
void AddDownload(CLI::App& command, Session& session, std::shared_ptr<Request> request,
                 std::unique_ptr<grpc::ClientReader<Response>> (Report::*method)(
                     grpc::ClientContext*, const Request&)) {
  const auto path = std::make_shared<std::string>();
  command.add_option("-o,--output", *path, "file to write (default: standard output)");
  command.callback([&session, request = std::move(request), method, path] {
    session.Finish(Download<Request, Response>(session, method, *request, *path));
  });
}

void AddRecords(CLI::App& app, Session& session) {
  CLI::App& records = AddNoun(app, "records", "what was: calls and conferences");
  CLI::App& calls = *records.add_subcommand("calls", "records of calls, the newest first");
  const auto listed_calls = std::make_shared<v1::ListCallRecordsRequest>();
  AddMessageOptions(calls, *listed_calls, {.without = {"page_size", "page_token"}});
  AddList(calls, session, listed_calls, &Report::ListCallRecords, "records",
          {{"ID", "call_record_id"},
           {"NUMBER", "number"},
           {"TO", "access_number"},
           {"START", "start_time"},
           {"END", "end_time"},
           {"ENDING", "ending"},
           {"IN CONFERENCE", "conference_duration"},
           {"MOS", "quality.mos"}});

  CLI::App& conferences =
      *records.add_subcommand("conferences", "records of conferences, the newest first");
  const auto listed_conferences = std::make_shared<v1::ListConferenceRecordsRequest>();
  AddMessageOptions(conferences, *listed_conferences, {.without = {"page_size", "page_token"}});
  AddList(conferences, session, listed_conferences, &Report::ListConferenceRecords, "records",
          {{"ID", "conference_record_id"},
           {"ROOM", "room_number"},
           {"TENANT", "tenant_id"},
           {"START", "start_time"},
           {"END", "end_time"},
           {"CALLS", "participant_count"},
           {"AT ONCE", "participant_count_max"},
           {"RECORDINGS", "recording_ids"}});

  CLI::App& export_command = *records.add_subcommand("export", "records as CSV or JSON lines");
  const auto exported = std::make_shared<v1::ExportRecordsRequest>();
  exported->set_kind(v1::RECORD_KIND_CALLS);
  exported->set_format(v1::EXPORT_FORMAT_CSV);
  AddMessageOptions(export_command, *exported);
  AddDownload(export_command, session, exported, &Report::ExportRecords);
}

void AddRecordings(CLI::App& app, Session& session) {
  CLI::App& recordings = AddNoun(app, "recordings", "recordings of conferences");
  CLI::App& list = *recordings.add_subcommand("list", "recordings, the newest first");
  const auto listed = std::make_shared<v1::ListConferenceRecordingsRequest>();
  AddMessageOptions(list, *listed, {.without = {"page_size", "page_token"}});
  AddList(list, session, listed, &Report::ListConferenceRecordings, "recordings",
          {{"ID", "recording_id"},
           {"CONFERENCE", "conference_record_id"},
           {"START", "start_time"},
           {"DURATION", "duration"},
           {"BYTES", "size_bytes"},
           {"UNTIL", "expire_time"},
           {"TRACKS", "track_ids"}});

  CLI::App& download = *recordings.add_subcommand("download", "one track");
  const auto downloaded = std::make_shared<v1::ReadConferenceRecordingRequest>();
  AddArgument(download, "id", downloaded->mutable_recording_id(), "of the recording");
  AddMessageOptions(download, *downloaded, {.without = {"recording_id"}});
  AddDownload(download, session, downloaded, &Report::ReadConferenceRecording);

  CLI::App& remove = *recordings.add_subcommand("delete", "a recording with all its tracks");
  const auto removed = std::make_shared<v1::DeleteConferenceRecordingRequest>();
  AddArgument(remove, "id", removed->mutable_recording_id(), "of the recording");
  AddCall(remove, session, removed, &Report::DeleteConferenceRecording);
}

void AddPerson(CLI::App& app, Session& session) {
  CLI::App& person = AddNoun(app, "person", "everything kept about one number");
  CLI::App& export_command = *person.add_subcommand("export", "as a ZIP archive");
  const auto exported = std::make_shared<v1::ExportPersonRequest>();
  AddArgument(export_command, "number", exported->mutable_number(), "E.164 with \"+\"");
  AddDownload(export_command, session, exported, &Report::ExportPerson);

  CLI::App& erase = *person.add_subcommand(
      "erase", "number, name and recordings, those with others' voices among them; for good");
  const auto erased = std::make_shared<v1::ErasePersonRequest>();
  AddArgument(erase, "number", erased->mutable_number(), "E.164 with \"+\"");
  // No question is asked of a script; the flag is the answer.
  erase.add_flag("--yes")->description("really")->required();
  AddCall(erase, session, erased, &Report::ErasePerson);
}

}  // namespace

void AddReportCommands(CLI::App& app, Session& session) {
  AddRecords(app, session);
  AddRecordings(app, session);
  AddPerson(app, session);
}

}  // namespace narada::cli
