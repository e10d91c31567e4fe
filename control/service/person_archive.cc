#include "control/service/person_archive.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/reports/zip_writer.h"
#include "control/service/convert.h"
#include "control/service/record_convert.h"
#include "narada/control/v1/reservation.pb.h"
#include "narada/control/v1/sms.pb.h"

namespace narada::control::service {

absl::Status WritePersonArchive(const reports::PersonFile& person, reports::Reports& reports,
                                absl::Time now, absl::AnyInvocable<bool(absl::string_view)> sink) {
  reports::ZipWriter zip(std::move(sink));
  std::set<std::string> call_ids;
  zip.Begin("calls.jsonl", now);
  for (const CallRecord& call : person.calls) {
    call_ids.insert(call.id);
    zip.Add(JsonLine(ToProto(call, /*masks_number=*/false)));
  }
  zip.Begin("reservations.jsonl", now);
  for (const storage::PersonReservation& reservation : person.reservations) {
    v1::Reservation proto;
    proto.set_reservation_id(reservation.id);
    proto.set_room_number(reservation.room_number);
    SetTime(reservation.created_at, *proto.mutable_create_time());
    SetTime(reservation.expires_at, *proto.mutable_expire_time());
    zip.Add(JsonLine(proto));
  }
  zip.Begin("messages.jsonl", now);
  for (const storage::PersonMessage& message : person.messages) {
    v1::Sms proto;
    proto.set_sms_id(message.id);
    SetTime(message.created_at, *proto.mutable_create_time());
    if (message.sent_at) SetTime(*message.sent_at, *proto.mutable_send_time());
    zip.Add(JsonLine(proto));
  }
  for (const storage::ConferenceRecordingRow& recording : person.recordings) {
    for (const storage::ConferenceRecordingRow::Track& track : recording.tracks) {
      if (!call_ids.contains(track.call_id)) continue;
      zip.Begin(absl::StrCat("recordings/", recording.id, "/", track.id), recording.started_at);
      RETURN_IF_ERROR(
          reports.ReadRecording(recording, track.id, /*offset=*/0,
                                [&](absl::string_view piece) { return zip.Add(piece); }));
    }
  }
  return zip.Finish();
}

}  // namespace narada::control::service
