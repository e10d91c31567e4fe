#include "control/service/record_convert.h"

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/check.h"
#include "control/reports/csv.h"
#include "control/service/convert.h"

namespace narada::control::service {
namespace {

using reports::CsvLine;

v1::CallEnding ToProto(CallEnd end) {
  switch (end) {
    case CallEnd::kHungUp:
      return v1::CALL_ENDING_HUNG_UP;
    case CallEnd::kCancelled:
      return v1::CALL_ENDING_CANCELLED;
    case CallEnd::kCompleted:
      return v1::CALL_ENDING_COMPLETED;
    case CallEnd::kDisconnected:
      return v1::CALL_ENDING_DISCONNECTED;
    case CallEnd::kTooLong:
      return v1::CALL_ENDING_TOO_LONG;
    case CallEnd::kMediaTimedOut:
      return v1::CALL_ENDING_MEDIA_TIMED_OUT;
    case CallEnd::kLost:
      return v1::CALL_ENDING_LOST;
    case CallEnd::kNumberUnknown:
      return v1::CALL_ENDING_NUMBER_UNKNOWN;
    case CallEnd::kMediaUnacceptable:
      return v1::CALL_ENDING_MEDIA_UNACCEPTABLE;
    case CallEnd::kOverloaded:
      return v1::CALL_ENDING_OVERLOADED;
    case CallEnd::kBusy:
      return v1::CALL_ENDING_BUSY;
    case CallEnd::kNoAnswer:
      return v1::CALL_ENDING_NO_ANSWER;
    case CallEnd::kRejected:
      return v1::CALL_ENDING_REJECTED;
    case CallEnd::kFault:
      return v1::CALL_ENDING_FAULT;
  }
  return v1::CALL_ENDING_UNSPECIFIED;
}

std::string Number(const CallRecord& record, bool masks_number) {
  if (!record.number) return "";
  return masks_number ? record.number->Masked() : record.number->e164();
}

// From joining to the end, or zero.
absl::Duration InConference(const CallRecord& record) {
  if (!record.joined_at || !record.ended_at) return absl::ZeroDuration();
  return *record.ended_at - *record.joined_at;
}

std::string Time(const std::optional<absl::Time>& time) {
  return time ? absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", *time, absl::UTCTimeZone()) : "";
}

std::string Seconds(absl::Duration duration) {
  return absl::StrFormat("%.3f", absl::ToDoubleSeconds(duration));
}

std::string Milliseconds(absl::Duration duration) {
  return absl::StrFormat("%.1f", absl::ToDoubleMilliseconds(duration));
}

}  // namespace

v1::CallRecord ToProto(const CallRecord& record, bool masks_number) {
  v1::CallRecord proto;
  proto.set_call_record_id(record.id);
  proto.set_conference_record_id(record.conference_id);
  proto.set_tenant_id(record.tenant_id);
  proto.set_number(Number(record, masks_number));
  proto.set_name(record.name);
  proto.set_access_number(record.access_number);
  proto.set_is_number_withheld(record.is_withheld);
  proto.set_was_called_out(record.was_called_out);
  SetTime(record.started_at, *proto.mutable_start_time());
  if (record.answered_at) SetTime(*record.answered_at, *proto.mutable_answer_time());
  if (record.ended_at) SetTime(*record.ended_at, *proto.mutable_end_time());
  if (record.end) proto.set_ending(ToProto(*record.end));
  if (record.quality) *proto.mutable_quality() = ToProto(*record.quality);
  for (const SpeechSpan& span : record.speech) {
    v1::TimeRange& range = *proto.add_speech();
    SetTime(span.from, *range.mutable_start_time());
    SetTime(span.to, *range.mutable_end_time());
  }
  for (const QualitySample& sample : record.quality_course) {
    v1::QualitySample& told = *proto.add_quality_course();
    SetTime(sample.at, *told.mutable_time());
    told.set_mos(static_cast<float>(sample.mos));
    told.set_loss_ratio(static_cast<float>(sample.loss_ratio));
    SetDuration(sample.interarrival_jitter, *told.mutable_interarrival_jitter());
  }
  if (record.joined_at) {
    SetDuration(InConference(record), *proto.mutable_conference_duration());
  }
  return proto;
}

v1::ConferenceRecord ToProto(const ConferenceRecord& record) {
  v1::ConferenceRecord proto;
  proto.set_conference_record_id(record.id);
  proto.set_room_number(record.room_number);
  proto.set_tenant_id(record.tenant_id);
  SetTime(record.started_at, *proto.mutable_start_time());
  if (record.ended_at) SetTime(*record.ended_at, *proto.mutable_end_time());
  proto.set_participant_count(record.participants);
  proto.set_participant_count_max(record.participants_max);
  return proto;
}

v1::ConferenceRecording ToProto(const storage::ConferenceRecordingRow& row) {
  v1::ConferenceRecording proto;
  proto.set_recording_id(row.id);
  proto.set_conference_record_id(row.conference_id);
  SetTime(row.started_at, *proto.mutable_start_time());
  if (row.ended_at) SetDuration(*row.ended_at - row.started_at, *proto.mutable_duration());
  if (row.expires_at) SetTime(*row.expires_at, *proto.mutable_expire_time());
  proto.set_size_bytes(row.size_bytes());
  for (const auto& track : row.tracks) proto.add_track_ids(track.id);
  return proto;
}

std::string CallCsvHeader() {
  return CsvLine({"call_record_id", "conference_record_id", "tenant_id", "number", "name",
                  "access_number", "was_called_out", "start_time", "answer_time", "end_time",
                  "ending", "seconds", "conference_seconds", "mos", "loss_percent", "jitter_ms",
                  "round_trip_ms"});
}

std::string CallCsvLine(const CallRecord& record, bool masks_number) {
  std::vector<std::string> fields = {record.id,
                                     record.conference_id,
                                     record.tenant_id,
                                     Number(record, masks_number),
                                     record.name,
                                     record.access_number,
                                     record.was_called_out ? "true" : "false",
                                     Time(record.started_at),
                                     Time(record.answered_at),
                                     Time(record.ended_at),
                                     record.end ? std::string(NameOf(*record.end)) : ""};
  const bool was_answered = record.answered_at && record.ended_at;
  fields.push_back(was_answered ? Seconds(*record.ended_at - *record.answered_at) : "");
  fields.push_back(record.joined_at && record.ended_at ? Seconds(InConference(record)) : "");
  if (const auto& quality = record.quality) {
    const bool has_round_trip = quality->round_trip_time > absl::ZeroDuration();
    fields.push_back(quality->mos > 0 ? absl::StrFormat("%.2f", quality->mos) : "");
    fields.push_back(absl::StrFormat("%.2f", quality->loss_ratio * 100));
    fields.push_back(Milliseconds(quality->interarrival_jitter));
    fields.push_back(has_round_trip ? Milliseconds(quality->round_trip_time) : "");
  } else {
    fields.insert(fields.end(), 4, "");
  }
  return CsvLine(fields);
}

std::string ConferenceCsvHeader() {
  return CsvLine({"conference_record_id", "room_number", "tenant_id", "start_time", "end_time",
                  "seconds", "participant_count", "participant_count_max"});
}

std::string ConferenceCsvLine(const ConferenceRecord& record) {
  return CsvLine({record.id, record.room_number, record.tenant_id, Time(record.started_at),
                  Time(record.ended_at),
                  record.ended_at ? Seconds(*record.ended_at - record.started_at) : "",
                  absl::StrCat(record.participants), absl::StrCat(record.participants_max)});
}

std::string JsonLine(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok())
      << "a message of ours is not JSON";
  return json + "\n";
}

}  // namespace narada::control::service
