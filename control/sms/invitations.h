// Invitations to a conference: the words of each language and tenant, how many parts they take, and
// sending them to whom a moderator names.
//
//   Invitations invitations(database, secrets, clock, random, settings);
//   invitations.Write(Language::kPolish, access_number, room, pin);         // for a new reservation
//   invitations.Send({.request_id = id, .room = room, .pin = pin, .numbers = {...}}, done);
//   invitations.Preview({.language = Language::kPolish, .room = room});     // PIN as asterisks
//
// Any thread; `done` runs on the database's thread and returns at once.

#ifndef NARADA_CONTROL_SMS_INVITATIONS_H_
#define NARADA_CONTROL_SMS_INVITATIONS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/model/account.h"
#include "control/model/language.h"
#include "control/model/phone_number.h"
#include "control/model/pin.h"
#include "control/model/room_number.h"
#include "control/prompts/invitation.h"
#include "control/sms/sms_counters.h"
#include "control/sms/sms_text.h"
#include "control/storage/database.h"
#include "control/storage/message_limits.h"
#include "control/storage/secret_box.h"

namespace narada::control::sms {

struct InvitationSettings {
  std::map<Language, prompts::InvitationTemplate> words;  // One for every language.
  bool is_transliterated = false;  // Into the GSM alphabet: one part instead of three.
  std::string sender = "Narada";
  storage::MessageLimits limits;
};

struct InvitationOrder {
  std::string request_id;        // Repeating it sends once. Empty: none.
  std::optional<Tenant> tenant;  // Whose words and limit count; nothing: the on-demand service's.
  // E.164 of who orders it, whose limit per caller counts; empty for a tenant's users: the tenant's does.
  std::string actor;
  Language language = Language::kPolish;
  std::optional<PhoneNumber> access_number;
  std::optional<RoomNumber> room;
  std::optional<Pin> pin;
  std::vector<PhoneNumber> numbers;  // 1 to 500.
};

struct InvitationPreview {
  std::string text;
  Alphabet alphabet = Alphabet::kGsm7;
  int parts = 1;
  int remaining = 0;  // Characters that the last part still takes.
};

class Invitations {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>)>;

  // References outlive this object and every `done`.
  Invitations(storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
              Random& random, SmsCounters& counters, const InvitationSettings& settings);

  // Called after each commit that put messages into the outbox, on the database's thread. Set it first.
  void SetMessageBell(std::function<void()> bell) { message_bell_ = std::move(bell); }

  // Rings it: a message was put there by somebody else.
  void RingMessageBell() { message_bell_(); }

  // The text of an invitation, as it leaves.
  std::string Write(Language language, const PhoneNumber& access_number, const RoomNumber& room,
                    const Pin& pin) const;

  // Puts one message for each number into the outbox, all or none; `done` gets their ids.
  // INVALID_ARGUMENT / FIELD_INVALID, RESOURCE_EXHAUSTED / SMS_LIMIT with a time to wait.
  void Send(InvitationOrder order, Done done);

  // The words with this many asterisks for the PIN. `text` empty: the service's own, or the tenant's.
  // INVALID_ARGUMENT / TEMPLATE_INVALID.
  struct PreviewOrder {
    std::string text;
    std::optional<Tenant> tenant;
    Language language = Language::kPolish;
    std::optional<PhoneNumber> access_number;
    std::optional<RoomNumber> room;
    int pin_digits = 6;
  };
  absl::StatusOr<InvitationPreview> Preview(const PreviewOrder& order) const;

 private:
  absl::StatusOr<prompts::InvitationTemplate> WordsOf(const std::optional<Tenant>& tenant,
                                                      Language language) const;
  std::string Finished(std::string text) const;
  absl::StatusOr<std::vector<std::string>> SendIn(storage::Transaction& transaction,
                                                  const InvitationOrder& order,
                                                  const std::string& text, absl::Time now);

  storage::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  Random& random_;  // Database thread.
  SmsCounters& counters_;
  const InvitationSettings settings_;
  std::function<void()> message_bell_ = [] {};
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_INVITATIONS_H_
