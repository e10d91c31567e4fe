#include "control/service/report_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/model/requester.h"
#include "control/service/convert.h"
#include "control/service/person_archive.h"
#include "control/service/record_convert.h"
#include "control/service/requester.h"

namespace narada::control::service {
namespace {

using storage::ConferenceRecordingRow;
using storage::RecordFilter;
using storage::RecordPlace;

constexpr int kExportPage = 500;                 // Records read at a time.
constexpr size_t kPieceBytes = 64 * 1024;        // Of an export.
constexpr size_t kSoundPieceBytes = 256 * 1024;  // Of a recording; below gRPC's 4 MiB.

absl::Status NotOperator() {
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_OPERATOR",
                         "only an operator may do this");
}

absl::Status UnknownRecord() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "RECORD_UNKNOWN",
                         "no recording of this id is kept");
}

absl::StatusOr<std::optional<absl::Time>> FromProto(const google::protobuf::Timestamp& proto,
                                                    bool is_given, absl::string_view field) {
  if (!is_given) return std::optional<absl::Time>();
  // Year 1 to 9999, as google.protobuf.Timestamp says.
  const bool is_valid = proto.seconds() >= -62'135'596'800 && proto.seconds() < 253'402'300'800 &&
                        proto.nanos() >= 0 && proto.nanos() < 1'000'000'000;
  if (!is_valid) return InvalidField(field, "FIELD_INVALID", "this is no time");
  return std::optional<absl::Time>(absl::FromUnixSeconds(proto.seconds()) +
                                   absl::Nanoseconds(proto.nanos()));
}

// What the requester asks for, within what they may see.
absl::StatusOr<RecordFilter> FilterFor(const Requester& requester, const v1::TimeRange& range,
                                       const std::string& tenant_id,
                                       const std::string& conference_id) {
  RecordFilter filter;
  ASSIGN_OR_RETURN(filter.from,
                   FromProto(range.start_time(), range.has_start_time(), "range.start_time"));
  ASSIGN_OR_RETURN(filter.until,
                   FromProto(range.end_time(), range.has_end_time(), "range.end_time"));
  if (filter.from && filter.until && *filter.until < *filter.from) {
    return InvalidField("range.end_time", "FIELD_INVALID", "the range ends before it begins");
  }
  if (!tenant_id.empty()) filter.tenant_id = tenant_id;
  if (!conference_id.empty()) filter.conference_id = conference_id;
  if (requester.IsOperator()) return filter;
  const bool is_one_conference = !requester.conference_id.empty();
  const bool is_foreign = (!is_one_conference && requester.tenant_id.empty()) ||
                          (filter.tenant_id && *filter.tenant_id != requester.tenant_id) ||
                          (is_one_conference && filter.conference_id &&
                           *filter.conference_id != requester.conference_id);
  if (is_foreign) return NotOperator();
  if (is_one_conference) {
    filter.conference_id = requester.conference_id;
  } else {
    filter.tenant_id = requester.tenant_id;
  }
  return filter;
}

absl::StatusOr<std::optional<RecordPlace>> PlaceOf(const std::string& page_token) {
  if (page_token.empty()) return std::optional<RecordPlace>();
  ASSIGN_OR_RETURN(const PagePlace place, FromPageToken(page_token));
  return std::optional<RecordPlace>({place.created_at, place.id});
}

// One page: asks `list` for it, adds each record by `add`, and returns the token of the next one.
template <typename List, typename Add>
absl::StatusOr<std::string> Page(uint32_t page_size, const std::string& page_token, List list,
                                 Add add) {
  ASSIGN_OR_RETURN(const int size, PageSize(page_size));
  ASSIGN_OR_RETURN(const std::optional<RecordPlace> after, PlaceOf(page_token));
  ASSIGN_OR_RETURN(const auto records, list(after, size));
  for (const auto& record : records) add(record);
  if (static_cast<int>(records.size()) < size) return std::string();
  return ToPageToken({records.back().started_at, records.back().id});
}

// Gathers text and sends it in pieces. Send returns false where nobody reads any more.
template <typename Response>
class PieceWriter {
 public:
  explicit PieceWriter(grpc::ServerWriter<Response>& writer) : writer_(writer) {}

  bool Add(absl::string_view text, size_t piece_bytes = kPieceBytes) {
    while (!text.empty()) {
      const size_t count = std::min(piece_bytes - piece_.size(), text.size());
      piece_.append(text.data(), count);
      text.remove_prefix(count);
      if (piece_.size() == piece_bytes && !Flush()) return false;
    }
    return true;
  }
  bool Flush() {
    if (piece_.empty()) return true;
    Response response;
    response.set_content(std::exchange(piece_, {}));
    return writer_.Write(response);
  }

