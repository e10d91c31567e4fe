// The SMS that an organiser forwards, as the product words it in each language.
//   ASSIGN_OR_RETURN(const InvitationTemplate words, InvitationTemplate::Make(text));
//   words.Compose(access_number, room, pin);
#ifndef NARADA_CONTROL_PROMPTS_INVITATION_H_
#define NARADA_CONTROL_PROMPTS_INVITATION_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "control/model/language.h"
#include "control/model/phone_number.h"
#include "control/model/pin.h"
#include "control/model/room_number.h"

namespace narada::control::prompts {

// A checked template. Copyable; contains no secret until it is composed.
class InvitationTemplate {
 public:
  // Needs {number}, {room} and {pin}, each at least once, and no other braces; at most 480
  // characters. INVALID_ARGUMENT / TEMPLATE_INVALID says what is wrong with it.
  static absl::StatusOr<InvitationTemplate> Make(absl::string_view text);

  // The product's own words.
  static InvitationTemplate Default(Language language);

  // UTF-8, with the number grouped as in "+48 608 608 608". The blanks for date and time stay.
  // Contains the PIN: for the outbox, never for a log.
  std::string Compose(const PhoneNumber& access_number, const RoomNumber& room,
                      const Pin& pin) const;

  // The same with `pin` as it stands, such as asterisks: for showing.
  std::string Show(const PhoneNumber& access_number, const RoomNumber& room,
                   absl::string_view pin) const;

  const std::string& text() const { return text_; }

 private:
  explicit InvitationTemplate(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// Writes each letter that the GSM 03.38 alphabet lacks as its plain neighbour ("ń" as "n"), so that
// an invitation fits one message. What has no neighbour becomes "?".
std::string TransliteratedToGsm7(absl::string_view utf8);

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_INVITATION_H_
