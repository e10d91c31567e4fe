#include "control/config/control_config.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/config_file.h"
#include "base/log_level.h"
#include "base/status.h"
#include "control/accounts/account_rules.h"
#include "control/config/section_reader.h"
#include "narada/config/v1/narada.pb.h"

namespace narada::control::config {
namespace {

namespace proto = narada::config::v1;

constexpr int kPortMax = 65535;
constexpr absl::Duration kYear = absl::Hours(366 * 24);
constexpr absl::string_view kDefaultNumber = "+48608608608";
constexpr absl::string_view kDefaultMixer = "127.0.0.1:50051";
constexpr size_t kSenderMax = 11;  // Letters and digits that a phone shows as a sender.

absl::Status ReadTls(const ConfigFile& file, const std::string& path, const proto::TlsFiles& tls,
                     TlsFiles& out) {
  out = {
      .certificate = tls.certificate_file(), .key = tls.key_file(), .peer_ca = tls.peer_ca_file()};
  const int given = !out.certificate.empty() + !out.key.empty() + !out.peer_ca.empty();
  if (given != 0 && given != 3) {
    return file.Error(path, "needs certificate_file, key_file and peer_ca_file, or none of them");
  }
  return absl::OkStatus();
}

absl::Status ReadMonitoring(const ConfigFile& file, const proto::Monitoring& section,
                            ControlConfig& config) {
  SectionReader reader(file, "control.monitoring", section);
  reader.Number("metrics_port", 0, kPortMax, &config.metrics_port);
  reader.Text("metrics_address", &config.metrics_address);
  config.log_level = LogLevelName(proto::LogLevel_Name(section.log_level()));
  if (config.log_level.empty()) reader.Fail("log_level", "is not one of the levels");
  return reader.status();
}

absl::Status ReadStorage(const ConfigFile& file, const proto::Storage& section,
                         ControlConfig& config) {
  config.sqlite_file = section.sqlite_file();
  if (!section.has_postgresql()) return absl::OkStatus();
  PostgresqlConfig postgresql;
  SectionReader reader(file, "control.storage.postgresql", section.postgresql());
  reader.Text("connection", &postgresql.connection);
  reader.Text("password_file", &postgresql.password_file);
  reader.Number("connections", 1, 100, &postgresql.connections);
  if (postgresql.connection.empty()) reader.Fail("connection", "is missing");
  if (absl::StrContains(absl::AsciiStrToLower(postgresql.connection), "password")) {
    reader.Fail("connection", "must not hold a password; name a password_file");
  }
  config.postgresql = std::move(postgresql);
  return reader.status();
}

absl::Status ReadAccessNumbers(const ConfigFile& file, const proto::Control& control,
                               ControlConfig& config) {
  if (control.access_numbers_size() > 0) config.access_numbers.clear();
  for (int i = 0; i < control.access_numbers_size(); ++i) {
    const proto::AccessNumber& given = control.access_numbers(i);
    const std::string at = absl::StrCat("control.access_numbers[", i, "]");
    SectionReader reader(file, at, given);
    const std::optional<PhoneNumber> number = PhoneNumber::FromE164(given.number());
    if (!number) return file.Error(at + ".number", "must be E.164, such as \"+48608608608\"");
    const bool is_known =
        std::any_of(config.access_numbers.begin(), config.access_numbers.end(),
                    [&](const AccessNumber& other) { return other.number == *number; });
    if (is_known) reader.Fail("number", "is there twice");
    AccessNumber access = {.number = *number};
    if (!given.language().empty()) {
      const std::optional<Language> language = LanguageFromTag(given.language());
      if (!language) reader.Fail("language", "must be \"pl\" or \"en\"");
      access.language = language.value_or(Language::kPolish);
    }
    switch (given.entry()) {
      case proto::ENTRY_KIND_UNSPECIFIED:
      case proto::ENTRY_KIND_MENU:
        break;
      case proto::ENTRY_KIND_ROOM_AND_PIN:
        access.entry = EntryKind::kRoomAndPin;
        break;
      case proto::ENTRY_KIND_PIN:
        access.entry = EntryKind::kPin;
        break;
      default:
        reader.Fail("entry", "is not one of the kinds");
    }
    switch (given.tariff()) {
      case proto::TARIFF_KIND_UNSPECIFIED:
      case proto::TARIFF_KIND_LOCAL:
        break;
      case proto::TARIFF_KIND_TOLL_FREE:
        access.tariff = TariffKind::kTollFree;
        break;
      case proto::TARIFF_KIND_SHARED_COST:
        access.tariff = TariffKind::kSharedCost;
        break;
      case proto::TARIFF_KIND_MOBILE:
        access.tariff = TariffKind::kMobile;
        break;
      default:
        reader.Fail("tariff", "is not one of the kinds");
    }
    access.country = given.country();
    const bool is_country =
        access.country.empty() ||
        (access.country.size() == 2 && std::all_of(access.country.begin(), access.country.end(),
                                                   [](char c) { return c >= 'A' && c <= 'Z'; }));
    if (!is_country) reader.Fail("country", "must be two capital letters (ISO 3166)");
    access.tenant = given.tenant();
    access.greeting = given.greeting();
    RETURN_IF_ERROR(reader.status());
    reader.Number("room_digits_min", 0, 12, &access.room_digits_min);
    reader.Number("pin_digits", 0, 16, &access.pin_digits);
    RETURN_IF_ERROR(reader.status());
    if (const absl::Status valid = accounts::CheckAccessNumber(access); !valid.ok()) {
      return file.Error(at, valid.message());
    }
    config.access_numbers.push_back(std::move(access));
  }
  return absl::OkStatus();
}

bool IsE164Prefix(absl::string_view text) {
  return text.size() >= 2 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

absl::Status ReadNumbering(const ConfigFile& file, const proto::Numbering& section,
                           ControlConfig& config) {
  NumberingPlan::Options options;
  SectionReader reader(file, "control.numbering", section);
  reader.Text("country_code", &options.country_code);
  reader.Number("national_digits", 4, 12, &options.national_digits);
  reader.Text("international_prefix", &options.international_prefix);
  reader.Text("trunk_prefix", &options.trunk_prefix);
  if (options.country_code.size() > 3 || !IsE164Prefix(absl::StrCat("+", options.country_code))) {
    reader.Fail("country_code", "must be one to three digits, without \"+\"");
  }
  const auto are_digits = [](absl::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!are_digits(options.international_prefix))
    reader.Fail("international_prefix", "must be digits");
  if (!are_digits(options.trunk_prefix)) reader.Fail("trunk_prefix", "must be digits");
  for (int i = 0; i < section.mobile_prefixes_size(); ++i) {
    const std::string& prefix = section.mobile_prefixes(i);
    if (!IsE164Prefix(prefix)) {
      reader.Fail(absl::StrCat("mobile_prefixes[", i, "]"),
                  "must begin as E.164, such as \"+4860\"");
    }
    options.mobile_prefixes.push_back(prefix);
  }
  if (options.mobile_prefixes.empty() && options.country_code != "48") {
    reader.Fail("mobile_prefixes", "is needed for a country other than Poland");
  }
  config.numbering = NumberingPlan(std::move(options));
  return reader.status();
}

absl::Status ReadReservations(const ConfigFile& file, const proto::Reservations& section,
                              ControlConfig& config) {
  ReservationTerms& terms = config.reservation_terms;
  SectionReader reader(file, "control.reservations", section);
  reader.Duration("validity", absl::Minutes(1), kYear, &terms.validity);
  reader.Duration("ahead_max", absl::Minutes(1), kYear, &terms.ahead_max);
  reader.Duration("quarantine", absl::ZeroDuration(), 10 * kYear, &terms.quarantine);
  reader.Duration("warning", absl::ZeroDuration(), absl::Hours(24), &terms.warning);
  reader.Duration("reentry", absl::ZeroDuration(), absl::Hours(1), &terms.reentry);
  reader.Number("room_digits_min", 4, 12, &config.room_digits_min);
  reader.Number("pin_digits", 4, 16, &config.pin_digits);
  if (terms.ahead_max < terms.validity) {
    reader.Fail("ahead_max", "is shorter than the validity: nothing could be extended");
  }
  return reader.status();
}

std::optional<ivr::ConferenceKey> ConferenceKeyOf(proto::ConferenceKey key) {
  switch (key) {
    case proto::CONFERENCE_KEY_TOGGLE_MUTE:
      return ivr::ConferenceKey::kToggleMute;
    case proto::CONFERENCE_KEY_HELP:
      return ivr::ConferenceKey::kHelp;
    case proto::CONFERENCE_KEY_COUNT:
      return ivr::ConferenceKey::kCount;
    case proto::CONFERENCE_KEY_EXTEND:
      return ivr::ConferenceKey::kExtend;
    case proto::CONFERENCE_KEY_RAISE_HAND:
      return ivr::ConferenceKey::kRaiseHand;
    case proto::CONFERENCE_KEY_TOGGLE_LOCK:
      return ivr::ConferenceKey::kToggleLock;
    case proto::CONFERENCE_KEY_TOGGLE_MUTE_ALL:
      return ivr::ConferenceKey::kToggleMuteAll;
    case proto::CONFERENCE_KEY_TOGGLE_LECTURE:
      return ivr::ConferenceKey::kToggleLecture;
    case proto::CONFERENCE_KEY_TOGGLE_RECORDING:
      return ivr::ConferenceKey::kToggleRecording;
    case proto::CONFERENCE_KEY_ROLL_CALL:
      return ivr::ConferenceKey::kRollCall;
    case proto::CONFERENCE_KEY_END_CONFERENCE:
      return ivr::ConferenceKey::kEndConference;
    case proto::CONFERENCE_KEY_DIAL_OUT:
      return ivr::ConferenceKey::kDialOut;
    default:
      return std::nullopt;
  }
}

absl::Status ReadDialogue(const ConfigFile& file, const proto::Dialogue& section,
                          ControlConfig& config) {
  ivr::IvrSettings& settings = config.dialogue;
  SectionReader reader(file, "control.dialogue", section);
  reader.Duration("no_input", absl::Seconds(1), absl::Minutes(1), &settings.no_input);
  reader.Duration("inter_digit", absl::Seconds(1), absl::Minutes(1), &settings.inter_digit);
  reader.Number("tries_max", 1, 10, &settings.tries_max);
  settings.asks_name = section.announce_by_name();
  if (section.key_map_size() > 0) settings.key_map.clear();
  for (int i = 0; i < section.key_map_size(); ++i) {
    const proto::KeyBinding& binding = section.key_map(i);
    const std::string at = absl::StrCat("key_map[", i, "]");
    const std::string& keys = binding.keys();
    const bool are_keys = !keys.empty() && keys.size() <= 6 &&
                          keys.find_first_not_of("0123456789*#") == std::string::npos;
    if (!are_keys) reader.Fail(at + ".keys", "must be 1 to 6 of 0-9, * and #");
    const std::optional<ivr::ConferenceKey> action = ConferenceKeyOf(binding.action());
    if (!action) reader.Fail(at + ".action", "is missing");
    for (const ivr::KeyBinding& other : settings.key_map) {
      if (absl::StartsWith(other.sequence, keys) || absl::StartsWith(keys, other.sequence)) {
        reader.Fail(at + ".keys", absl::StrCat("collides with \"", other.sequence, "\""));
      }
    }
    RETURN_IF_ERROR(reader.status());
    settings.key_map.push_back({.sequence = keys, .action = *action});
  }
  return reader.status();
}

absl::Status ReadConferences(const ConfigFile& file, const proto::Conferences& section,
                             ConferenceConfig& conferences) {
  constexpr absl::Duration kDay = absl::Hours(24);
  SectionReader reader(file, "control.conferences", section);
  reader.Number("participants_max", 1, 10'000, &conferences.participants_max);
  reader.Duration("moderator_grace", absl::Seconds(1), kDay, &conferences.moderator_grace);
  for (int i = 0; i < section.call_out_prefixes_size(); ++i) {
    const std::string& prefix = section.call_out_prefixes(i);
    const bool is_prefix = prefix.size() >= 2 && prefix.size() <= 16 && prefix[0] == '+' &&
                           prefix.find_first_not_of("0123456789", 1) == std::string::npos;
    if (!is_prefix) {
      reader.Fail(absl::StrCat("call_out_prefixes[", i, "]"),
                  "must be the beginning of an E.164 number, as \"+48\"");
    }
    conferences.call_out_prefixes.push_back(prefix);
  }
  reader.Number("call_outs_max", 0, 10'000, &conferences.call_outs_max);
  reader.Duration("ring_max", absl::Seconds(5), absl::Minutes(3), &conferences.ring_max);
  reader.Duration("redial_pause", absl::Seconds(1), absl::Hours(1), &conferences.redial_pause);
  conferences.are_recordings_announced = !section.is_recording_unannounced();
  conferences.are_legs_recorded = !section.are_legs_unrecorded();
  reader.Duration("recording_tone", absl::Seconds(5), absl::Hours(1), &conferences.recording_tone);
  reader.Duration("recording_retention", absl::Hours(1), 3650 * kDay,
                  &conferences.recording_retention);
  return reader.status();
}

absl::Status ReadSms(const ConfigFile& file, const proto::Sms& section, ControlConfig& config) {
  SmsConfig& sms = config.sms;
  SectionReader reader(file, "control.sms", section);
  reader.Text("sender", &sms.sender);
  const bool is_number = PhoneNumber::FromE164(sms.sender).has_value();
  const bool is_name = sms.sender.size() <= kSenderMax &&
                       std::all_of(sms.sender.begin(), sms.sender.end(), [](char c) {
                         return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == ' ';
                       });
  if (!is_number && !is_name) {
    reader.Fail("sender", "must be up to 11 letters and digits, or an E.164 number");
  }
  switch (section.alphabet()) {
    case proto::SMS_ALPHABET_UNSPECIFIED:
    case proto::SMS_ALPHABET_UCS2:
      break;
    case proto::SMS_ALPHABET_GSM7:
      sms.alphabet = SmsAlphabet::kGsm7;
      break;
    default:
      reader.Fail("alphabet", "is not one of the alphabets");
  }
  for (int i = 0; i < section.invitations_size(); ++i) {
    const std::string at = absl::StrCat("invitations[", i, "]");
    const std::optional<Language> language = LanguageFromTag(section.invitations(i).language());
    if (!language) reader.Fail(at + ".language", "must be \"pl\" or \"en\"");
    const auto invitation = prompts::InvitationTemplate::Make(section.invitations(i).text());
    if (!invitation.ok()) {
      const absl::string_view why = invitation.status().message();
      reader.Fail(at + ".text", why);
    }
    RETURN_IF_ERROR(reader.status());
    sms.invitations.insert_or_assign(*language, *invitation);
  }
  reader.Text("spool_dir", &sms.spool_dir);
  for (int i = 0; i < section.destination_prefixes_size(); ++i) {
    if (!IsE164Prefix(section.destination_prefixes(i))) {
      reader.Fail(absl::StrCat("destination_prefixes[", i, "]"),
                  "must begin as E.164, such as \"+48\"");
    }
    sms.destination_prefixes.push_back(section.destination_prefixes(i));
  }
  reader.Number("per_destination_day_max", 1, 1'000'000, &sms.per_destination_day_max);
  reader.Number("per_caller_day_max", 1, 1'000'000, &sms.per_caller_day_max);
  reader.Number("per_range_day_max", 1, 1'000'000, &sms.per_range_day_max);
  reader.Number("day_max", 1, 1'000'000'000, &sms.day_max);
  RETURN_IF_ERROR(reader.status());
  return ReadSmsRoutes(file, section, sms.routes);
}

absl::Status ReadCallsAndThrottle(const ConfigFile& file, const proto::Control& control,
                                  ControlConfig& config) {
  SectionReader calls(file, "control.calls", control.calls());
  calls.Duration("duration_max", absl::Minutes(1), absl::Hours(7 * 24), &config.call_max);
  calls.Number("calls_max", 1, 1'000'000, &config.calls_max);
  RETURN_IF_ERROR(calls.status());

  RETURN_IF_ERROR(ReadConferences(file, control.conferences(), config.conferences));
  SectionReader throttle(file, "control.throttle", control.throttle());
  throttle.Duration("window", absl::Seconds(1), kYear, &config.throttle.window);
  throttle.Number("caller_failures_max", 1, 1'000'000, &config.throttle.caller_failures_max);
  throttle.Number("trunk_failures_max", 1, 1'000'000, &config.throttle.trunk_failures_max);
  throttle.Number("room_failures_max", 1, 1'000'000, &config.throttle.room_failures_max);
  throttle.Number("access_number_failures_max", 1, 1'000'000,
                  &config.throttle.access_number_failures_max);
  throttle.Number("overall_failures_max", 1, 1'000'000'000, &config.throttle.overall_failures_max);
  throttle.Duration("lock", absl::Seconds(1), kYear, &config.throttle.lock);
  RETURN_IF_ERROR(throttle.status());
  SectionReader accounts(file, "control.accounts", control.accounts());
  accounts.Number("pin_digits", 6, 16, &config.accounts.pin_digits);
  accounts.Number("room_digits", 4, 12, &config.accounts.room_digits);
  accounts.Duration("pin_quarantine", absl::ZeroDuration(), kYear, &config.accounts.pin_quarantine);
  return accounts.status();
}

absl::StatusOr<ControlConfig> Read(const ConfigFile& file, const proto::Control& control) {
  ControlConfig config;
  SectionReader grpc(file, "control.grpc", control.grpc());
  grpc.Text("listen", &config.grpc_listen);
  RETURN_IF_ERROR(ReadTls(file, "control.grpc.tls", control.grpc().tls(), config.grpc_tls));
  RETURN_IF_ERROR(ReadMonitoring(file, control.monitoring(), config));
  if (control.mixers_size() > 0) config.mixers.clear();
  for (int i = 0; i < control.mixers_size(); ++i) {
    const std::string at = absl::StrCat("control.mixers[", i, "]");
    MixerTarget mixer = {.target = control.mixers(i).target(), .tls = {}};
    if (!absl::StrContains(mixer.target, ":"))
      return file.Error(at + ".target", "must be HOST:PORT");
    RETURN_IF_ERROR(ReadTls(file, at + ".tls", control.mixers(i).tls(), mixer.tls));
    config.mixers.push_back(std::move(mixer));
  }
  SectionReader web(file, "control.web", control.web());
  web.Text("listen_address", &config.web_address);
  web.Number("port", 1, kPortMax, &config.web_port);
  web.Text("certificate_file", &config.web_certificate_file);
  web.Text("key_file", &config.web_key_file);
  web.Text("operator_password_file", &config.operator_password_file);
  if (config.web_certificate_file.empty() != config.web_key_file.empty()) {
    web.Fail("certificate_file", "needs key_file, and key_file needs it");
  }
  const proto::LogInProxy& proxy = control.web().log_in_proxy();
  config.log_in_proxy_header = proxy.user_header();
  config.log_in_proxy_addresses.assign(proxy.addresses().begin(), proxy.addresses().end());
  if (control.web().has_log_in_proxy() &&
      (proxy.user_header().empty() || proxy.addresses().empty())) {
    web.Fail("log_in_proxy", "needs user_header and addresses");
  }
  RETURN_IF_ERROR(web.status());
  RETURN_IF_ERROR(ReadStorage(file, control.storage(), config));
  SectionReader top(file, "control", control);
  top.Text("pin_key_file", &config.pin_key_file);
  top.Text("prompts_dir", &config.prompts_dir);
  top.Text("own_prompts_dir", &config.own_prompts_dir);
  top.Text("time_zone", &config.time_zone);
  RETURN_IF_ERROR(ReadAccessNumbers(file, control, config));
  RETURN_IF_ERROR(ReadNumbering(file, control.numbering(), config));
  RETURN_IF_ERROR(ReadReservations(file, control.reservations(), config));
  RETURN_IF_ERROR(ReadDialogue(file, control.dialogue(), config));
  RETURN_IF_ERROR(ReadSms(file, control.sms(), config));
  RETURN_IF_ERROR(ReadCallsAndThrottle(file, control, config));
  SectionReader reports(file, "control.reports", control.reports());
  reports.Duration("retention", absl::Minutes(1), 20 * kYear, &config.reports.retention);
  config.reports.masks_numbers = control.reports().mask_numbers();
  RETURN_IF_ERROR(reports.status());
  config.dialogue.numbering = config.numbering;
  config.dialogue.room_digits_max = config.room_digits_min;
  config.dialogue.pin_digits_max = config.pin_digits;
  if (!absl::LoadTimeZone(config.time_zone, &config.dialogue.time_zone)) {
    top.Fail("time_zone", "is not a zone that this machine knows (package tzdata)");
  }
  RETURN_IF_ERROR(top.status());
  return config;
}

}  // namespace

SmsConfig::SmsConfig() {
  for (Language language : kLanguages) {
    invitations.emplace(language, prompts::InvitationTemplate::Default(language));
  }
}

ControlConfig::ControlConfig() {
  mixers.push_back({.target = std::string(kDefaultMixer), .tls = {}});
  access_numbers.push_back({.number = *PhoneNumber::FromE164(kDefaultNumber)});
  dialogue.room_digits_max = room_digits_min;
  dialogue.pin_digits_max = pin_digits;
  // Without tzdata dates are spoken in UTC; a file that names a zone is refused instead.
  absl::LoadTimeZone(time_zone, &dialogue.time_zone);
}

void ControlConfig::UseDataFolder(absl::string_view data_dir) {
  const auto fill = [&](std::string& path, absl::string_view name) {
    if (path.empty()) path = absl::StrCat(data_dir, "/", name);
  };
  fill(sqlite_file, "narada.sqlite");
  fill(pin_key_file, "secrets/pin.key");
  fill(backup_dir, "backups");
  fill(operator_password_file, "secrets/console-operator-password");
  fill(own_prompts_dir, "prompts");
  fill(sms.spool_dir, "sms");
}

absl::StatusOr<ControlConfig> LoadControlConfig(const std::string& path) {
  proto::Narada narada;
  ASSIGN_OR_RETURN(const ConfigFile file, ConfigFile::Load(path, narada));
  return Read(file, narada.control());
}

absl::StatusOr<ControlConfig> ParseControlConfig(absl::string_view name, absl::string_view text) {
  proto::Narada narada;
  ASSIGN_OR_RETURN(const ConfigFile file, ConfigFile::Parse(name, text, narada));
  return Read(file, narada.control());
}

}  // namespace narada::control::config
