#include "control/storage/conference_table.h"

#include <soci/soci.h>

#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr std::array<const char*, 3> kRoles = {"participant", "presenter", "moderator"};
constexpr std::array<const char*, 3> kStatuses = {"off", "running", "paused"};

// The value whose name it is, in the order of the enum; the first if it is nobody's.
template <typename Enum, typename Names>
Enum FromName(const Names& names, const std::string& name) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return static_cast<Enum>(0);
}

std::string ToText(const std::vector<Group>& groups) {
  return absl::StrJoin(groups, ";", [](std::string* out, const Group& group) {
    absl::StrAppend(out, group.id, "=", absl::StrJoin(group.heard_ids, ","));
  });
}

std::vector<Group> GroupsFrom(const std::string& text) {
  std::vector<Group> groups;
  if (text.empty()) return groups;
  for (absl::string_view part : absl::StrSplit(text, ';')) {
    const std::pair<std::string, std::string> halves =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    Group group{.id = halves.first};
    if (!halves.second.empty()) group.heard_ids = absl::StrSplit(halves.second, ',');
    groups.push_back(std::move(group));
  }
  return groups;
}

Participant ParticipantFrom(const soci::row& row) {
  return {.call_id = row.get<std::string>(0),
          .role = FromName<Role>(kRoles, row.get<std::string>(1)),
          .state = row.get<int>(3) != 0 ? ParticipantState::kWaiting : ParticipantState::kJoined,
          .name = row.get<std::string>(2),
          .joined_at = TimeAt(row, 11),
          .is_muted = row.get<int>(5) != 0,
          .is_self_muted = row.get<int>(6) != 0,
          .is_deaf = row.get<int>(7) != 0,
          .is_held = row.get<int>(8) != 0,
          .gain_db = row.get<int>(9) / 1000.0,
          .group_id = row.get<std::string>(10),
          .hand_raised_at = OptionalTimeAt(row, 12),
          .is_dialled = row.get<int>(4) != 0};
}

}  // namespace

void PutConference(Transaction& transaction, const Conference& conference, absl::Time now) {
  transaction.sql() << "DELETE FROM conferences WHERE id = :id", soci::use(conference.id);
  const long long started_at = ToSql(conference.started_at);
  const int is_locked = conference.is_locked, is_lecture = conference.is_lecture,
            is_all_muted = conference.is_all_muted;
  const std::string side_rooms = ToText(conference.groups);
  const RecordingState& recording = conference.recording;
  const std::string status = kStatuses[static_cast<size_t>(recording.status)];
  const bool is_recorded = recording.status != RecordingStatus::kOff;
  const long long since = is_recorded ? ToSql(recording.since) : 0;
  const long long before = absl::ToInt64Microseconds(recording.before);
  const long long noted_at = ToSql(now);
  transaction.sql() << "INSERT INTO conferences (id, started_at, is_locked, is_lecture, "
                       "is_all_muted, participants_max, side_rooms, recording_id, "
                       "recording_status, recording_since, recorded_before_us, noted_at) VALUES "
                       "(:id, :started, :locked, :lecture, :muted, :max, :rooms, :recording, "
                       ":status, :since, :before, :noted)",
      soci::use(conference.id), soci::use(started_at), soci::use(is_locked), soci::use(is_lecture),
      soci::use(is_all_muted), soci::use(conference.participants_max), soci::use(side_rooms),
      soci::use(recording.id), soci::use(status), soci::use(since), soci::use(before),
      soci::use(noted_at);
}

void PutParticipant(Transaction& transaction, const std::string& conference_id,
                    const Participant& participant) {
  DeleteParticipant(transaction, participant.call_id);
  const std::string role = kRoles[static_cast<size_t>(participant.role)];
  const int is_waiting = participant.state == ParticipantState::kWaiting;
  const int is_dialled = participant.is_dialled, is_muted = participant.is_muted,
            is_self_muted = participant.is_self_muted, is_deaf = participant.is_deaf,
            is_held = participant.is_held;
  const int gain_mdb = static_cast<int>(std::lround(participant.gain_db * 1000));
  const long long joined_at = ToSql(participant.joined_at);
  Nullable<long long> hand = ToSql(participant.hand_raised_at);
  transaction.sql() << "INSERT INTO conference_participants (call_id, conference_id, role, name, "
                       "is_waiting, is_dialled, is_muted, is_self_muted, is_deaf, is_held, "
                       "gain_mdb, group_id, joined_at, hand_raised_at) VALUES (:id, :conference, "
                       ":role, :name, :waiting, :dialled, :muted, :self, :deaf, :held, :gain, "
                       ":side_room, :joined, :hand)",
      soci::use(participant.call_id), soci::use(conference_id), soci::use(role),
      soci::use(participant.name), soci::use(is_waiting), soci::use(is_dialled),
      soci::use(is_muted), soci::use(is_self_muted), soci::use(is_deaf), soci::use(is_held),
      soci::use(gain_mdb), soci::use(participant.group_id), soci::use(joined_at),
      soci::use(hand.value, hand.indicator);
}

void DeleteParticipant(Transaction& transaction, const std::string& call_id) {
  transaction.sql() << "DELETE FROM conference_participants WHERE call_id = :id",
      soci::use(call_id);
}

std::optional<SavedConference> FindConference(Transaction& transaction, const std::string& id) {
  soci::row row;
  transaction.sql() << "SELECT started_at, is_locked, is_lecture, is_all_muted, participants_max, "
                       "side_rooms, recording_id, recording_status, recording_since, "
                       "recorded_before_us FROM conferences WHERE id = :id",
      soci::use(id), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  SavedConference saved{.started_at = TimeAt(row, 0),
                        .is_locked = row.get<int>(1) != 0,
                        .is_lecture = row.get<int>(2) != 0,
                        .is_all_muted = row.get<int>(3) != 0,
                        .participants_max = row.get<int>(4),
                        .groups = GroupsFrom(row.get<std::string>(5))};
  const auto status = FromName<RecordingStatus>(kStatuses, row.get<std::string>(7));
  if (status != RecordingStatus::kOff) {
    saved.recording = {.status = status,
                       .id = row.get<std::string>(6),
                       .since = TimeAt(row, 8),
                       .before = absl::Microseconds(row.get<long long>(9))};
  }
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT call_id, role, name, is_waiting, is_dialled, is_muted, "
                                    "is_self_muted, is_deaf, is_held, gain_mdb, group_id, "
                                    "joined_at, hand_raised_at FROM conference_participants "
                                    "WHERE conference_id = :id ORDER BY joined_at, call_id",
       soci::use(id));
  for (const soci::row& participant : rows) {
    saved.participants.push_back(ParticipantFrom(participant));
  }
  return saved;
}

void DeleteConference(Transaction& transaction, const std::string& id) {
  transaction.sql() << "DELETE FROM conference_participants WHERE conference_id = :id",
      soci::use(id);
  transaction.sql() << "DELETE FROM conferences WHERE id = :id", soci::use(id);
}

void DeleteConferencesBefore(Transaction& transaction, absl::Time noted_before) {
  const long long before = ToSql(noted_before);
  transaction.sql() << "DELETE FROM conference_participants WHERE conference_id IN "
                       "(SELECT id FROM conferences WHERE noted_at < :before)",
      soci::use(before);
  transaction.sql() << "DELETE FROM conferences WHERE noted_at < :before", soci::use(before);
}

}  // namespace narada::control::storage
