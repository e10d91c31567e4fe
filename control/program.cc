#include "control/program.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/random.h"
#include "base/rpc/credentials.h"
#include "base/status.h"
#include "control/accounts/accounts.h"
#include "control/accounts/number_book.h"
#include "control/accounts/password_hasher.h"
#include "control/accounts/throttle.h"
#include "control/calls/call_services.h"
#include "control/calls/door.h"
#include "control/calls/executor.h"
#include "control/calls/invite_by_sms.h"
#include "control/calls/mixer_recordings.h"
#include "control/calls/switchboard.h"
#include "control/mixers/mixer_pool.h"
#include "control/outbox.h"
#include "control/prompts/prompt_library.h"
#include "control/replicas/replica_registry.h"
#include "control/reports/reports.h"
#include "control/reservations/reservations.h"
#include "control/service/grpc_server.h"
#include "control/service/metrics.h"
#include "control/service/replica_link.h"
#include "control/storage/audit_table.h"
#include "control/storage/call_table.h"
#include "control/storage/conference_table.h"
#include "control/storage/database.h"
#include "control/storage/secret_box.h"
#include "control/storage/settings_table.h"
#include "control/web/account_log_in.h"
#include "control/web/console.h"
#include "control/web/http_server.h"
#include "control/web/log_in.h"

