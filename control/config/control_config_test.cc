#include "control/config/control_config.h"

#include <google/protobuf/descriptor.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/config_file.h"
#include "base/status.h"
#include "control/config/sms_routes.h"
#include "gtest/gtest.h"
#include "narada/config/v1/narada.pb.h"

namespace narada::control::config {
namespace {

constexpr char kExample[] = "control/config/example.textproto";

std::string ErrorOf(absl::string_view control) {
  const auto config = ParseControlConfig("n", absl::StrCat("control {\n", control, "\n}\n"));
  if (config.ok()) return "";
  EXPECT_EQ(ReasonOf(config.status()), "CONFIG_INVALID");
  return std::string(config.status().message());
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// ---- The example

// Fields of `type` and of the messages in it that `text` does not name, as paths.
void FindUnnamed(const google::protobuf::Descriptor* type, const std::string& path,
                 const google::protobuf::Message* message, std::vector<std::string>& unnamed) {
  for (int i = 0; i < type->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type->field(i);
    const std::string at = absl::StrCat(path, ".", field->name());
    const auto* reflection = message->GetReflection();
    const bool is_there = field->is_repeated()    ? reflection->FieldSize(*message, field) > 0
                          : field->has_presence() ? reflection->HasField(*message, field)
                                                  : true;  // The text is searched for these.
    // The file can show one of several alternatives only; its comment names the other.
    if (!is_there && field->real_containing_oneof() == nullptr) unnamed.push_back(at);
    if (!is_there || field->message_type() == nullptr) continue;
    if (field->message_type()->full_name() == "google.protobuf.Duration") continue;
    FindUnnamed(field->message_type(), at,
                field->is_repeated() ? &reflection->GetRepeatedMessage(*message, field, 0)
                                     : &reflection->GetMessage(*message, field),
                unnamed);
  }
}

// Names of the fields of `type` and of all messages in it.
void CollectNames(const google::protobuf::Descriptor* type, std::vector<std::string>& names) {
  if (type->full_name() == "google.protobuf.Duration") return;
  for (int i = 0; i < type->field_count(); ++i) {
    names.push_back(type->field(i)->name());
    if (type->field(i)->message_type() != nullptr) {
      CollectNames(type->field(i)->message_type(), names);
    }
  }
}

TEST(ExampleConfig, NamesEveryFieldOfTheSchema) {
  narada::config::v1::Narada narada;
  const auto file = ConfigFile::Load(kExample, narada);
  ASSERT_TRUE(file.ok()) << file.status();
  std::vector<std::string> unnamed;
  FindUnnamed(narada.GetDescriptor(), "", &narada, unnamed);
  EXPECT_TRUE(unnamed.empty()) << unnamed.front();
  const std::string text = ReadText(kExample);
  std::vector<std::string> names;
  CollectNames(narada.GetDescriptor(), names);
  EXPECT_GT(names.size(), 100u);
  for (const std::string& name : names) {
    EXPECT_TRUE(absl::StrContains(text, absl::StrCat(name, ":")) ||
                absl::StrContains(text, absl::StrCat(name, " {")))
        << name;
  }
}

TEST(ExampleConfig, SaysTheDefaultsThatAreTheDefaults) {
  const auto example = LoadControlConfig(kExample);
  ASSERT_TRUE(example.ok()) << example.status();
  const ControlConfig defaults;
  EXPECT_EQ(example->grpc_listen, defaults.grpc_listen);
  EXPECT_EQ(example->metrics_port, defaults.metrics_port);
  EXPECT_EQ(example->metrics_address, defaults.metrics_address);
  EXPECT_EQ(example->log_level, defaults.log_level);
  ASSERT_EQ(example->mixers.size(), defaults.mixers.size());
  EXPECT_EQ(example->mixers[0].target, defaults.mixers[0].target);
  EXPECT_EQ(example->web_address, defaults.web_address);
  EXPECT_EQ(example->web_port, defaults.web_port);
  ASSERT_EQ(example->access_numbers.size(), defaults.access_numbers.size());
  EXPECT_EQ(example->access_numbers[0].number, defaults.access_numbers[0].number);
  EXPECT_EQ(example->access_numbers[0].language, defaults.access_numbers[0].language);
  EXPECT_EQ(example->access_numbers[0].entry, defaults.access_numbers[0].entry);
  EXPECT_EQ(example->access_numbers[0].tariff, defaults.access_numbers[0].tariff);
  EXPECT_EQ(example->access_numbers[0].tenant, defaults.access_numbers[0].tenant);
  EXPECT_EQ(example->time_zone, defaults.time_zone);
  EXPECT_EQ(example->reservation_terms.validity, defaults.reservation_terms.validity);
  EXPECT_EQ(example->reservation_terms.ahead_max, defaults.reservation_terms.ahead_max);
  EXPECT_EQ(example->reservation_terms.quarantine, defaults.reservation_terms.quarantine);
  EXPECT_EQ(example->reservation_terms.warning, defaults.reservation_terms.warning);
  EXPECT_EQ(example->reservation_terms.reentry, defaults.reservation_terms.reentry);
  EXPECT_EQ(example->room_digits_min, defaults.room_digits_min);
  EXPECT_EQ(example->pin_digits, defaults.pin_digits);
  EXPECT_EQ(example->dialogue.no_input, defaults.dialogue.no_input);
  EXPECT_EQ(example->dialogue.inter_digit, defaults.dialogue.inter_digit);
  EXPECT_EQ(example->dialogue.tries_max, defaults.dialogue.tries_max);
  EXPECT_EQ(example->dialogue.asks_name, defaults.dialogue.asks_name);
  ASSERT_EQ(example->dialogue.key_map.size(), defaults.dialogue.key_map.size());
  for (size_t i = 0; i < defaults.dialogue.key_map.size(); ++i) {
    EXPECT_EQ(example->dialogue.key_map[i].sequence, defaults.dialogue.key_map[i].sequence);
    EXPECT_EQ(example->dialogue.key_map[i].action, defaults.dialogue.key_map[i].action);
  }
  EXPECT_EQ(example->sms.sender, defaults.sms.sender);
  EXPECT_EQ(example->sms.alphabet, defaults.sms.alphabet);
  for (Language language : kLanguages) {
    EXPECT_EQ(example->sms.invitations.at(language).text(),
              defaults.sms.invitations.at(language).text());
  }
  EXPECT_EQ(example->sms.per_destination_day_max, defaults.sms.per_destination_day_max);
  EXPECT_EQ(example->sms.per_caller_day_max, defaults.sms.per_caller_day_max);
  EXPECT_EQ(example->sms.per_range_day_max, defaults.sms.per_range_day_max);
  ASSERT_EQ(example->sms.routes.size(), 3u);
  const sms::SmppSettings& smpp = *example->sms.routes[0].smpp;
  EXPECT_EQ(smpp.system_type, sms::SmppSettings().system_type);
  EXPECT_EQ(smpp.window, sms::SmppSettings().window);
  EXPECT_EQ(smpp.enquire_link, sms::SmppSettings().enquire_link);
  EXPECT_EQ(smpp.response_timeout, sms::SmppSettings().response_timeout);
  EXPECT_EQ(smpp.wants_receipts, sms::SmppSettings().wants_receipts);
  EXPECT_EQ(smpp.receipt_ids, sms::SmppSettings().receipt_ids);
  const sms::HttpGatewaySettings& http = *example->sms.routes[1].http;
  EXPECT_EQ(http.escaping, sms::HttpGatewaySettings().escaping);
  EXPECT_EQ(http.timeout, sms::HttpGatewaySettings().timeout);
  EXPECT_EQ(http.connections_max, sms::HttpGatewaySettings().connections_max);
  EXPECT_EQ(example->sms.routes[2].name, defaults.sms.routes.at(0).name);
  EXPECT_EQ(example->call_max, defaults.call_max);
  EXPECT_EQ(example->calls_max, defaults.calls_max);
  EXPECT_EQ(example->throttle.window, defaults.throttle.window);
  EXPECT_EQ(example->reports.retention, defaults.reports.retention);
  EXPECT_EQ(example->reports.masks_numbers, defaults.reports.masks_numbers);
  EXPECT_EQ(example->throttle.caller_failures_max, defaults.throttle.caller_failures_max);
  EXPECT_EQ(example->throttle.trunk_failures_max, defaults.throttle.trunk_failures_max);
  EXPECT_EQ(example->throttle.room_failures_max, defaults.throttle.room_failures_max);
  EXPECT_EQ(example->throttle.access_number_failures_max,
            defaults.throttle.access_number_failures_max);
  EXPECT_EQ(example->throttle.overall_failures_max, defaults.throttle.overall_failures_max);
  EXPECT_EQ(example->accounts.pin_digits, defaults.accounts.pin_digits);
  EXPECT_EQ(example->accounts.room_digits, defaults.accounts.room_digits);
  EXPECT_EQ(example->accounts.pin_quarantine, defaults.accounts.pin_quarantine);
  EXPECT_EQ(example->throttle.lock, defaults.throttle.lock);
  for (absl::string_view number : {"+48601234567", "+48221234567", "+491701234567"}) {
    const auto parsed = *PhoneNumber::FromE164(number);
    EXPECT_EQ(example->numbering.IsMobile(parsed), defaults.numbering.IsMobile(parsed)) << number;
  }
}

// ---- Control's section

TEST(ControlConfig, AnEmptyFileIsAllDefaults) {
  const auto config = ParseControlConfig("n", "");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->access_numbers.at(0).number.e164(), "+48608608608");
  EXPECT_EQ(config->dialogue.room_digits_max, 5);
  EXPECT_EQ(config->dialogue.pin_digits_max, 6);
}

TEST(ControlConfig, TheDataFolderHoldsWhatTheFileLeavesOut) {
  auto config = ParseControlConfig("n", "control { own_prompts_dir: \"/mine\" }");
  ASSERT_TRUE(config.ok()) << config.status();
  config->UseDataFolder("/data");
  EXPECT_EQ(config->sqlite_file, "/data/narada.sqlite");
  EXPECT_EQ(config->pin_key_file, "/data/secrets/pin.key");
  EXPECT_EQ(config->own_prompts_dir, "/mine");
  EXPECT_EQ(config->sms.spool_dir, "/data/sms");
}

TEST(ControlConfig, ValuesReachTheDialogue) {
  const auto config = ParseControlConfig(
      "n",
      "control { time_zone: \"UTC\" reservations { room_digits_min: 7 pin_digits: 8 }\n"
      "dialogue { tries_max: 2 no_input { seconds: 9 } key_map { keys: \"1\" action: "
      "CONFERENCE_KEY_HELP } } numbering { country_code: \"49\" mobile_prefixes: \"+4917\" } }");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->dialogue.room_digits_max, 7);
  EXPECT_EQ(config->dialogue.pin_digits_max, 8);
  EXPECT_EQ(config->dialogue.tries_max, 2);
  EXPECT_EQ(config->dialogue.no_input, absl::Seconds(9));
  ASSERT_EQ(config->dialogue.key_map.size(), 1u);
  EXPECT_EQ(config->dialogue.time_zone.name(), "UTC");
  EXPECT_TRUE(config->dialogue.numbering.IsMobile(*PhoneNumber::FromE164("+491701234567")));
}

struct Refusal {
  absl::string_view control;
  absl::string_view error;
};

TEST(ControlConfig, WhatCannotBeUsedIsRefusedWithItsLine) {
  const std::vector<Refusal> table = {
      {"tme_zone: \"UTC\"",
       "n:2:9: Message type \"narada.config.v1.Control\" has no field named \"tme_zone\"."},
      {"time_zone: \"Europe/Warszawa\"",
       "n:2: control.time_zone: is not a zone that this machine knows (package tzdata)"},
      {"web { port: 70000 }", "n:2: control.web.port: must be 1 to 65535"},
      {"grpc { tls { key_file: \"k\" } }",
       "n:2: control.grpc.tls: needs certificate_file, key_file and peer_ca_file, or none of them"},
      {"mixers { target: \"mixer\" }", "n:2: control.mixers[0].target: must be HOST:PORT"},
      {"\naccess_numbers { number: \"608608608\" }",
       "n:3: control.access_numbers[0].number: must be E.164, such as \"+48608608608\""},
      {"access_numbers { number: \"+48608608608\" }\naccess_numbers { number: \"+48608608608\" }",
       "n:3: control.access_numbers[1].number: is there twice"},
      {"access_numbers { number: \"+48608608608\" language: \"de\" }",
       "n:2: control.access_numbers[0].language: must be \"pl\" or \"en\""},
      {"access_numbers { number: \"+48608608608\" country: \"Polska\" }",
       "n:2: control.access_numbers[0].country: must be two capital letters (ISO 3166)"},
      {"numbering { country_code: \"+48\" }",
       "n:2: control.numbering.country_code: must be one to three digits, without \"+\""},
      {"numbering { country_code: \"49\" }",
       "n:2: control.numbering.mobile_prefixes: is needed for a country other than Poland"},
      {"reservations { pin_digits: 3 }", "n:2: control.reservations.pin_digits: must be 4 to 16"},
      {"reservations { validity { seconds: -1 } }",
       "n:2: control.reservations.validity: must be 60000 ms to 31622400 s"},
      {"reservations { ahead_max { seconds: 3600 } }",
       "n:2: control.reservations.ahead_max: is shorter than the validity: nothing could be "
       "extended"},
      {"dialogue { tries_max: 99 }", "n:2: control.dialogue.tries_max: must be 1 to 10"},
      {"dialogue {\nkey_map { keys: \"*6\" action: CONFERENCE_KEY_HELP }\nkey_map { keys: \"*\" "
       "action: CONFERENCE_KEY_COUNT } }",
       "n:4: control.dialogue.key_map[1].keys: collides with \"*6\""},
      {"dialogue { key_map { keys: \"*A\" action: CONFERENCE_KEY_HELP } }",
       "n:2: control.dialogue.key_map[0].keys: must be 1 to 6 of 0-9, * and #"},
      {"dialogue { key_map { keys: \"*1\" } }",
       "n:2: control.dialogue.key_map[0].action: is missing"},
      {"sms { invitations { language: \"pl\" text: \"{room} {pin}\" } }",
       "n:2: control.sms.invitations[0].text: lacks {number}"},
      {"sms { sender: \"A name that is too long\" }",
       "n:2: control.sms.sender: must be up to 11 letters and digits, or an E.164 number"},
      {"sms { destination_prefixes: \"48\" }",
       "n:2: control.sms.destination_prefixes[0]: must begin as E.164, such as \"+48\""},
      {"storage { postgresql { connection: \"host=db Password=x\" } }",
       "n:2: control.storage.postgresql.connection: must not hold a password; name a "
       "password_file"},
      {"storage { postgresql { } }", "n:2: control.storage.postgresql.connection: is missing"},
      {"calls { duration_max { seconds: 1 } }",
       "n:2: control.calls.duration_max: must be 60000 ms to 604800 s"},
  };
  for (const Refusal& refusal : table) {
    EXPECT_EQ(ErrorOf(refusal.control), refusal.error) << refusal.control;
  }
}

TEST(ControlConfig, AnErrorDoesNotRepeatASecretPutThereByMistake) {
  EXPECT_FALSE(absl::StrContains(
      ErrorOf("storage { postgresql { connection: \"password=hunter2\" } }"), "hunter2"));
}

TEST(ControlConfig, AMisspellingInAnotherProgramsSectionIsFoundToo) {
  EXPECT_FALSE(ParseControlConfig("n", "mixer { rpt { } }").ok());
}

TEST(ControlConfig, AMissingFileIsRefusedByName) {
  const auto config = LoadControlConfig("/nonexistent/narada.textproto");
  EXPECT_EQ(ReasonOf(config.status()), "CONFIG_UNREADABLE");
  EXPECT_TRUE(absl::StrContains(config.status().message(), "/nonexistent/narada.textproto"));
}

// ---- SMS routes

TEST(SmsRoutes, AreReadInTheirOrderWithTheirNames) {
  const auto config = ParseControlConfig("n", R"(control { sms {
    routes { name: "main" smpp { target: "smsc:2775" system_id: "me" password_file: "p" } }
    routes { http { url: "https://g/" body: '{"t":"{text}","to":"{to}"}' } }
    routes { spool {} } } })");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->sms.routes.size(), 3u);
  EXPECT_EQ(config->sms.routes[0].name, "main");
  EXPECT_EQ(config->sms.routes[0].smpp->target, "smsc:2775");
  EXPECT_EQ(config->sms.routes[0].secret_file, "p");
  EXPECT_EQ(config->sms.routes[1].name, "http");
  EXPECT_TRUE(config->sms.routes[2].is_spool);
}