 private:
  grpc::ServerWriter<Response>& writer_;
  std::string piece_;
};

// All records of the list, page by page, each as a line.
template <typename List, typename Line>
absl::Status Export(PieceWriter<v1::ExportRecordsResponse>& out, List list, Line line) {
  std::optional<RecordPlace> after;
  while (true) {
    ASSIGN_OR_RETURN(const auto records, list(after, kExportPage));
    for (const auto& record : records) {
      if (!out.Add(line(record))) return absl::CancelledError("nobody reads the export");
    }
    if (static_cast<int>(records.size()) < kExportPage) break;
    after = RecordPlace{records.back().started_at, records.back().id};
  }
  out.Flush();
  return absl::OkStatus();
}

// The recording, if it is the requester's to hear.
absl::StatusOr<ConferenceRecordingRow> FindFor(const Requester& requester,
                                               reports::Reports& reports, const std::string& id) {
  ASSIGN_OR_RETURN(ConferenceRecordingRow row, reports.GetRecording(id));
  if (!requester.MaySteer(row.conference_id, row.tenant_id)) return UnknownRecord();
  return row;
}

absl::StatusOr<PhoneNumber> PersonOf(const grpc::ServerContext& context,
                                     const std::string& number) {
  if (!RequesterOf(context).IsOperator()) return NotOperator();
  std::optional<PhoneNumber> person = PhoneNumber::FromE164(number);
  if (!person) return InvalidField("number", "FIELD_INVALID", "number must be E.164 with \"+\"");
  return *std::move(person);
}

}  // namespace

grpc::Status ReportService::ListCallRecords(grpc::ServerContext* context,
                                            const v1::ListCallRecordsRequest* request,
                                            v1::ListCallRecordsResponse* response) {
  const auto filter = FilterFor(RequesterOf(*context), request->range(), request->tenant_id(),
                                request->conference_record_id());
  if (!filter.ok()) return ToGrpcStatus(filter.status());
  const auto next = Page(
      request->page_size(), request->page_token(),
      [&](const auto& after, int size) { return reports_.ListCalls(*filter, after, size); },
      [&](const CallRecord& record) {
        *response->add_records() = ToProto(record, reports_.settings().masks_numbers);
      });
  if (!next.ok()) return ToGrpcStatus(next.status());
  response->set_next_page_token(*next);
  return grpc::Status::OK;
}

grpc::Status ReportService::ListConferenceRecords(grpc::ServerContext* context,
                                                  const v1::ListConferenceRecordsRequest* request,
                                                  v1::ListConferenceRecordsResponse* response) {
  const auto filter = FilterFor(RequesterOf(*context), request->range(), request->tenant_id(), "");
  if (!filter.ok()) return ToGrpcStatus(filter.status());
  const auto next = Page(
      request->page_size(), request->page_token(),
      [&](const auto& after, int size) { return reports_.ListConferences(*filter, after, size); },
      [&](const ConferenceRecord& record) { *response->add_records() = ToProto(record); });
  if (!next.ok()) return ToGrpcStatus(next.status());
  for (v1::ConferenceRecord& record : *response->mutable_records()) {
    const auto recordings =
        reports_.ListRecordings(std::nullopt, record.conference_record_id(), std::nullopt, 1000);
    if (!recordings.ok()) return ToGrpcStatus(recordings.status());
    for (const ConferenceRecordingRow& recording : *recordings) {
      record.add_recording_ids(recording.id);
    }
  }
  response->set_next_page_token(*next);
  return grpc::Status::OK;
}

grpc::Status ReportService::ExportRecords(grpc::ServerContext* context,
                                          const v1::ExportRecordsRequest* request,
                                          grpc::ServerWriter<v1::ExportRecordsResponse>* writer) {
  const auto filter = FilterFor(RequesterOf(*context), request->range(), request->tenant_id(), "");
  if (!filter.ok()) return ToGrpcStatus(filter.status());
  const bool is_csv = request->format() == v1::EXPORT_FORMAT_CSV;
  if (!is_csv && request->format() != v1::EXPORT_FORMAT_JSON) {
    return ToGrpcStatus(InvalidField("format", "FIELD_INVALID", "format must be CSV or JSON"));
  }
  PieceWriter<v1::ExportRecordsResponse> out(*writer);
  if (request->kind() == v1::RECORD_KIND_CALLS) {
    const bool masks = reports_.settings().masks_numbers;
    if (is_csv) out.Add(CallCsvHeader());
    return ToGrpcStatus(Export(
        out, [&](const auto& after, int size) { return reports_.ListCalls(*filter, after, size); },
        [&](const CallRecord& record) {
          return is_csv ? CallCsvLine(record, masks) : JsonLine(ToProto(record, masks));
        }));
  }
  if (request->kind() == v1::RECORD_KIND_CONFERENCES) {
    if (is_csv) out.Add(ConferenceCsvHeader());
    return ToGrpcStatus(Export(
        out,
        [&](const auto& after, int size) { return reports_.ListConferences(*filter, after, size); },
        [&](const ConferenceRecord& record) {
          return is_csv ? ConferenceCsvLine(record) : JsonLine(ToProto(record));
        }));
  }
  return ToGrpcStatus(InvalidField("kind", "FIELD_INVALID", "kind must be calls or conferences"));
}

