#include "mixer/service/room_service.h"

#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/room/room_groups.h"
#include "mixer/service/answer.h"
#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

// Answers that are remembered for repeated requests.
constexpr size_t kCreationsMax = 16384;

// A room that legs keep entering is tried again this often before its deletion gives up.
constexpr int kDeleteAttemptsMax = 10;

absl::Status CheckGroupId(absl::string_view field, const std::string& id) {
  return id.empty() ? absl::OkStatus() : CheckLowerCaseId(field, id);
}

absl::Status CheckGroups(const google::protobuf::RepeatedPtrField<v1::Group>& groups) {
  absl::flat_hash_set<std::string> listed;
  absl::flat_hash_set<std::string> named = {""};
  for (int i = 0; i < groups.size(); ++i) {
    const std::string field = absl::StrCat("settings.groups[", i, "]");
    RETURN_IF_ERROR(CheckGroupId(absl::StrCat(field, ".group_id"), groups[i].group_id()));
    if (!listed.insert(groups[i].group_id()).second) {
      return InvalidField(absl::StrCat(field, ".group_id"), "FIELD_INVALID", "is listed twice");
    }
    named.insert(groups[i].group_id());
    for (int j = 0; j < groups[i].hears_size(); ++j) {
      const v1::Group::Hearing& hearing = groups[i].hears(j);
      const std::string name = absl::StrCat(field, ".hears[", j, "]");
      RETURN_IF_ERROR(CheckGroupId(absl::StrCat(name, ".group_id"), hearing.group_id()));
      RETURN_IF_ERROR(ParseGain(absl::StrCat(name, ".gain_db"), hearing.gain_db()).status());
      named.insert(hearing.group_id());
    }
  }
  if (named.size() > room::RoomGroups::kGroupsMax) {
    return InvalidField("settings.groups", "FIELD_INVALID",
                        absl::StrCat("may name at most ", room::RoomGroups::kGroupsMax,
                                     " groups, the one without a name among them"));
  }
  return absl::OkStatus();
}

// Of groups that were checked.
std::vector<room::GroupConfig> GroupsOf(const v1::RoomSettings& settings) {
  std::vector<room::GroupConfig> groups;
  for (const v1::Group& group : settings.groups()) {
    room::GroupConfig config;
    config.id = room::GroupId(group.group_id());
    for (const v1::Group::Hearing& hearing : group.hears()) {
      config.hears.push_back({.group = room::GroupId(hearing.group_id()),
                              .gain = Gain::FromDecibels(static_cast<double>(hearing.gain_db()))});
    }
    groups.push_back(std::move(config));
  }
  return groups;
}

absl::Status CheckSettings(const v1::RoomSettings& settings, const MixerSettings& mixer) {
  if (settings.rate_hz() != 0 && settings.rate_hz() != 8000 && settings.rate_hz() != 16000 &&
      settings.rate_hz() != 48000) {
    return InvalidField("settings.rate_hz", "FIELD_INVALID", "must be 8000, 16000 or 48000");
  }
  if (settings.speakers_max() > static_cast<uint32_t>(room::Room::kSpeakersMax)) {
    return InvalidField("settings.speakers_max", "FIELD_INVALID",
                        absl::StrCat("must be 1 to ", room::Room::kSpeakersMax));
  }
  RETURN_IF_ERROR(CheckGroups(settings.groups()));
  if (settings.has_comfort_noise_dbov() &&
      (settings.comfort_noise_dbov() < -127 || settings.comfort_noise_dbov() > -65)) {
    return InvalidField("settings.comfort_noise_dbov", "FIELD_INVALID", "must be -127 to -65");
  }
  return absl::OkStatus();
}

room::RoomControls ControlsOf(const v1::RoomSettings& settings, const MixerSettings& mixer) {
  room::RoomControls controls;
  controls.speakers_max =
      settings.speakers_max() == 0 ? mixer.speakers_max : static_cast<int>(settings.speakers_max());
  controls.speaker_hangover = mixer.speaker_hangover;
  controls.is_lecture = settings.lecture();
  controls.equalises_levels = settings.level_equalisation() == v1::LEVEL_EQUALISATION_UNSPECIFIED
                                  ? mixer.equalises_levels
                                  : settings.level_equalisation() == v1::LEVEL_EQUALISATION_ON;
  controls.comfort_noise =
      settings.has_comfort_noise_dbov()
          ? AudioLevel::Dbov(static_cast<double>(settings.comfort_noise_dbov()))
          : mixer.comfort_noise;
  if (settings.rate_hz() != 0) {
    controls.rate = SampleRate::FromHertz(static_cast<int>(settings.rate_hz()));
  }
  return controls;
}

}  // namespace

