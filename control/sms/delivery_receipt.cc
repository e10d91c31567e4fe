#include "control/sms/delivery_receipt.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace narada::control::sms {
namespace {

using State = Receipt::State;

constexpr size_t kWordMax = 64;

struct StateRow {
  uint8_t number;  // [5.2.28]
  absl::string_view word;
  State state;
};
constexpr StateRow kStates[] = {
    {1, "ENROUTE", State::kUnderway},    {2, "DELIVRD", State::kDelivered},
    {3, "EXPIRED", State::kUndelivered}, {4, "DELETED", State::kUndelivered},
    {5, "UNDELIV", State::kUndelivered}, {6, "ACCEPTD", State::kUnderway},
    {7, "UNKNOWN", State::kUnderway},    {8, "REJECTD", State::kUndelivered},
};

// The word behind "key:" in "id:1 sub:001 ... stat:DELIVRD err:000"; keys in any case. What follows
// "text:" is the message, in which nothing is looked for.
std::string WordAfter(absl::string_view text, absl::string_view key) {
  const std::string small = absl::AsciiStrToLower(text);
  absl::string_view rest = text.substr(0, small.find(" text:"));
  const absl::string_view searched = absl::string_view(small).substr(0, rest.size());
  const std::string wanted = absl::StrCat(key, ":");
  for (size_t at = searched.find(wanted); at != absl::string_view::npos;
       at = searched.find(wanted, at + 1)) {
    if (at > 0 && searched[at - 1] != ' ') continue;
    const absl::string_view word = rest.substr(at + wanted.size());
    return std::string(word.substr(0, std::min(word.find_first_of(" \r\n"), kWordMax)));
  }
  return "";
}

// For logs and reports: nothing but letters and digits of what a stranger wrote.
std::string Plain(absl::string_view word) {
  std::string plain;
  for (const char c : word.substr(0, 16)) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) plain.push_back(c);
  }
  return plain;
}

}  // namespace

std::optional<SmscReceipt> ParseReceipt(const DeliverSm& deliver) {
  SmscReceipt receipt{.message_id = deliver.receipted_id.value_or("")};
  if (receipt.message_id.empty()) receipt.message_id = WordAfter(deliver.message, "id");
  if (receipt.message_id.empty()) return std::nullopt;
  const std::string word = absl::AsciiStrToUpper(WordAfter(deliver.message, "stat"));
  for (const StateRow& row : kStates) {
    const bool is_it =
        deliver.message_state ? row.number == *deliver.message_state : row.word == word;
    if (!is_it) continue;
    receipt.state = row.state;
    receipt.detail = std::string(row.word);
  }
  const std::string error = Plain(WordAfter(deliver.message, "err"));
  if (receipt.state == State::kUndelivered && !error.empty()) {
    absl::StrAppend(&receipt.detail, " ", error);
  }
  return receipt;
}

std::string NormalizedMessageId(absl::string_view answered_id) {
  std::string id = absl::AsciiStrToLower(answered_id);
  id.erase(0, std::min(id.find_first_not_of('0'), id.size() - (id.empty() ? 0 : 1)));
  return id;
}

std::string NormalizedReceiptId(absl::string_view receipt_id, ReceiptIds ids) {
  uint64_t number = 0;
  if (ids == ReceiptIds::kDecimalOfHex && absl::SimpleAtoi(receipt_id, &number)) {
    return absl::StrCat(absl::Hex(number));
  }
  return NormalizedMessageId(receipt_id);
}

}  // namespace narada::control::sms
