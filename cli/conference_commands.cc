// Running conferences: seen, watched and steered.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/message_options.h"
#include "narada/control/v1/conference.grpc.pb.h"

namespace narada::cli {

namespace v1 = control::v1;
using Conference = v1::ConferenceService::Stub;

namespace {

constexpr char kWhich[] = "id of the conference, or its room number";

// A room number stands for the conference that runs under it.
absl::StatusOr<v1::Conference> Find(Session& session, const std::string& which) {
  v1::GetConferenceRequest request;
  const bool is_number = !which.empty() && std::all_of(which.begin(), which.end(), [](char c) {
    return absl::ascii_isdigit(c);
  });
  is_number ? request.set_room_number(which) : request.set_conference_id(which);
  ASSIGN_OR_RETURN(const v1::GetConferenceResponse response,
                   session.Call(&Conference::GetConference, request));
  return response.conference();
}

// A command on a conference: asks for the conference, then for `method` with its id.
template <typename Request, typename Response>
CLI::App& AddOn(CLI::App& noun, Session& session, const std::string& verb, const std::string& help,
                std::shared_ptr<Request> request,
                grpc::Status (Conference::*method)(grpc::ClientContext*, const Request&,
                                                   Response*)) {
  CLI::App& command = *noun.add_subcommand(verb, help);
  const auto which = std::make_shared<std::string>();
  AddArgument(command, "conference", which.get(), kWhich);
  command.callback([&session, which, request = std::move(request), method] {
    absl::StatusOr<v1::Conference> conference = Find(session, *which);
    if (!conference.ok()) return session.Finish(conference.status());
    request->set_conference_id(conference->conference_id());
    const absl::StatusOr<Response> response = session.Call(method, *request);
    if (response.ok()) session.Show(*response);
    session.Finish(response.status());
  });
  return command;
}

// One change of a participant, such as mute.
void AddChange(CLI::App& noun, Session& session, const std::string& verb, const std::string& help,
               void (*change)(v1::UpdateParticipantRequest&)) {
  auto request = std::make_shared<v1::UpdateParticipantRequest>();
  change(*request);
  CLI::App& command = AddOn(noun, session, verb, help, request, &Conference::UpdateParticipant);
  AddArgument(command, "participant", request->mutable_participant_id(), "id of the participant");
}

void AddRecording(CLI::App& noun, Session& session, const std::string& verb,
                  v1::RecordingCommand what) {
  auto request = std::make_shared<v1::ControlRecordingRequest>();
  request->set_command(what);
  AddOn(noun, session, verb, "the recording; all hear of it", request,
        &Conference::ControlRecording);
}

const std::vector<Column>& ParticipantColumns() {
  static const auto* const columns = new std::vector<Column>{
      {"ID", "participant_id"},  {"NUMBER", "number"},  {"NAME", "name"},
      {"ROLE", "role"},          {"STATE", "state"},    {"SINCE", "join_time"},
      {"SPEAKS", "is_speaking"}, {"MUTED", "is_muted"}, {"SELF-MUTED", "is_self_muted"},
      {"MOS", "quality.mos"}};
  return *columns;
}

void ShowConference(Session& session, v1::Conference conference) {
  if (session.settings().is_json) return session.Show(conference);
  const std::string people = Table(ParticipantColumns(), conference, "participants");
  conference.clear_participants();
  session.Print(absl::StrCat(Fields(conference), "\n", people));
}

// One change as a line: "18:41:05 participant  p-1  +48601..., joined, muted".
std::string ChangeLine(const v1::WatchConferenceResponse& change) {
  std::string line = absl::StrCat(Value(change, "time"), "  #", change.sequence(), "  ");
  switch (change.change_case()) {
    case v1::WatchConferenceResponse::kSnapshot:
      absl::StrAppend(&line, "conference ", change.snapshot().conference_id(), " with ",
                      change.snapshot().participants_size(), " participants\n",
                      Table(ParticipantColumns(), change.snapshot(), "participants"));
      return line;
    case v1::WatchConferenceResponse::kParticipant: {
      const v1::Participant& participant = change.participant();
      absl::StrAppend(&line, participant.participant_id(), "  ", Value(participant, "number"), "  ",
                      Value(participant, "state"));
      if (participant.is_speaking()) absl::StrAppend(&line, ", speaks");
      if (participant.is_muted()) absl::StrAppend(&line, ", muted");
      if (participant.is_self_muted()) absl::StrAppend(&line, ", muted by own key");
      if (participant.is_held()) absl::StrAppend(&line, ", held");
      if (participant.has_hand_raise_time()) absl::StrAppend(&line, ", hand raised");
      break;
    }
    case v1::WatchConferenceResponse::kConference:
      absl::StrAppend(&line, change.conference().is_locked() ? "locked" : "open");
      if (change.conference().is_lecture()) absl::StrAppend(&line, ", lecture");
      absl::StrAppend(&line, ", recording ", Value(change.conference(), "recording"));
      break;
    case v1::WatchConferenceResponse::kMissed:
      absl::StrAppend(&line, "changes were missed");
      break;
    case v1::WatchConferenceResponse::kEnded:
      absl::StrAppend(&line, "ended");
      break;
    default:
      absl::StrAppend(&line, "something that this client does not know");
  }
  return line + "\n";
}

absl::Status Watch(Session& session, const std::string& which) {
  ASSIGN_OR_RETURN(const v1::Conference conference, Find(session, which));
  v1::WatchConferenceRequest request;
  request.set_conference_id(conference.conference_id());
  return session.Stream<Conference, v1::WatchConferenceRequest, v1::WatchConferenceResponse>(
      &Conference::WatchConference, request, [&](const v1::WatchConferenceResponse& change) {
        session.Print(session.settings().is_json ? JsonLine(change) + "\n" : ChangeLine(change));
        return absl::OkStatus();
      });
}

void AddSeeing(CLI::App& conferences, Session& session) {
  CLI::App& list = *conferences.add_subcommand("list", "running conferences");
  const auto listed = std::make_shared<v1::ListConferencesRequest>();
  AddMessageOptions(list, *listed, {.without = {"page_size", "page_token"}});
  AddList(list, session, listed, &Conference::ListConferences, "conferences",
          {{"ID", "conference_id"},
           {"ROOM", "room_number"},
           {"TENANT", "tenant_id"},
           {"SINCE", "start_time"},
           {"PARTICIPANTS", "participant_count"},
           {"LOCKED", "is_locked"},
           {"RECORDING", "recording"},
           {"MIXER", "mixer_id"}});

  CLI::App& show = *conferences.add_subcommand("show", "one conference with its participants");
  const auto shown = std::make_shared<std::string>();
  AddArgument(show, "conference", shown.get(), kWhich);
  show.callback([&session, shown] {
    const absl::StatusOr<v1::Conference> conference = Find(session, *shown);
    if (conference.ok()) ShowConference(session, *conference);
    session.Finish(conference.status());
  });

  CLI::App& watch = *conferences.add_subcommand("watch", "each change as it happens, to its end");
  const auto watched = std::make_shared<std::string>();
  AddArgument(watch, "conference", watched.get(), kWhich);
  watch.callback([&session, watched] { session.Finish(Watch(session, *watched)); });
}

void AddParticipants(CLI::App& conferences, Session& session) {
  using Update = v1::UpdateParticipantRequest;
  AddChange(conferences, session, "mute", "a participant",
            [](Update& update) { update.set_is_muted(true); });
  AddChange(conferences, session, "unmute", "a participant whom a moderator muted",
            [](Update& update) { update.set_is_muted(false); });
  AddChange(conferences, session, "hold", "a participant: neither heard nor hearing",
            [](Update& update) { update.set_is_held(true); });
  AddChange(conferences, session, "unhold", "a participant",
            [](Update& update) { update.set_is_held(false); });
  AddChange(conferences, session, "deafen", "a participant: hears nobody",
            [](Update& update) { update.set_is_deaf(true); });
  AddChange(conferences, session, "undeafen", "a participant",
            [](Update& update) { update.set_is_deaf(false); });
  AddChange(conferences, session, "lower-hand", "of a participant",
            [](Update& update) { update.set_is_hand_raised(false); });

  const auto changed = std::make_shared<Update>();
  CLI::App& change = AddOn(conferences, session, "change", "gain, role, group of a participant",
                           changed, &Conference::UpdateParticipant);
  AddArgument(change, "participant", changed->mutable_participant_id(), "id of the participant");
  AddMessageOptions(change, *changed, {.without = {"conference_id", "participant_id"}});

  const auto disconnected = std::make_shared<v1::DisconnectParticipantRequest>();
  CLI::App& disconnect = AddOn(conferences, session, "disconnect", "a participant", disconnected,
                               &Conference::DisconnectParticipant);
  AddArgument(disconnect, "participant", disconnected->mutable_participant_id(),
              "id of the participant");

  const auto told = std::make_shared<v1::TellRollCallRequest>();
  CLI::App& tell = AddOn(conferences, session, "tell-roll-call", "tell a participant who is here",
                         told, &Conference::TellRollCall);
  AddArgument(tell, "participant", told->mutable_participant_id(), "id of the participant");

  const auto called = std::make_shared<v1::CallOutRequest>();
  CLI::App& call_out =
      AddOn(conferences, session, "call-out", "call somebody, who enters after pressing 1", called,
            &Conference::CallOut);
  AddArgument(call_out, "number", called->mutable_number(), "E.164 with \"+\"");
  AddMessageOptions(call_out, *called, {.without = {"conference_id", "number"}});

  const auto cancelled = std::make_shared<v1::CancelCallOutRequest>();
  CLI::App& cancel = AddOn(conferences, session, "cancel-call-out", "that is under way", cancelled,
                           &Conference::CancelCallOut);
  AddArgument(cancel, "participant", cancelled->mutable_participant_id(), "id of the participant");
}

void AddWholeConference(CLI::App& conferences, Session& session) {
  for (const bool is_muted : {true, false}) {
    auto request = std::make_shared<v1::MuteAllRequest>();
    request->set_is_muted(is_muted);
    AddOn(conferences, session, is_muted ? "mute-all" : "unmute-all", "all but the moderators",
          request, &Conference::MuteAll);
  }
  for (const bool is_locked : {true, false}) {
    auto request = std::make_shared<v1::UpdateConferenceRequest>();
    request->set_is_locked(is_locked);
    AddOn(conferences, session, is_locked ? "lock" : "unlock",
          is_locked ? "nobody new enters" : "who knows the PIN enters", request,
          &Conference::UpdateConference);
  }
  for (const bool is_lecture : {true, false}) {
    auto request = std::make_shared<v1::UpdateConferenceRequest>();
    request->set_is_lecture(is_lecture);
    AddOn(conferences, session, is_lecture ? "begin-lecture" : "end-lecture",
          is_lecture ? "only presenters are heard" : "everybody is heard", request,
          &Conference::UpdateConference);
  }
  AddRecording(conferences, session, "record", v1::RECORDING_COMMAND_START);
  AddRecording(conferences, session, "pause-recording", v1::RECORDING_COMMAND_PAUSE);
  AddRecording(conferences, session, "resume-recording", v1::RECORDING_COMMAND_RESUME);
  AddRecording(conferences, session, "stop-recording", v1::RECORDING_COMMAND_STOP);

  const auto played = std::make_shared<v1::PlayAnnouncementRequest>();
  CLI::App& announce = AddOn(conferences, session, "announce", "play an announcement", played,
                             &Conference::PlayAnnouncement);
  AddArgument(announce, "announcement", played->mutable_announcement_id(), "its id");
  AddMessageOptions(announce, *played, {.without = {"conference_id", "announcement_id"}});

  const auto invited = std::make_shared<v1::SendInvitationsRequest>();
  CLI::App& invite = AddOn(conferences, session, "invite", "send the invitation by SMS", invited,
                           &Conference::SendInvitations);
  AddMessageOptions(invite, *invited, {.without = {"conference_id"}});

  AddOn(conferences, session, "end", "say goodbye and disconnect everybody",
        std::make_shared<v1::EndConferenceRequest>(), &Conference::EndConference);
}

}  // namespace

void AddConferenceCommands(CLI::App& app, Session& session) {
  CLI::App& conferences = AddNoun(app, "conferences", "running conferences");
  AddSeeing(conferences, session);
  AddParticipants(conferences, session);
  AddWholeConference(conferences, session);
}

}  // namespace narada::cli
