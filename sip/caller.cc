#include "sip/caller.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "sip/text.h"

namespace narada::sip {
namespace {

constexpr size_t kNameMax = 128;

absl::string_view View(const char* text) {
  return text == nullptr ? absl::string_view() : absl::string_view(text);
}

// The user of a sip URI; of a tel URI, all of the number.
absl::string_view UserOf(const url_t& url) {
  if (url.url_user != nullptr) return url.url_user;
  return url.url_type == url_tel ? View(url.url_host) : absl::string_view();
}

bool IsAnonymous(const url_t& url) {
  return absl::EqualsIgnoreCase(UserOf(url), "anonymous") ||
         absl::EqualsIgnoreCase(View(url.url_host), "anonymous.invalid");
}

// A display name without its quotes and escapes.
std::string NameOf(const char* display) {
  absl::string_view quoted = absl::StripAsciiWhitespace(View(display));
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') {
    return ValidUtf8(quoted.substr(0, kNameMax));
  }
  std::string name;
  for (size_t i = 1; i + 1 < quoted.size() && name.size() < kNameMax; ++i) {
    if (quoted[i] == '\\' && i + 2 < quoted.size()) ++i;
    name.push_back(quoted[i]);
  }
  return ValidUtf8(name);
}

bool AsksForPrivacy(const sip_t& invite) {
  if (invite.sip_privacy == nullptr || invite.sip_privacy->priv_values == nullptr) return false;
  for (msg_param_t const* value = invite.sip_privacy->priv_values; *value != nullptr; ++value) {
    for (const char* wish : {"id", "user", "header", "critical"}) {
      if (absl::EqualsIgnoreCase(*value, wish)) return true;
    }
  }
  return false;
}

// Number and name of the first asserted identity that has a number.
bool ReadAsserted(const sip_t& invite, const NumberingPlan& plan, Caller& caller) {
  // Not in sofia's default set of headers; a list of name-addr, as Contact is.
  su_home_t home[1] = {SU_HOME_INIT(home)};
  bool is_found = false;
  for (const sip_unknown_t* header = invite.sip_unknown; header != nullptr && !is_found;
       header = header->un_next) {
    if (!absl::EqualsIgnoreCase(View(header->un_name), "P-Asserted-Identity")) continue;
    for (const sip_contact_t* one = sip_contact_make(home, header->un_value);
         one != nullptr && !is_found; one = one->m_next) {
      const std::string number = NormaliseNumber(UserOf(one->m_url[0]), plan);
      if (number.empty()) continue;
      is_found = true;
      caller.number = number;
      if (one->m_display != nullptr) caller.name = NameOf(one->m_display);
    }
  }
  su_home_deinit(home);
  return is_found;
}

}  // namespace

Caller ReadCaller(const sip_t& invite, bool is_peer_trusted, const NumberingPlan& plan) {
  Caller caller;
  const sip_from_t& from = *invite.sip_from;  // The parser refuses requests without.
  const bool is_from_anonymous = IsAnonymous(from.a_url[0]);
  caller.is_withheld = is_from_anonymous || AsksForPrivacy(invite);
  if (!is_from_anonymous) {
    caller.number = NormaliseNumber(UserOf(from.a_url[0]), plan);
    caller.name = NameOf(from.a_display);
  }
  if (is_peer_trusted) ReadAsserted(invite, plan, caller);
  return caller;
}

std::string ReadCalledNumber(const sip_t& invite, const NumberingPlan& plan) {
  const std::string number = NormaliseNumber(UserOf(invite.sip_request->rq_url[0]), plan);
  if (!number.empty()) return number;
  return NormaliseNumber(UserOf(invite.sip_to->a_url[0]), plan);
}

}  // namespace narada::sip
