#include "control/calls/call_services.h"

namespace narada::control::calls {

ConferenceTerms WithServiceTerms(ConferenceTerms terms, const CallSettings& settings,
                                 const AccessNumber& dialled) {
  if (terms.access_number.empty()) terms.access_number = dialled.number.e164();
  terms.is_recording_announced = settings.are_recordings_announced;
  const auto own = settings.own_announcements.find(terms.prompt_set);
  if (own != settings.own_announcements.end()) terms.own_announcements = own->second;
  if (!terms.is_permanent()) {
    terms.call_out_prefixes = settings.call_out_prefixes;
    terms.call_outs_max = settings.call_outs_max;
  }
  return terms;
}

}  // namespace narada::control::calls
