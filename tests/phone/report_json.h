#ifndef NARADA_TESTS_PHONE_REPORT_JSON_H_
#define NARADA_TESTS_PHONE_REPORT_JSON_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/phone/phone.h"
#include "tests/phone/script.h"

namespace narada::phone {

// Everything a phone knows about its call, as one JSON object: "result", "call", "media", "heard"
// and "steps". Key names are those of CallReport and MediaReport; times are seconds.
std::string ReportJson(const Phone& phone, const absl::Status& result,
                       const std::vector<ScriptMark>& marks);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_REPORT_JSON_H_
