#ifndef NARADA_SIP_SOFIA_LOG_H_
#define NARADA_SIP_SOFIA_LOG_H_

namespace narada::sip {

// Sends what sofia-sip logs (its critical events; the levels beyond print numbers, so they stay
// off) to our log, as warnings. Once, at start, before the first su_root.
void SendSofiaLogToOurs();

}  // namespace narada::sip

#endif  // NARADA_SIP_SOFIA_LOG_H_
