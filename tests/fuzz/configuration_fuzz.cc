// Whatever stands in a configuration file or an SMS template is refused with a reason or can be used.
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status.h"
#include "control/config/control_config.h"
#include "control/prompts/catalogue.h"
#include "control/prompts/invitation.h"

namespace narada::control {
namespace {

void FuzzConfiguration(absl::string_view text) {
  const auto config = config::ParseControlConfig("narada.textproto", text);
  if (!config.ok()) {
    CHECK(ReasonOf(config.status()) == "CONFIG_INVALID") << config.status();
    CHECK(absl::StartsWith(config.status().message(), "narada.textproto:")) << config.status();
    return;
  }
  CHECK(!config->access_numbers.empty()) << "nobody could call";
  CHECK(!config->mixers.empty()) << "nobody would mix";
  CHECK(!config->dialogue.key_map.empty()) << "no key would work";
  CHECK(config->dialogue.tries_max > 0) << "nobody could try";
  CHECK(config->sms.invitations.size() == kLanguages.size()) << "a language without invitation";
}

void FuzzTemplate(absl::string_view text) {
  const auto words = prompts::InvitationTemplate::Make(text);
  if (!words.ok()) {
    CHECK(ReasonOf(words.status()) == "TEMPLATE_INVALID") << words.status();
    return;
  }
  const std::string sms = words->Compose(*PhoneNumber::FromE164("+48608608608"),
                                         *RoomNumber::Parse("12345"), *Pin::Parse("678901"));
  CHECK(absl::StrContains(sms, "12345") && absl::StrContains(sms, "678901") &&
        absl::StrContains(sms, "+48 608 608 608"))
      << "an invitation that does not invite";
  CHECK(!absl::StrContains(sms, "{")) << "a blank was left";
}

void FuzzCatalogue(absl::string_view text) {
  const auto catalogue = prompts::Catalogue::Parse("pl.textproto", text);
  if (catalogue.ok()) {
    CHECK(!catalogue->Words({.key = PromptKey::kMainMenu}).empty()) << "a menu without words";
  } else {
    CHECK(!ReasonOf(catalogue.status()).empty()) << catalogue.status();
  }
}

}  // namespace
}  // namespace narada::control

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  narada::control::FuzzConfiguration(text);
  narada::control::FuzzTemplate(text);
  narada::control::FuzzCatalogue(text);
  narada::control::prompts::TransliteratedToGsm7(text);
  return 0;
}
