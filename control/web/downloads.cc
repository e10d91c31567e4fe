#include "control/web/downloads.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "narada/control/v1/report.grpc.pb.h"

namespace narada::control::web {
namespace {

// The pieces of a stream of the service; ends with its reader.
template <typename Response>
class Pieces {
 public:
  using Reader = std::unique_ptr<grpc::ClientReader<Response>>;

  // `start` begins the call.
  Pieces(const RpcBridge& bridge, const Requester& requester,
         const std::function<Reader(v1::ReportService::Stub&, grpc::ClientContext*)>& start)
      : stub_(v1::ReportService::NewStub(bridge.channel())) {
    AddRequester(requester, context_);
    reader_ = start(*stub_, &context_);
  }
  ~Pieces() {
    if (is_over_) return;
    context_.TryCancel();
    Response rest;
    while (reader_->Read(&rest)) {
    }
    reader_->Finish();
  }

  // Empty at the end.
  absl::StatusOr<std::string> Next() {
    if (!first_.empty()) return std::exchange(first_, "");
    if (is_over_) return std::string();
    Response response;
    while (reader_->Read(&response)) {
      if (!response.content().empty()) return std::move(*response.mutable_content());
    }
    is_over_ = true;
    RETURN_IF_ERROR(FromGrpcStatus(reader_->Finish()));
    return std::string();
  }
  // What Next gives first.
  absl::StatusOr<absl::string_view> Peek() {
    ASSIGN_OR_RETURN(first_, Next());
    return absl::string_view(first_);
  }
  // One message, whatever it holds.
  absl::StatusOr<Response> NextMessage() {
    Response response;
    if (reader_->Read(&response)) return response;
    is_over_ = true;
    RETURN_IF_ERROR(FromGrpcStatus(reader_->Finish()));
    return Response();
  }

