// The SMSC's side of SMPP in memory, for tests of the client: it reads what the client says and writes
// what the test tells it to. (The real peer is npm's smpp: tests/end_to_end/sms_test.py.)
#ifndef NARADA_CONTROL_SMS_FAKE_SMSC_H_
#define NARADA_CONTROL_SMS_FAKE_SMSC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "control/sms/smpp_pdu.h"

namespace narada::control::sms {

class FakeSmsc {
 public:
  // Takes what the client has written.
  void Read(std::string& client_output);

  // The requests and answers that have come, oldest first, and forgets them.
  std::vector<Pdu> Take();
  // Of them, the submit_sm.
  std::vector<Pdu> TakeSubmits();

  static std::string Answer(const Pdu& request, uint32_t status = kSmppOk,
                            absl::string_view message_id = "");
  static std::string Receipt(uint32_t sequence, absl::string_view text);
  static std::string ReceiptByParameters(uint32_t sequence, absl::string_view message_id,
                                         uint8_t state);

 private:
  std::vector<Pdu> pdus_;
};

// The fields of a submit_sm that tests look at.
struct SeenSubmit {
  std::string source;
  uint8_t source_ton = 0;
  std::string destination;
  uint8_t esm_class = 0;
  uint8_t registered_delivery = 0;
  uint8_t data_coding = 0;
  std::string message;
};
SeenSubmit ReadSubmit(const Pdu& submit);

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_FAKE_SMSC_H_