RoomService::RoomService(MixerContext& context) : context_(context), creations_(kCreationsMax) {}

grpc::Status RoomService::CreateRoom(grpc::ServerContext*, const v1::CreateRoomRequest* request,
                                     v1::CreateRoomResponse* response) {
  if (absl::Status status = CheckRequestId(request->request_id()); !status.ok()) {
    return ToGrpcStatus(status);
  }
  return Answer(creations_.Run(request->request_id(), [&] { return Create(*request); }), response);
}

absl::StatusOr<v1::CreateRoomResponse> RoomService::Create(const v1::CreateRoomRequest& request) {
  RETURN_IF_ERROR(context_.CheckNotDraining());
  if (!request.room_id().empty()) RETURN_IF_ERROR(CheckId("room_id", request.room_id()));
  RETURN_IF_ERROR(CheckSettings(request.settings(), context_.settings));
  RETURN_IF_ERROR(CheckLabels(request.labels()));
  const absl::Status exists =
      ErrorWithReason(absl::StatusCode::kAlreadyExists, "ROOM_EXISTS",
                      absl::StrCat("there is a room \"", request.room_id(), "\" already"));
  if (context_.state.FindRoom(request.room_id()).has_value()) return exists;

  RoomEntry entry;
  ASSIGN_OR_RETURN(entry.number, MakeRoom(request.settings()));
  entry.room.set_room_id(request.room_id().empty() ? context_.DrawId("r") : request.room_id());
  // An idle room is to cost little: what is unset takes no memory.
  if (request.has_settings()) *entry.room.mutable_settings() = request.settings();
  *entry.room.mutable_labels() = request.labels();
  *entry.room.mutable_create_time() = ToTimestamp(context_.clock.Now());
  if (request.has_empty_timeout()) {
    entry.empty_timeout = absl::Nanoseconds(FromDuration(request.empty_timeout()).nanoseconds());
  }
  if (context_.state.keeper() != nullptr && !request.request_id().empty()) {
    entry.request_id = request.request_id();
  }
  if (!context_.state.RoomCreated(entry)) {
    context_.engine.DeleteRoom(entry.number, {}).IgnoreError();
    return exists;
  }
  v1::CreateRoomResponse response;
  *response.mutable_room() = entry.room;
  return response;
}

absl::StatusOr<room::RoomId> RoomService::MakeRoom(const v1::RoomSettings& settings) {
  room::RoomConfig config;
  config.controls = ControlsOf(settings, context_.settings);
  config.groups = GroupsOf(settings);
  return context_.engine.CreateRoom(config, LegsMaxOf(settings));
}

size_t RoomService::LegsMaxOf(const v1::RoomSettings& settings) const {
  return settings.legs_max() == 0 ? context_.settings.room_legs_max : settings.legs_max();
}

absl::Status RoomService::Resume(const state_v1::RoomRecord& record) {
  RoomEntry entry;
  ASSIGN_OR_RETURN(entry.number, MakeRoom(record.room().settings()));
  entry.room = record.room();
  if (record.has_empty_timeout()) {
    entry.empty_timeout = absl::Nanoseconds(FromDuration(record.empty_timeout()).nanoseconds());
  }
  entry.request_id = record.request_id();
  context_.state.RoomResumed(entry);
  v1::CreateRoomResponse response;
  *response.mutable_room() = record.room();
  creations_.Remember(record.request_id(), std::move(response));
  return absl::OkStatus();
}

v1::Room RoomService::Complete(const RoomEntry& entry) const {
  v1::Room room = entry.room;
  const auto worker = context_.engine.WorkerOf(entry.number);
  if (worker.ok()) room.set_worker(static_cast<uint32_t>(worker->value_or(0)));
  return room;
}