TEST(SmsRoutes, MistakesAreNamedWithTheirLine) {
  EXPECT_EQ(ErrorOf("sms {\nroutes { smpp { target: \"smsc\" system_id: \"me\" } } }"),
            "n:3: control.sms.routes[0].smpp.target: must be HOST:PORT");
  EXPECT_EQ(
      ErrorOf("sms { routes { smpp {\ntarget: \"h:1\"\nsystem_id: \"0123456789abcdef\" } } }"),
      "n:4: control.sms.routes[0].smpp.system_id: must be 1 to 15 characters");
  EXPECT_EQ(ErrorOf("sms {\nroutes { http {\nurl: \"https://g/\"\nbody: '{to} {tekst}' } } }"),
            "n:5: control.sms.routes[0].http.body: {tekst} is not a placeholder");
  EXPECT_EQ(ErrorOf("sms {\nroutes { http {\nurl: \"http://g/\"\nbody: '{to} {text}' } } }"),
            "n:4: control.sms.routes[0].http.url: must begin with https://, or be on this machine: "
            "http://127.0.0.1");
  EXPECT_TRUE(absl::StrContains(
      ErrorOf("sms { routes { http { url: \"https://g/\" body: '{to} {text} {secret}' } } }"),
      "http.secret_file: is missing"));
  EXPECT_TRUE(
      absl::StrContains(ErrorOf("sms {\nroutes { name: \"x\" } }"), "needs spool, smpp or http"));
  EXPECT_TRUE(absl::StrContains(ErrorOf("sms { routes { spool {} } routes { spool {} } }"),
                                "routes[1].name: is there twice"));
  EXPECT_TRUE(
      absl::StrContains(ErrorOf("sms { routes { name: \"a b\" spool {} } }"), "name: must"));
}

TEST(SmsRoutes, SecretsComeFromTheirFilesAlone) {
  std::vector<SmsRouteConfig> routes(1);
  routes[0].name = "smpp";
  routes[0].smpp.emplace();
  routes[0].secret_file = testing::TempDir() + "/smsc.secret";
  EXPECT_EQ(ReasonOf(ReadSecrets(routes)), "SECRET_UNREADABLE");
  std::ofstream(routes[0].secret_file) << "secret08\n";
  ASSERT_TRUE(ReadSecrets(routes).ok());
  EXPECT_EQ(routes[0].smpp->password, "secret08");
  std::ofstream(routes[0].secret_file) << "ninechars\n";
  EXPECT_EQ(ReasonOf(ReadSecrets(routes)), "SECRET_UNREADABLE");
  std::ofstream(routes[0].secret_file) << "\n";
  EXPECT_EQ(ReasonOf(ReadSecrets(routes)), "SECRET_UNREADABLE");
}

}  // namespace
}  // namespace narada::control::config