 private:
  const std::unique_ptr<v1::ReportService::Stub> stub_;
  grpc::ClientContext context_;
  Reader reader_;
  std::string first_;
  bool is_over_ = false;
};

// Letters, digits and a few signs: what an id of ours has. Anything else is no name of a file.
std::string Harmless(absl::string_view name) {
  std::string harmless;
  for (const char c : name) {
    harmless += absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ? c : '_';
  }
  return harmless;
}

void SetFileName(absl::string_view name, HttpResponse& response) {
  response.headers.emplace_back("Content-Disposition",
                                absl::StrCat("attachment; filename=\"", name, "\""));
}

using Sound = Pieces<v1::ReadConferenceRecordingResponse>;

std::shared_ptr<Sound> ReadSound(const RpcBridge& bridge, const Requester& requester,
                                 const v1::ReadConferenceRecordingRequest& request) {
  return std::make_shared<Sound>(bridge, requester,
                                 [&](v1::ReportService::Stub& stub, grpc::ClientContext* context) {
                                   return stub.ReadConferenceRecording(context, request);
                                 });
}

// The first `count` bytes of what is read.
std::function<absl::StatusOr<std::string>()> Limited(std::shared_ptr<Sound> sound, uint64_t count) {
  return [sound = std::move(sound), left = count]() mutable -> absl::StatusOr<std::string> {
    if (left == 0) return std::string();
    ASSIGN_OR_RETURN(std::string piece, sound->Next());
    if (piece.empty()) return absl::DataLossError("the track is shorter than was said");
    if (piece.size() > left) piece.resize(left);
    left -= piece.size();
    return piece;
  };
}

}  // namespace

absl::string_view AudioType(absl::string_view head) {
  return absl::StartsWith(head, "OggS") ? "audio/ogg" : "audio/wav";
}

absl::StatusOr<std::optional<ByteRange>> ParseRange(absl::string_view header, uint64_t size) {
  if (!absl::ConsumePrefix(&header, "bytes=")) return std::nullopt;
  const std::vector<std::string> ends = absl::StrSplit(header, '-');
  if (ends.size() != 2 || absl::StrContains(header, ',')) return std::nullopt;
  uint64_t first = 0, last = 0;
  const bool has_first = absl::SimpleAtoi(ends[0], &first);
  const bool has_last = absl::SimpleAtoi(ends[1], &last);
  if ((!has_first && !ends[0].empty()) || (!has_last && !ends[1].empty())) return std::nullopt;
  if (!has_first && !has_last) return std::nullopt;
  if (has_first && has_last && last < first) return std::nullopt;
  if (!has_first) {  // The last so many.
    first = size - std::min(last, size);
    last = size;
  } else if (!has_last) {
    last = size;
  }
  if (first >= size) return absl::OutOfRangeError("the range begins behind the end");
  return ByteRange{.first = first, .count = std::min(last, size - 1) - first + 1};
}

HttpResponse DownloadRecording(const RpcBridge& bridge, const Requester& requester,
                               const std::string& recording_id, const std::string& track_id,
                               bool is_to_keep, const std::string& range_header) {
  v1::ReadConferenceRecordingRequest request;
  request.set_recording_id(recording_id);
  request.set_track_id(track_id);
  std::shared_ptr<Sound> sound = ReadSound(bridge, requester, request);
  const auto told = sound->NextMessage();
  if (!told.ok()) return ErrorResponse(told.status());
  const absl::StatusOr<absl::string_view> head = sound->Peek();
  if (!head.ok()) return ErrorResponse(head.status());
  HttpResponse response;
  response.content_type = std::string(AudioType(*head));
  if (is_to_keep) {
    const char* ending = response.content_type == "audio/ogg" ? ".opus" : ".wav";
    SetFileName(absl::StrCat(Harmless(recording_id), "-", Harmless(track_id), ending), response);
  }
  if (!told->has_track_size_bytes()) {  // It grows.
    response.next_piece = [sound] { return sound->Next(); };
    return response;
  }
  const uint64_t size = told->track_size_bytes();
  response.headers.emplace_back("Accept-Ranges", "bytes");
  const auto range = ParseRange(range_header, size);
  if (!range.ok()) {
    response.status = 416;
    response.headers.emplace_back("Content-Range", absl::StrCat("bytes */", size));
    return response;
  }
  response.size = *range ? (*range)->count : size;
  if (*range) {
    const uint64_t first = (*range)->first;
    response.status = 206;
    response.headers.emplace_back(
        "Content-Range", absl::StrCat("bytes ", first, "-", first + *response.size - 1, "/", size));
    if (first > 0) {
      request.set_offset_bytes(first);
      sound = ReadSound(bridge, requester, request);
    }
  }
  response.next_piece = Limited(std::move(sound), *response.size);
  return response;
}

HttpResponse DownloadRecords(const RpcBridge& bridge, const Requester& requester,
                             const std::string& file_name) {
  v1::ExportRecordsRequest request;
  const bool is_csv = absl::EndsWith(file_name, ".csv");
  request.set_format(is_csv ? v1::EXPORT_FORMAT_CSV : v1::EXPORT_FORMAT_JSON);
  request.set_kind(absl::StartsWith(file_name, "calls.") ? v1::RECORD_KIND_CALLS
                                                         : v1::RECORD_KIND_CONFERENCES);
  if (!requester.IsOperator()) request.set_tenant_id(requester.tenant_id);
  auto pieces = std::make_shared<Pieces<v1::ExportRecordsResponse>>(
      bridge, requester, [&](v1::ReportService::Stub& stub, grpc::ClientContext* context) {
        return stub.ExportRecords(context, request);
      });
  const absl::StatusOr<absl::string_view> head = pieces->Peek();
  if (!head.ok()) return ErrorResponse(head.status());
  HttpResponse response;
  response.content_type = is_csv ? "text/csv; charset=utf-8" : "application/jsonl";
  SetFileName(file_name, response);
  response.next_piece = [pieces] { return pieces->Next(); };
  return response;
}

HttpResponse DownloadPerson(const RpcBridge& bridge, const Requester& requester,
                            const std::string& number) {
  v1::ExportPersonRequest request;
  request.set_number(number);
  auto pieces = std::make_shared<Pieces<v1::ExportPersonResponse>>(
      bridge, requester, [&](v1::ReportService::Stub& stub, grpc::ClientContext* context) {
        return stub.ExportPerson(context, request);
      });
  const absl::StatusOr<absl::string_view> head = pieces->Peek();
  if (!head.ok()) return ErrorResponse(head.status());
  HttpResponse response;
  response.content_type = "application/zip";
  SetFileName("person.zip", response);  // Without the number: names of files are seen by many.
  response.next_piece = [pieces] { return pieces->Next(); };
  return response;
}

}  // namespace narada::control::web
