#include "control/web/downloads.h"

#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

}  // namespace

absl::string_view AudioType(absl::string_view head) {
  return absl::StartsWith(head, "OggS") ? "audio/ogg" : "audio/wav";
}

HttpResponse DownloadRecording(const RpcBridge& bridge, const Requester& requester,
                               const std::string& recording_id, const std::string& track_id,
                               bool is_to_keep) {
  v1::ReadConferenceRecordingRequest request;
  request.set_recording_id(recording_id);
  request.set_track_id(track_id);
  auto pieces = std::make_shared<Pieces<v1::ReadConferenceRecordingResponse>>(
      bridge, requester, [&](v1::ReportService::Stub& stub, grpc::ClientContext* context) {
        return stub.ReadConferenceRecording(context, request);
      });
  const absl::StatusOr<absl::string_view> head = pieces->Peek();
  if (!head.ok()) return ErrorResponse(head.status());
  HttpResponse response;
  response.content_type = std::string(AudioType(*head));
  if (is_to_keep) {
    const char* ending = response.content_type == "audio/ogg" ? ".opus" : ".wav";
    SetFileName(absl::StrCat(Harmless(recording_id), "-", Harmless(track_id), ending), response);
  }
  response.next_piece = [pieces] { return pieces->Next(); };
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

}  // namespace narada::control::web
