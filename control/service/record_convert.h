// Records of calls and conferences as narada.control.v1 and as lines of an export.

#ifndef NARADA_CONTROL_SERVICE_RECORD_CONVERT_H_
#define NARADA_CONTROL_SERVICE_RECORD_CONVERT_H_

#include <string>

#include "absl/time/time.h"
#include "control/model/call_record.h"
#include "control/storage/conference_recording_table.h"
#include "narada/control/v1/report.pb.h"

namespace narada::control::service {

// `masks_number`: +48******608.
v1::CallRecord ToProto(const CallRecord& record, bool masks_number);
v1::ConferenceRecord ToProto(const ConferenceRecord& record);
v1::ConferenceRecording ToProto(const storage::ConferenceRecordingRow& row);

// ---- Lines of an export, with their ends

std::string CallCsvHeader();
std::string CallCsvLine(const CallRecord& record, bool masks_number);
std::string ConferenceCsvHeader();
std::string ConferenceCsvLine(const ConferenceRecord& record);
// Any message as one line of JSON, its fields named as in the .proto.
std::string JsonLine(const google::protobuf::Message& message);

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_RECORD_CONVERT_H_