grpc::Status RoomService::GetRoom(grpc::ServerContext*, const v1::GetRoomRequest* request,
                                  v1::GetRoomResponse* response) {
  const std::optional<RoomEntry> entry = context_.state.FindRoom(request->room_id());
  if (!entry.has_value()) return ToGrpcStatus(RoomUnknown(request->room_id()));
  *response->mutable_room() = Complete(*entry);
  return grpc::Status::OK;
}

grpc::Status RoomService::ListRooms(grpc::ServerContext*, const v1::ListRoomsRequest* request,
                                    v1::ListRoomsResponse* response) {
  const absl::StatusOr<size_t> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  if (absl::Status status = CheckPageToken(request->page_token()); !status.ok()) {
    return ToGrpcStatus(status);
  }
  // One more than asked for tells whether this is the last page.
  const std::vector<RoomEntry> rooms =
      context_.state.ListRooms(request->page_token(), *page_size + 1);
  for (size_t i = 0; i < rooms.size() && i < *page_size; ++i) {
    *response->add_rooms() = Complete(rooms[i]);
  }
  if (rooms.size() > *page_size) {
    response->set_next_page_token(rooms[*page_size - 1].room.room_id());
  }
  return grpc::Status::OK;
}

grpc::Status RoomService::UpdateRoom(grpc::ServerContext*, const v1::UpdateRoomRequest* request,
                                     v1::UpdateRoomResponse* response) {
  return Answer(Update(*request), response);
}

absl::StatusOr<v1::UpdateRoomResponse> RoomService::Update(const v1::UpdateRoomRequest& request) {
  const std::optional<RoomEntry> entry = context_.state.FindRoom(request.room_id());
  if (!entry.has_value()) return RoomUnknown(request.room_id());
  if (request.update_mask().paths().empty()) {
    return InvalidField("update_mask", "FIELD_INVALID", "must name the fields to change");
  }
  v1::RoomSettings settings = entry->room.settings();
  bool has_new_groups = false;
  for (const std::string& path : request.update_mask().paths()) {
    const google::protobuf::FieldDescriptor* const field =
        v1::RoomSettings::descriptor()->FindFieldByName(path);
    if (field == nullptr) {
      return InvalidField("update_mask", "FIELD_INVALID",
                          absl::StrCat("\"", path, "\" is no field of RoomSettings"));
    }
    has_new_groups |= path == "groups";
    v1::RoomSettings one = request.settings();
    std::vector<const google::protobuf::FieldDescriptor*> fields = {field};
    settings.GetReflection()->ClearField(&settings, field);
    settings.GetReflection()->SwapFields(&settings, &one, fields);
  }
  RETURN_IF_ERROR(CheckSettings(settings, context_.settings));
  engine::RoomChange change;
  change.controls = ControlsOf(settings, context_.settings);
  if (has_new_groups) change.groups = GroupsOf(settings);
  change.legs_max = LegsMaxOf(settings);
  RETURN_IF_ERROR(context_.engine.UpdateRoom(entry->number, std::move(change), [&] {
    context_.state.RoomUpdated(request.room_id(), settings);
  }));
  v1::UpdateRoomResponse response;
  const std::optional<RoomEntry> updated = context_.state.FindRoom(request.room_id());
  if (updated.has_value()) *response.mutable_room() = Complete(*updated);
  return response;
}

grpc::Status RoomService::DeleteRoom(grpc::ServerContext*, const v1::DeleteRoomRequest* request,
                                     v1::DeleteRoomResponse*) {
  return ToGrpcStatus(Delete(request->room_id(), request->force()));
}

absl::Status RoomService::Delete(const std::string& room_id, bool force) {
  const std::optional<RoomEntry> entry = context_.state.FindRoom(room_id);
  if (!entry.has_value()) return RoomUnknown(room_id);
  absl::Status status;
  for (int i = 0; i < kDeleteAttemptsMax; ++i) {
    if (force) EndLegs(context_, room_id, v1::LEG_REMOVAL_REASON_ROOM_DELETED);
    status =
        context_.engine.DeleteRoom(entry->number, [&] { context_.state.RoomDeleted(room_id); });
    if (status.ok() || !force) return status;
  }
  return status;
}

void RoomService::DeleteEmptyRooms() {
  for (const std::string& room_id : context_.state.RoomsEmptyTooLong()) {
    Delete(room_id, /*force=*/false).IgnoreError();  // Somebody may just be entering.
  }
}

}  // namespace narada::mixer::service