grpc::Status ReportService::ListConferenceRecordings(
    grpc::ServerContext* context, const v1::ListConferenceRecordingsRequest* request,
    v1::ListConferenceRecordingsResponse* response) {
  const auto filter =
      FilterFor(RequesterOf(*context), {}, request->tenant_id(), request->conference_record_id());
  if (!filter.ok()) return ToGrpcStatus(filter.status());
  const auto next = Page(
      request->page_size(), request->page_token(),
      [&](const std::optional<RecordPlace>& after, int size) {
        std::optional<storage::RecordingPlace> place;
        if (after) place = storage::RecordingPlace{after->started_at, after->id};
        return reports_.ListRecordings(filter->tenant_id, filter->conference_id, place, size);
      },
      [&](const ConferenceRecordingRow& row) { *response->add_recordings() = ToProto(row); });
  if (!next.ok()) return ToGrpcStatus(next.status());
  response->set_next_page_token(*next);
  return grpc::Status::OK;
}

grpc::Status ReportService::ReadConferenceRecording(
    grpc::ServerContext* context, const v1::ReadConferenceRecordingRequest* request,
    grpc::ServerWriter<v1::ReadConferenceRecordingResponse>* writer) {
  const auto row = FindFor(RequesterOf(*context), reports_, request->recording_id());
  if (!row.ok()) return ToGrpcStatus(row.status());
  const std::string track = request->track_id().empty() ? "mix" : request->track_id();
  const auto size = reports_.TrackSize(*row, track);
  if (!size.ok()) return ToGrpcStatus(size.status());
  v1::ReadConferenceRecordingResponse first;
  if (*size) first.set_track_size_bytes(**size);
  if (!writer->Write(first)) return grpc::Status::CANCELLED;
  PieceWriter<v1::ReadConferenceRecordingResponse> out(*writer);
  const absl::Status read =
      reports_.ReadRecording(*row, track, request->offset_bytes(), [&](absl::string_view piece) {
        return !context->IsCancelled() && out.Add(piece, kSoundPieceBytes);
      });
  if (!read.ok()) return ToGrpcStatus(read);
  out.Flush();
  return grpc::Status::OK;
}

grpc::Status ReportService::DeleteConferenceRecording(
    grpc::ServerContext* context, const v1::DeleteConferenceRecordingRequest* request,
    v1::DeleteConferenceRecordingResponse*) {
  const auto row = FindFor(RequesterOf(*context), reports_, request->recording_id());
  if (!row.ok()) return ToGrpcStatus(row.status());
  return ToGrpcStatus(reports_.DeleteRecording(row->id));
}

grpc::Status ReportService::ExportPerson(grpc::ServerContext* context,
                                         const v1::ExportPersonRequest* request,
                                         grpc::ServerWriter<v1::ExportPersonResponse>* writer) {
  const auto number = PersonOf(*context, request->number());
  if (!number.ok()) return ToGrpcStatus(number.status());
  const auto person = reports_.FindPerson(*number);
  if (!person.ok()) return ToGrpcStatus(person.status());
  PieceWriter<v1::ExportPersonResponse> out(*writer);
  const absl::Status written =
      WritePersonArchive(*person, reports_, reports_.now(), [&](absl::string_view piece) {
        return !context->IsCancelled() && out.Add(piece, kSoundPieceBytes);
      });
  if (!written.ok()) return ToGrpcStatus(written);
  out.Flush();
  return grpc::Status::OK;
}

grpc::Status ReportService::ErasePerson(grpc::ServerContext* context,
                                        const v1::ErasePersonRequest* request,
                                        v1::ErasePersonResponse* response) {
  const auto number = PersonOf(*context, request->number());
  if (!number.ok()) return ToGrpcStatus(number.status());
  const auto erased = reports_.ErasePerson(*number, RequesterOf(*context).user_name);
  if (!erased.ok()) return ToGrpcStatus(erased.status());
  response->set_records_erased(erased->records);
  response->set_recordings_erased(erased->recordings);
  return grpc::Status::OK;
}

}  // namespace narada::control::service
