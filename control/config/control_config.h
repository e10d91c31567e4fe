// Control's configuration: the section `control` of narada.textproto, checked, with its defaults.
//   ASSIGN_OR_RETURN(ControlConfig config, LoadControlConfig(path));  // or ControlConfig(): all defaults
//   config.UseDataFolder(data_dir);   // for each path that the file leaves out
// Flags are main's: it overwrites fields after loading. Immutable afterwards.
#ifndef NARADA_CONTROL_CONFIG_CONTROL_CONFIG_H_
#define NARADA_CONTROL_CONFIG_CONTROL_CONFIG_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/accounts/accounts.h"
#include "control/accounts/throttle.h"
#include "control/config/sms_routes.h"
#include "control/ivr/ivr_settings.h"
#include "control/model/access_number.h"
#include "control/model/language.h"
#include "control/model/phone_number.h"
#include "control/model/reservation.h"
#include "control/prompts/invitation.h"

namespace narada::control::config {

// PEM files of mutual TLS; all three or none.
struct TlsFiles {
  std::string certificate;
  std::string key;
  std::string peer_ca;
};

struct MixerTarget {
  std::string target;  // HOST:PORT.
  TlsFiles tls;
};

struct PostgresqlConfig {
  std::string connection;     // libpq, without a password.
  std::string password_file;  // Empty: none.
  int connections = 8;
};

enum class SmsAlphabet { kUcs2, kGsm7 };

struct SmsConfig {
  SmsConfig();

  std::string sender = "Narada";
  SmsAlphabet alphabet = SmsAlphabet::kUcs2;
  std::map<Language, prompts::InvitationTemplate> invitations;  // One for every language.
  std::string spool_dir;                                        // Unset: DATA/sms.
  std::vector<std::string> destination_prefixes;                // Empty: any mobile number.
  int per_destination_day_max = 10;
  int per_caller_day_max = 10;
  int per_range_day_max = 100;
  int day_max = 0;                                                             // 0: no limit.
  std::vector<SmsRouteConfig> routes = {{.name = "spool", .is_spool = true}};  // Never empty.
};

// What holds in conferences; tenants have limits of their own.
struct ConferenceConfig {
  int participants_max = 500;
  absl::Duration moderator_grace = absl::Seconds(60);
  std::vector<std::string> call_out_prefixes;  // On demand: none at first.
  int call_outs_max = 0;
  absl::Duration ring_max = absl::Seconds(45);
  absl::Duration redial_pause = absl::Seconds(30);
  bool are_recordings_announced = true;
  bool are_legs_recorded = true;
  absl::Duration recording_tone;  // Zero: never.
  absl::Duration recording_retention = absl::Hours(30 * 24);
};

struct ReportConfig {
  absl::Duration retention = absl::Hours(90 * 24);
  bool masks_numbers = false;
};

struct ControlConfig {
  ControlConfig();

  // Fills in what lives in the data folder unless the file says otherwise.
  void UseDataFolder(absl::string_view data_dir);

  std::string grpc_listen = "127.0.0.1:50061";
  TlsFiles grpc_tls;
  int metrics_port = 0;  // 0: none.
  std::string metrics_address = "127.0.0.1";
  std::string log_level = "info";  // As base/log.h spells it.

  std::vector<MixerTarget> mixers;  // Never empty.

  std::string web_address = "127.0.0.1";
  int web_port = 8080;
  std::string web_certificate_file;  // Empty: plain HTTP.
  std::string web_key_file;
  std::string operator_password_file;  // Unset: DATA/secrets/console-operator-password.
  std::string log_in_proxy_header;     // Empty: no proxy logs people in.
  std::vector<std::string> log_in_proxy_addresses;

  std::string replica_address;                 // HOST:PORT for other replicas; empty: made up.
  std::string sqlite_file;                     // Unset: DATA/narada.sqlite.
  std::optional<PostgresqlConfig> postgresql;  // Instead of SQLite.
  std::string pin_key_file;                    // Unset: DATA/secrets/pin.key.
  std::string backup_dir;                      // DATA/backups.
  std::string prompts_dir;                     // Unset: the flag names it.
  std::string own_prompts_dir;                 // Unset: DATA/prompts.

  std::vector<AccessNumber> access_numbers;  // Never empty.
  NumberingPlan numbering;
  std::string time_zone = "Europe/Warsaw";

  ReservationTerms reservation_terms;
  int room_digits_min = 5;
  int pin_digits = 6;

  // Complete but for room_digits_max, which follows the room numbers that exist.
  ivr::IvrSettings dialogue;
  SmsConfig sms;

  absl::Duration call_max = absl::Hours(12);
  int calls_max = 5000;
  accounts::ThrottleSettings throttle;
  accounts::AccountSettings accounts;  // Without the fixed numbers, which are access_numbers.
  ConferenceConfig conferences;
  ReportConfig reports;
};

// INVALID_ARGUMENT / CONFIG_INVALID with "FILE:LINE: FIELD: why", NOT_FOUND / CONFIG_UNREADABLE.
// Sections of other programs are read, so that a misspelling there is found, and not used.
absl::StatusOr<ControlConfig> LoadControlConfig(const std::string& path);

// The same from text in memory; `name` stands for the path in errors.
absl::StatusOr<ControlConfig> ParseControlConfig(absl::string_view name, absl::string_view text);

}  // namespace narada::control::config

#endif  // NARADA_CONTROL_CONFIG_CONTROL_CONFIG_H_