namespace narada::control {
namespace {

constexpr absl::Duration kHousekeeping = absl::Hours(1);
// The state of a conference is noted when somebody changes it; it may run on without a change for
// longer than any one call.
constexpr absl::Duration kConferenceUnnoted = absl::Hours(7 * 24);
// How late we may learn of numbers and longer rooms from other replicas.
constexpr absl::Duration kRefresh = absl::Seconds(5);

RpcTlsFiles ToRpcTlsFiles(const config::TlsFiles& files) {
  return {.certificate = files.certificate, .key = files.key, .client_ca = files.peer_ca};
}

absl::StatusOr<std::vector<mixers::MixerTarget>> MixerTargets(const config::ControlConfig& config) {
  std::vector<mixers::MixerTarget> targets;
  for (const config::MixerTarget& mixer : config.mixers) {
    ASSIGN_OR_RETURN(auto credentials,
                     MakeChannelCredentials(mixer.target, ToRpcTlsFiles(mixer.tls)));
    targets.push_back({.address = mixer.target, .credentials = std::move(credentials)});
  }
  return targets;
}

std::vector<mixers::PromptFile> PromptFiles(const prompts::PromptLibrary& library) {
  std::vector<mixers::PromptFile> files;
  for (const prompts::Recording& recording : library.recordings()) {
    files.push_back({.prompt_id = recording.prompt_id, .wav = recording.wav});
  }
  return files;
}

std::vector<mixers::PlayItem> ToPlayItems(const std::vector<prompts::SpokenItem>& spoken) {
  std::vector<mixers::PlayItem> items;
  for (const prompts::SpokenItem& item : spoken) {
    if (item.prompt_id.empty()) {
      items.push_back(mixers::PlayPause{item.pause});
    } else {
      items.push_back(mixers::PlayPrompt{item.prompt_id});
    }
  }
  return items;
}

calls::Speaker MakeSpeaker(const prompts::PromptLibrary& library) {
  return [&library](Language language, absl::Span<const Phrase> phrases) {
    return ToPlayItems(library.Speak(language, phrases));
  };
}

calls::TenantSpeaker MakeTenantSpeaker(const prompts::PromptLibrary& library) {
  return
      [&library](const calls::Voice& voice, Language language, absl::Span<const Phrase> phrases) {
        return ToPlayItems(library.SpeakFrom(voice.prompt_set, voice.greeting, language, phrases));
      };
}

accounts::AccountSettings AccountSettingsOf(const config::ControlConfig& config) {
  accounts::AccountSettings settings = config.accounts;
  settings.fixed_numbers = config.access_numbers;
  return settings;
}

bool IsLoopbackIp(const std::string& ip) {
  const bool is_ipv6 = ip.find(':') != std::string::npos;
  return IsLoopback(is_ipv6 ? absl::StrCat("[", ip, "]:0") : absl::StrCat(ip, ":0"));
}

storage::DatabaseOptions ToDatabaseOptions(const config::ControlConfig& config) {
  storage::DatabaseOptions options{.path = config.sqlite_file};
  if (const auto& postgresql = config.postgresql) {
    options.postgresql = {.connection = postgresql->connection,
                          .password_file = postgresql->password_file,
                          .connections = postgresql->connections};
  }
  return options;
}

// How the other replicas reach our gRPC: where it listens, if that says so.
std::string ReplicaAddress(const config::ControlConfig& config, int port) {
  if (!config.replica_address.empty()) return config.replica_address;
  const std::string host = config.grpc_listen.substr(0, config.grpc_listen.rfind(':'));
  if (host != "0.0.0.0" && host != "[::]" && !host.empty()) return absl::StrCat(host, ":", port);
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? absl::StrCat(name, ":", port) : "";
}

}  // namespace

// In the order in which they are made; destroyed in the opposite one, except where ~Program says
// otherwise.
struct Program::Parts {
  Parts(const config::ControlConfig& config, const Clock& clock, prompts::PromptLibrary library,
        const storage::SecretBox& secrets, std::unique_ptr<storage::Database> open_database,
        SmsRoutes sms_routes, std::vector<mixers::MixerTarget> targets)
      : config(config),
        clock(clock),
        id(absl::StrCat("control-", absl::Hex(random.Next(), absl::kZeroPad16))),
        library(std::move(library)),
        secrets(secrets),
        database(std::move(open_database)),
        outbox(config, std::move(sms_routes), *database, this->secrets, clock, random, id),
        reservations(*database, this->secrets, clock, random,
                     {.terms = config.reservation_terms,
                      .room_digits_min = config.room_digits_min,
                      .pin_digits = config.pin_digits,
                      .sms_sender = config.sms.sender,
                      .sms_limits = SmsLimits(config)},
                     [this](Language language, const PhoneNumber& access_number,
                            const RoomNumber& room, const Pin& pin) {
                       return outbox.invitations().Write(language, access_number, room, pin);
                     }),
        accounts(*database, this->secrets, clock, random, passwords, AccountSettingsOf(config)),
        numbers(*database, config.numbering, config.access_numbers),
        throttle(*database, this->secrets, clock, config.throttle),
        registry(config.postgresql ? std::make_unique<replicas::ReplicaRegistry>(
                                         *database, replicas::RegistrySettings{.id = id})
                                   : nullptr),
        replica_link(registry
                         ? std::make_unique<service::ReplicaLink>(
                               *registry,
                               [tls = ToRpcTlsFiles(config.grpc_tls)](const std::string& address) {
                                 return MakeChannelCredentials(address, tls);
                               })
                         : nullptr),
        executor(std::clamp<int>(std::thread::hardware_concurrency(), 2, 8)),
        door(*database, reservations, accounts, throttle, clock, executor,
             calls::CallSettings().lookup_time),
        pool(std::move(targets), PromptFiles(this->library)),
        recordings(pool),
        reports(*database, clock, recordings,
                {.owner = id,
                 .retention = config.reports.retention,
                 .masks_numbers = config.reports.masks_numbers}),
        services{
            .clock = clock,
            .random = random,
            .executor = executor,
            .mixers = pool,
            .reservations = reservations,
            .invitations = outbox.invitations(),
            .database = *database,
            .reports = reports,
            .accounts = accounts,
            .numbers = numbers,
            .throttle = throttle,
            .door = door,
            .speak = MakeSpeaker(this->library),
            .speak_for = MakeTenantSpeaker(this->library),
            .invite = calls::InviteBySms(reservations, accounts, outbox.invitations()),
            .ivr_settings = config.dialogue,
            .settings = {.numbering = config.numbering,
                         .call_max = config.call_max,
                         .calls_max = config.calls_max,
                         .participants_max = config.conferences.participants_max,
                         .call_out_prefixes = config.conferences.call_out_prefixes,
                         .call_outs_max = config.conferences.call_outs_max,
                         .ring_max = config.conferences.ring_max,
                         .redial_pause = config.conferences.redial_pause,
                         .moderator_grace = config.conferences.moderator_grace,
                         .are_recordings_announced = config.conferences.are_recordings_announced,
                         .are_legs_recorded = config.conferences.are_legs_recorded,
                         .recording_tone = config.conferences.recording_tone,
                         .recording_kept = config.conferences.recording_retention,
                         .own_announcements = this->library.own_announcements()},
            .replicas = replica_link.get()},
        switchboard(services) {
    reservations.SetMessageBell(outbox.bell());
    door.SetLockListener(
        [this](const accounts::Lockout& lock) { switchboard.NoteGuessers(lock.conference_key); });
    reservations.SetLimitBell([this] { ++outbox.counters().messages_limited; });
  }

