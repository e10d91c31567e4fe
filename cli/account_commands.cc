// Tenants, permanent rooms, access numbers, users; and all of them out of a file.

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/config_file.h"
#include "base/status.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/message_options.h"
#include "cli/secret_input.h"
#include "narada/control/v1/account.grpc.pb.h"

namespace narada::cli {

namespace v1 = control::v1;
using Account = v1::AccountService::Stub;

namespace {

void AddTenants(CLI::App& app, Session& session) {
  CLI::App& tenants = AddNoun(app, "tenants", "companies with moderated conferences");
  AddList(*tenants.add_subcommand("list", "all tenants"), session,
          std::make_shared<v1::ListTenantsRequest>(), &Account::ListTenants, "tenants",
          {{"ID", "tenant_id"},
           {"NAME", "display_name"},
           {"LANGUAGES", "languages"},
           {"PARTICIPANTS", "limits.participants_max"},
           {"RECORDING", "limits.recording_allowed"},
           {"CREATED", "create_time"}});

  CLI::App& show = *tenants.add_subcommand("show", "one tenant");
  const auto shown = std::make_shared<v1::GetTenantRequest>();
  AddArgument(show, "id", shown->mutable_tenant_id(), "of the tenant");
  AddCall(show, session, shown, &Account::GetTenant);

  CLI::App& add = *tenants.add_subcommand("add", "a new tenant");
  const auto added = std::make_shared<v1::CreateTenantRequest>();
  AddArgument(add, "id", added->mutable_tenant()->mutable_tenant_id(), "of the tenant");
  AddMessageOptions(add, *added, {.without = {"tenant_id", "create_time"}});
  AddCall(add, session, added, &Account::CreateTenant);

  CLI::App& change = *tenants.add_subcommand("change", "set what is given, leave the rest");
  const auto changed = std::make_shared<v1::UpdateTenantRequest>();
  AddArgument(change, "id", changed->mutable_tenant()->mutable_tenant_id(), "of the tenant");
  AddMessageOptions(
      change, *changed->mutable_tenant(),
      {.without = {"tenant_id", "create_time"}, .mask = changed->mutable_update_mask()});
  AddCall(change, session, changed, &Account::UpdateTenant);

  CLI::App& remove = *tenants.add_subcommand("delete", "a tenant without rooms, numbers and users");
  const auto removed = std::make_shared<v1::DeleteTenantRequest>();
  AddArgument(remove, "id", removed->mutable_tenant_id(), "of the tenant");
  AddCall(remove, session, removed, &Account::DeleteTenant);
}

void AddRooms(CLI::App& app, Session& session) {
  CLI::App& rooms = AddNoun(app, "rooms", "permanent rooms of tenants");
  CLI::App& list = *rooms.add_subcommand("list", "permanent rooms");
  const auto listed = std::make_shared<v1::ListPermanentRoomsRequest>();
  AddMessageOptions(list, *listed, {.without = {"page_size", "page_token"}});
  AddList(list, session, listed, &Account::ListPermanentRooms, "permanent_rooms",
          {{"ID", "permanent_room_id"},
           {"TENANT", "tenant_id"},
           {"ROOM", "room_number"},
           {"NAME", "display_name"},
           {"WAIT", "wait_for_moderator"},
           {"LECTURE", "lecture"}});

  CLI::App& show = *rooms.add_subcommand("show", "one room");
  const auto shown = std::make_shared<v1::GetPermanentRoomRequest>();
  AddArgument(show, "id", shown->mutable_permanent_room_id(), "of the room");
  AddCall(show, session, shown, &Account::GetPermanentRoom);

  CLI::App& add = *rooms.add_subcommand("add", "a new room; shows its PINs this once");
  const auto added = std::make_shared<v1::CreatePermanentRoomRequest>();
  AddArgument(add, "tenant", added->mutable_permanent_room()->mutable_tenant_id(), "whose it is");
  AddMessageOptions(
      add, *added,
      {.without = {"tenant_id", "permanent_room_id", "participant_pin", "moderator_pin"}});
  AddCall(add, session, added, &Account::CreatePermanentRoom);

  CLI::App& change = *rooms.add_subcommand("change", "set what is given, leave the rest");
  const auto changed = std::make_shared<v1::UpdatePermanentRoomRequest>();
  AddArgument(change, "id", changed->mutable_permanent_room()->mutable_permanent_room_id(),
              "of the room");
  AddMessageOptions(
      change, *changed->mutable_permanent_room(),
      {.without = {"permanent_room_id", "tenant_id", "participant_pin", "moderator_pin"},
       .mask = changed->mutable_update_mask()});
  AddCall(change, session, changed, &Account::UpdatePermanentRoom);

  CLI::App& rotate = *rooms.add_subcommand("rotate-pins", "new PINs; the old ones end at once");
  const auto rotated = std::make_shared<v1::RotatePinsRequest>();
  AddArgument(rotate, "id", rotated->mutable_permanent_room_id(), "of the room");
  AddCall(rotate, session, rotated, &Account::RotatePins);

  CLI::App& remove = *rooms.add_subcommand("delete", "a room");
  const auto removed = std::make_shared<v1::DeletePermanentRoomRequest>();
  AddArgument(remove, "id", removed->mutable_permanent_room_id(), "of the room");
  AddCall(remove, session, removed, &Account::DeletePermanentRoom);
}

void AddNumbers(CLI::App& app, Session& session) {
  CLI::App& numbers = AddNoun(app, "numbers", "access numbers that callers dial");
  CLI::App& list = *numbers.add_subcommand("list", "access numbers");
  const auto listed = std::make_shared<v1::ListAccessNumbersRequest>();
  AddMessageOptions(list, *listed, {.without = {"page_size", "page_token"}});
  AddList(list, session, listed, &Account::ListAccessNumbers, "access_numbers",
          {{"NUMBER", "number"},
           {"TENANT", "tenant_id"},
           {"LANGUAGE", "language"},
           {"ENTRY", "entry_mode"},
           {"TARIFF", "tariff_kind"},
           {"COUNTRY", "country"}});

  CLI::App& set =
      *numbers.add_subcommand("set", "add a number, or replace all that is known of it");
  const auto put = std::make_shared<v1::PutAccessNumberRequest>();
  AddArgument(set, "number", put->mutable_access_number()->mutable_number(), "E.164 with \"+\"");
  AddMessageOptions(set, *put, {.without = {"number"}});
  AddCall(set, session, put, &Account::PutAccessNumber);

  CLI::App& remove = *numbers.add_subcommand("delete", "calls to it are refused from now on");
  const auto removed = std::make_shared<v1::DeleteAccessNumberRequest>();
  AddArgument(remove, "number", removed->mutable_number(), "E.164 with \"+\"");
  AddCall(remove, session, removed, &Account::DeleteAccessNumber);
}

absl::StatusOr<v1::PutUserResponse> PutUser(Session& session, v1::PutUserRequest request,
                                            const std::string& password_file) {
  if (!password_file.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_user()->mutable_password(),
                     ReadSecret(password_file, "Password: "));
  }
  return session.Call(&Account::PutUser, request);
}

void AddUsers(CLI::App& app, Session& session) {
  CLI::App& users = AddNoun(app, "users", "who may log in to the console");
  CLI::App& list = *users.add_subcommand("list", "users");
  const auto listed = std::make_shared<v1::ListUsersRequest>();
  AddMessageOptions(list, *listed, {.without = {"page_size", "page_token"}});
  AddList(list, session, listed, &Account::ListUsers, "users",
          {{"NAME", "user_name"}, {"TENANT", "tenant_id"}, {"ROLE", "role"}});

  CLI::App& set = *users.add_subcommand("set", "add a user, or replace all but the password");
  const auto put = std::make_shared<v1::PutUserRequest>();
  const auto password_file = std::make_shared<std::string>();
  AddArgument(set, "name", put->mutable_user()->mutable_user_name(), "to log in by");
  AddMessageOptions(set, *put, {.without = {"user_name", "password"}});
  set.add_option("--password-file", *password_file,
                 "file with the password, - for standard input (default: the password is kept)");
  set.callback([&session, put, password_file] {
    const auto response = PutUser(session, *put, *password_file);
    if (response.ok()) session.Show(*response);
    session.Finish(response.status());
  });

  CLI::App& remove = *users.add_subcommand("delete", "a user; sessions end at once");
  const auto removed = std::make_shared<v1::DeleteUserRequest>();
  AddArgument(remove, "name", removed->mutable_user_name(), "to log in by");
  AddCall(remove, session, removed, &Account::DeleteUser);
}

// One entry of the file. What is there already is brought up to date, so that a file can be imported
// again after a mistake in its middle was mended.
absl::Status ImportTenant(Session& session, const v1::Tenant& tenant) {
  v1::CreateTenantRequest create;
  *create.mutable_tenant() = tenant;
  const absl::Status created = session.Call(&Account::CreateTenant, create).status();
  if (ReasonOf(created) != "TENANT_EXISTS") return created;
  v1::UpdateTenantRequest update;
  *update.mutable_tenant() = tenant;
  for (const char* field : {"display_name", "languages", "limits", "prompt_set", "sms_templates"}) {
    update.mutable_update_mask()->add_paths(field);
  }
  return session.Call(&Account::UpdateTenant, update).status();
}

// By what the file knows a room again: its number or, where that is drawn, its name; `nth` tells rooms of
// one name apart.
std::string ImportId(const v1::PermanentRoom& room, int nth) {
  const std::string known_by =
      room.room_number().empty()
          ? absl::StrCat("name-", absl::BytesToHexString(room.display_name().substr(0, 20)), "-",
                         nth)
          : room.room_number();
  return absl::StrCat("import-", room.tenant_id(), "-", known_by);
}

absl::Status ImportRoom(Session& session, const v1::PermanentRoom& room, int nth) {
  v1::CreatePermanentRoomRequest create;
  *create.mutable_permanent_room() = room;
  // The same file imported again makes the same rooms and no second ones.
  create.set_request_id(ImportId(room, nth));
  ASSIGN_OR_RETURN(const auto created, session.Call(&Account::CreatePermanentRoom, create));
  session.Show(created);
  v1::UpdatePermanentRoomRequest update;
  *update.mutable_permanent_room() = room;
  update.mutable_permanent_room()->set_permanent_room_id(
      created.permanent_room().permanent_room_id());
  for (const char* field : {"display_name", "wait_for_moderator", "end_without_moderator",
                            "announce_by_name", "participants_max", "lecture"}) {
    update.mutable_update_mask()->add_paths(field);
  }
  return session.Call(&Account::UpdatePermanentRoom, update).status();
}

absl::Status Import(Session& session, const std::string& path) {
  v1::AccountFile file;
  RETURN_IF_ERROR(ConfigFile::Load(path, file).status());
  const auto at = [](const char* list, int i) { return absl::StrCat(list, "[", i, "]"); };
  for (int i = 0; i < file.tenants_size(); ++i) {
    RETURN_IF_ERROR(WithContext(ImportTenant(session, file.tenants(i)), at("tenants", i)));
  }
  for (int i = 0; i < file.access_numbers_size(); ++i) {
    v1::PutAccessNumberRequest put;
    *put.mutable_access_number() = file.access_numbers(i);
    RETURN_IF_ERROR(WithContext(session.Call(&Account::PutAccessNumber, put).status(),
                                at("access_numbers", i)));
  }
  std::map<std::pair<std::string, std::string>, int> named;  // How many rooms of a tenant and name.
  for (int i = 0; i < file.permanent_rooms_size(); ++i) {
    const v1::PermanentRoom& room = file.permanent_rooms(i);
    const int nth = named[{room.tenant_id(), room.display_name()}]++;
    RETURN_IF_ERROR(WithContext(ImportRoom(session, room, nth), at("permanent_rooms", i)));
  }
  for (int i = 0; i < file.users_size(); ++i) {
    v1::PutUserRequest put;
    *put.mutable_user() = file.users(i);
    RETURN_IF_ERROR(WithContext(session.Call(&Account::PutUser, put).status(), at("users", i)));
  }
  if (!session.settings().is_json) {
    session.Print(absl::StrCat("imported ", file.tenants_size(), " tenants, ",
                               file.access_numbers_size(), " access numbers, ",
                               file.permanent_rooms_size(), " rooms, ", file.users_size(),
                               " users\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddAccountCommands(CLI::App& app, Session& session) {
  AddTenants(app, session);
  AddRooms(app, session);
  AddNumbers(app, session);
  AddUsers(app, session);

  CLI::App& import_file = *app.add_subcommand(
      "import", "tenants, rooms, numbers and users from a file (AccountFile, protobuf text)");
  const auto path = std::make_shared<std::string>();
  AddArgument(import_file, "file", path.get(), "to read");
  import_file.callback([&session, path] { session.Finish(Import(session, *path)); });
}

}  // namespace narada::cli
