#include "sip/sofia_log.h"

#include <sofia-sip/su_debug.h>
#include <sofia-sip/su_log.h>

#include <cstdarg>
#include <cstdio>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"

// Each of sofia's modules has a log of its own; those that it does not declare in public headers
// are still public symbols, for applications to redirect.
extern "C" {
extern su_log_t tport_log[];
extern su_log_t nta_log[];
extern su_log_t nua_log[];
extern su_log_t nea_log[];
extern su_log_t iptsec_log[];
extern su_log_t soa_log[];
extern su_log_t sresolv_log[];
}

namespace narada::sip {
namespace {

// sofia's level 1 is fatal and critical events; from 3 on it names parties of calls.
constexpr unsigned kLevel = 1;
constexpr int kLinesPerSecondMax = 5;

// On the EventLoop's thread, as all of sofia.
void Write(void*, char const* format, va_list arguments) {
  char line[512];
  if (vsnprintf(line, sizeof(line), format, arguments) < 0) return;
  const absl::string_view text = absl::StripAsciiWhitespace(line);
  if (text.empty()) return;
  // Whoever sends garbage must not fill the disk: a few lines a second, then a count.
  static absl::Time second_start = absl::Now();
  static int lines = 0;
  if (absl::Now() - second_start > absl::Seconds(1)) {
    if (lines > kLinesPerSecondMax) {
      LOG_WARNING("sofia-sip: {} more lines left out", lines - kLinesPerSecondMax);
    }
    second_start = absl::Now();
    lines = 0;
  }
  if (++lines <= kLinesPerSecondMax) LOG_WARNING("sofia-sip: {}", text);
}

}  // namespace

void SendSofiaLogToOurs() {
  for (su_log_t* log : {su_log_default, su_log_global, tport_log, nta_log, nua_log, nea_log,
                        iptsec_log, soa_log, sresolv_log}) {
    su_log_redirect(log, &Write, nullptr);
    su_log_set_level(log, kLevel);
  }
}

}  // namespace narada::sip
