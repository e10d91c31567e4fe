// Sends a message into a folder, one file each, so that a system without an SMSC loses nothing and its
// operator can read along: `<time>-<id>.txt`, UTF-8, the headers To: and From:, an empty line, the text.
//
//   auto sender = SpoolSender::Open("spool", "data/sms");
//
// A file appears whole (written beside, flushed, renamed) and once: a second attempt at the same
// message replaces its own file. The folder is made if it does not exist. Any thread.

#ifndef NARADA_CONTROL_SMS_SPOOL_SENDER_H_
#define NARADA_CONTROL_SMS_SPOOL_SENDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/sms/sms_sender.h"

namespace narada::control::sms {

class SpoolSender final : public SmsSender {
 public:
  // Errors: UNAVAILABLE / SPOOL_UNWRITABLE.
  static absl::StatusOr<std::unique_ptr<SpoolSender>> Open(std::string name,
                                                           const std::string& folder);

  absl::string_view name() const override { return name_; }
  void Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) override;

 private:
  SpoolSender(std::string name, std::string folder)
      : name_(std::move(name)), folder_(std::move(folder)) {}
  absl::Status Write(const OutgoingMessage& message, const std::string& file_name);

  const std::string name_;
  const std::string folder_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SPOOL_SENDER_H_
