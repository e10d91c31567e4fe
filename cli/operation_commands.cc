#include <memory>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/message_options.h"
#include "narada/control/v1/audit.grpc.pb.h"
#include "narada/control/v1/operation.grpc.pb.h"

namespace narada::cli {

namespace v1 = control::v1;
using Operation = v1::OperationService::Stub;

namespace {

// Mixers and gateways are few and come in one answer.
template <typename Request, typename Response>
void AddWholeList(CLI::App& command, Session& session,
                  grpc::Status (Operation::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                  std::string items, std::vector<Column> columns) {
  command.callback([&session, method, items = std::move(items), columns = std::move(columns)] {
    const absl::StatusOr<Response> response = session.Call(method, Request());
    if (response.ok()) session.ShowTable(*response, items, columns);
    session.Finish(response.status());
  });
}

}  // namespace

void AddOperationCommands(CLI::App& app, Session& session) {
  CLI::App& mixers = AddNoun(app, "mixers", "the media plane");
  AddWholeList(*mixers.add_subcommand("list", "mixers and their load"), session,
               &Operation::ListMixers, "mixers",
               {{"ID", "mixer_id"},
                {"ADDRESS", "address"},
                {"REACHABLE", "is_reachable"},
                {"DRAINING", "is_draining"},
                {"LOAD", "load"},
                {"ROOMS", "room_count"},
                {"LEGS", "leg_count"}});
  CLI::App& evacuate =
      *mixers.add_subcommand("evacuate", "move a mixer's rooms to others, and let it go");
  const auto evacuated = std::make_shared<v1::EvacuateMixerRequest>();
  AddArgument(evacuate, "id", evacuated->mutable_mixer_id(), "of the mixer");
  AddCall(evacuate, session, evacuated, &Operation::EvacuateMixer);

  CLI::App& gateways = AddNoun(app, "gateways", "signaling services that are connected");
  AddWholeList(*gateways.add_subcommand("list", "gateways and their calls"), session,
               &Operation::ListGateways, "gateways",
               {{"ID", "gateway_id"},
                {"SOFTWARE", "software"},
                {"SINCE", "connect_time"},
                {"CALLS", "call_count"}});

  CLI::App& lockouts = AddNoun(app, "lockouts", "who is barred after too many wrong PINs");
  CLI::App& list = *lockouts.add_subcommand("list", "locks in force");
  AddList(list, session, std::make_shared<v1::ListLockoutsRequest>(), &Operation::ListLockouts,
          "lockouts",
          {{"ID", "lockout_id"},
           {"SCOPE", "scope"},
           {"SUBJECT", "subject"},
           {"FAILURES", "failure_count"},
           {"UNTIL", "end_time"}});
  CLI::App& lift = *lockouts.add_subcommand("lift", "end a lock now");
  const auto lifted = std::make_shared<v1::LiftLockoutRequest>();
  AddArgument(lift, "id", lifted->mutable_lockout_id(), "of the lock");
  AddCall(lift, session, lifted, &Operation::LiftLockout);

  CLI::App& audit = AddNoun(app, "audit", "who commanded what in which conference");
  CLI::App& entries =
      *audit.add_subcommand("list", "commands, obeyed or refused, the newest first");
  const auto listed = std::make_shared<v1::ListAuditEntriesRequest>();
  AddMessageOptions(entries, *listed, {.without = {"page_size", "page_token"}});
  AddList(entries, session, listed, &v1::AuditService::Stub::ListAuditEntries, "entries",
          {{"TIME", "time"},
           {"CONFERENCE", "conference_id"},
           {"CAPACITY", "capacity"},
           {"ACTOR", "actor"},
           {"BY", "channel"},
           {"COMMAND", "command"},
           {"DETAIL", "detail"},
           {"OUTCOME", "outcome"}});

  CLI::App& backup =
      *app.add_subcommand("backup", "copy the database into the folder `backups` of control");
  const auto backed_up = std::make_shared<v1::BackupRequest>();
  AddArgument(backup, "file-name", backed_up->mutable_file_name(), "of the copy, without a path");
  AddCall(backup, session, backed_up, &Operation::Backup);
}

}  // namespace narada::cli
