// Lines of comma-separated values (RFC 4180), for spreadsheets and programs.
//   out += CsvLine({"call_id", "number"});
//   out += CsvLine({record.id, number});

#ifndef NARADA_CONTROL_REPORTS_CSV_H_
#define NARADA_CONTROL_REPORTS_CSV_H_

#include <string>
#include <vector>

namespace narada::control::reports {

// One line with its end (CR LF). What a spreadsheet would take for a formula (it begins with = + - @,
// tab or carriage return, as a caller's name may) gets an apostrophe before it and is shown as text.
// Plain numbers, E.164 with its "+" among them, stay as they are: they compute nothing.
std::string CsvLine(const std::vector<std::string>& fields);

}  // namespace narada::control::reports

#endif  // NARADA_CONTROL_REPORTS_CSV_H_