  absl::Status StartConsole();

  const config::ControlConfig config;
  const Clock& clock;
  SecureRandom random;
  const std::string id;  // Of this life of the process.
  const prompts::PromptLibrary library;
  const storage::SecretBox secrets;
  std::unique_ptr<storage::Database> database;
  Outbox outbox;
  reservations::Reservations reservations;
  accounts::PasswordHasher passwords;
  accounts::Accounts accounts;
  accounts::NumberBook numbers;
  accounts::Throttle throttle;
  // With PostgreSQL: there may be others.
  std::unique_ptr<replicas::ReplicaRegistry> registry;
  const std::unique_ptr<service::ReplicaLink> replica_link;
  calls::ThreadExecutor executor;
  calls::Door door;
  mixers::MixerPool pool;
  calls::MixerRecordings recordings;
  reports::Reports reports;
  const calls::CallServices services;
  calls::Switchboard switchboard;
  std::unique_ptr<service::GrpcServer> grpc;
  std::unique_ptr<web::Console> console;
  std::unique_ptr<web::HttpServer> http;
  std::unique_ptr<service::Metrics> metrics;

  bool is_ready = false;
  bool has_told_of_waiting = false;
  absl::Time started_at = clock.Now();
  absl::Time next_housekeeping = absl::InfinitePast();
  absl::Time next_refresh = absl::InfinitePast();
};

absl::Status Program::Parts::StartConsole() {
  ASSIGN_OR_RETURN(std::string operator_password,
                   web::OperatorPasswordFromFile(config.operator_password_file, random));
  web::LogInOptions log_in{.operator_password = std::move(operator_password),
                           .proxy_header = config.log_in_proxy_header,
                           .proxy_addresses = config.log_in_proxy_addresses};
  web::UseAccounts(accounts, door, grpc->InProcessChannel(), log_in);
  console = std::make_unique<web::Console>(
      web::ConsoleOptions{.life = id,
                          .log_in = std::move(log_in),
                          .is_behind_tls = !config.log_in_proxy_header.empty()},
      grpc->InProcessChannel(), *database, secrets, clock, random,
      [this] { return pool.HasReady(); });
  ASSIGN_OR_RETURN(http, web::HttpServer::Start({.address = config.web_address,
                                                 .port = config.web_port,
                                                 .is_local_only = IsLoopbackIp(config.web_address),
                                                 .certificate_file = config.web_certificate_file,
                                                 .key_file = config.web_key_file},
                                                [this](const web::HttpRequest& request) {
                                                  return console->Handle(request);
                                                }));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Program>> Program::Start(const ProgramOptions& options,
                                                        const Clock& clock) {
  const config::ControlConfig& config = options.config;
  ASSIGN_OR_RETURN(std::vector<mixers::MixerTarget> targets, MixerTargets(config));
  ASSIGN_OR_RETURN(prompts::PromptLibrary library,
                   prompts::PromptLibrary::Load(config.prompts_dir, config.own_prompts_dir));
  // The database first: it finds out whether this folder is in use, before anything is made in it.
  ASSIGN_OR_RETURN(auto database, storage::Database::Open(ToDatabaseOptions(config)));
  ASSIGN_OR_RETURN(const storage::SecretBox secrets,
                   storage::SecretBox::FromFile(config.pin_key_file));
  RETURN_IF_ERROR(storage::BindToKey(*database, secrets));
  ASSIGN_OR_RETURN(SmsRoutes sms_routes, OpenSmsRoutes(config));

  auto program = std::unique_ptr<Program>(new Program(
      std::make_unique<Parts>(config, clock, std::move(library), secrets, std::move(database),
                              std::move(sms_routes), std::move(targets))));
  Parts& parts = *program->parts_;
  RETURN_IF_ERROR(parts.reservations.LoadDigitsMax());
  RETURN_IF_ERROR(parts.numbers.Load());
  // On PostgreSQL another replica may be sending what it has leased.
  if (!config.postgresql) RETURN_IF_ERROR(parts.outbox.TakeOver());
  if (config.metrics_port > 0) {
    ASSIGN_OR_RETURN(parts.metrics, service::Metrics::Serve(config.metrics_address,
                                                            config.metrics_port, parts.switchboard,
                                                            parts.pool, parts.outbox.counters()));
  }
  ASSIGN_OR_RETURN(parts.grpc, service::GrpcServer::Start({.listen = config.grpc_listen,
                                                           .tls = ToRpcTlsFiles(config.grpc_tls),
                                                           .control_id = parts.id,
                                                           .backup_dir = config.backup_dir,
                                                           .health_listen = options.health_listen},
                                                          parts.services, parts.switchboard,
                                                          parts.pool, *parts.database));
  if (parts.registry) {
    RETURN_IF_ERROR(parts.registry->Start(
        ReplicaAddress(config, parts.grpc->port()),
        [&switchboard = parts.switchboard] { switchboard.OnTakenForDead(); }));
  }
  RETURN_IF_ERROR(parts.StartConsole());
  parts.pool.Start(parts.switchboard);
  parts.outbox.Start();
  return program;
}

Program::Program(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Program::~Program() {
  // First those who ask, then those who answer: the database ends when nobody asks any more, and
  // finishes what it was asked before anything that its callbacks touch goes away.
  parts_->http.reset();
  parts_->console.reset();
  parts_->metrics.reset();
  parts_->grpc.reset();
  parts_->pool.Stop();
  parts_->executor.Stop();
  if (parts_->replica_link) parts_->replica_link->Stop();
  parts_->registry.reset();
  parts_->outbox.Stop();
  parts_->database.reset();
}

void Program::Poll() {
  Parts& parts = *parts_;
  const absl::Time now = parts.clock.Now();
  if (!parts.is_ready && parts.pool.HasReady()) {
    parts.is_ready = true;
    parts.grpc->SetReady(true);
    LOG_INFO("control is ready: gRPC on port {}, HTTP on port {}", grpc_port(), http_port());
  } else if (!parts.is_ready && !parts.has_told_of_waiting &&
             now > parts.started_at + absl::Seconds(1)) {
    parts.has_told_of_waiting = true;
    LOG_INFO("control waits for a mixer at {}", parts.config.mixers.front().target);
  }
  parts.reports.Housekeep();
  const auto log_failure = [](absl::Status status) {
    if (!status.ok()) LOG_WARNING("housekeeping failed: {}", status);
  };
  if (now >= parts.next_refresh) {
    parts.next_refresh = now + kRefresh;
    parts.numbers.Refresh(log_failure);
    parts.reservations.RefreshDigitsMax(log_failure);
  }
  if (now < parts.next_housekeeping) return;
  parts.next_housekeeping = now + kHousekeeping;
  parts.throttle.WipeOld(log_failure);
  parts.reservations.WipeOldPins(log_failure);
  parts.outbox.Housekeep(log_failure);
  parts.console->RemoveOldSessions();
  parts.database->Submit(
      [call_before = now - parts.config.call_max - kHousekeeping,
       audit_before = now - parts.config.reports.retention](storage::Transaction& transaction) {
        storage::DeleteCallsBefore(transaction, call_before);
        storage::DeleteConferencesBefore(transaction, call_before - kConferenceUnnoted);
        storage::DeleteAuditBefore(transaction, audit_before);
        return absl::OkStatus();
      },
      log_failure);
}

int Program::grpc_port() const { return parts_->grpc->port(); }
int Program::http_port() const { return parts_->http->port(); }

}  // namespace narada::control
