#include "control/sms/invitations.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "control/storage/message_table.h"

namespace narada::control::sms {
namespace {

using storage::MessageRow;
using storage::Transaction;

constexpr size_t kNumbersMax = 500;
constexpr absl::Duration kLimitRetry = absl::Hours(1);
constexpr absl::string_view kSampleNumber = "+48608608608";
constexpr absl::string_view kSampleRoom = "12345";

std::string NewId(Random& random) {
  return absl::StrCat(absl::Hex(random.Next(), absl::kZeroPad16),
                      absl::Hex(random.Next(), absl::kZeroPad16));
}

absl::Status CheckOrder(const InvitationOrder& order) {
  if (!order.access_number || !order.room || !order.pin) {
    return InvalidField("conference_id", "FIELD_INVALID",
                        "there is nothing to invite to: no access number, room number or PIN");
  }
  if (order.numbers.empty() || order.numbers.size() > kNumbersMax) {
    return InvalidField("numbers", "FIELD_INVALID",
                        absl::StrCat("numbers must have 1 to ", kNumbersMax, " of them"));
  }
  return absl::OkStatus();
}

}  // namespace

Invitations::Invitations(storage::Database& database, const storage::SecretBox& secrets,
                         const Clock& clock, Random& random, SmsCounters& counters,
                         const InvitationSettings& settings)
    : database_(database),
      secrets_(secrets),
      clock_(clock),
      random_(random),
      counters_(counters),
      settings_(settings) {}

std::string Invitations::Finished(std::string text) const {
  return settings_.is_transliterated ? prompts::TransliteratedToGsm7(text) : text;
}

absl::StatusOr<prompts::InvitationTemplate> Invitations::WordsOf(
    const std::optional<Tenant>& tenant, Language language) const {
  if (tenant) {
    const auto own = tenant->sms_templates.find(language);
    if (own != tenant->sms_templates.end()) return prompts::InvitationTemplate::Make(own->second);
  }
  return settings_.words.at(language);
}

std::string Invitations::Write(Language language, const PhoneNumber& access_number,
                               const RoomNumber& room, const Pin& pin) const {
  return Finished(settings_.words.at(language).Compose(access_number, room, pin));
}

void Invitations::Send(InvitationOrder order, Done done) {
  if (const absl::Status valid = CheckOrder(order); !valid.ok()) return done(valid);
  const absl::StatusOr<prompts::InvitationTemplate> words = WordsOf(order.tenant, order.language);
  if (!words.ok()) return done(words.status());
  std::string text = Finished(words->Compose(*order.access_number, *order.room, *order.pin));
  database_.SubmitQuery<std::vector<std::string>>(
      [this, order = std::move(order), text = std::move(text)](Transaction& transaction) {
        return SendIn(transaction, order, text, clock_.Now());
      },
      [this, done = std::move(done)](absl::StatusOr<std::vector<std::string>> sent) mutable {
        if (sent.ok()) message_bell_();
        if (ReasonOf(sent.status()) == "SMS_LIMIT") ++counters_.messages_limited;
        done(std::move(sent));
      });
}

absl::StatusOr<std::vector<std::string>> Invitations::SendIn(Transaction& transaction,
                                                             const InvitationOrder& order,
                                                             const std::string& text,
                                                             absl::Time now) {
  std::vector<std::string> ids;
  const std::string tenant = order.tenant ? order.tenant->id : "";
  // An order belongs to who gave it: another tenant's client may use the same id.
  const std::string request =
      order.request_id.empty() ? "" : absl::StrCat("invite:", tenant, ":", order.request_id);
  if (!request.empty()) {
    for (const MessageRow& row : storage::FindMessagesByRequest(transaction, request)) {
      ids.push_back(row.id);
    }
    if (!ids.empty()) return ids;
  }
  storage::MessageLimits limits = settings_.limits;
  if (order.tenant) limits.per_tenant_day_max = order.tenant->limits.sms_per_day_max;
  std::set<PhoneNumber> written;
  for (const PhoneNumber& number : order.numbers) {
    if (!written.insert(number).second) continue;  // Named twice, invited once.
    const storage::MessageParties parties{
        .recipient = number.e164(), .caller = order.actor, .tenant = tenant};
    if (!storage::WithinLimits(transaction, limits, parties, now)) {
      return WithRetryAfter(
          ErrorWithReason(absl::StatusCode::kResourceExhausted, "SMS_LIMIT",
                          absl::StrCat("no message may go to ", number.Masked(),
                                       " now: a limit of messages a day, or of destinations")),
          kLimitRetry);
    }
    MessageRow row{.id = NewId(random_),
                   .recipient = number.e164(),
                   .sender = settings_.sender,
                   .caller = order.actor,
                   .tenant = tenant,
                   .created_at = now,
                   .due_at = now};
    if (!request.empty()) row.request_id = request;
    row.text_sealed = secrets_.Seal(storage::kMessageTextPurpose, row.id, text);
    storage::InsertMessage(transaction, row);
    ids.push_back(row.id);
  }
  return ids;
}

absl::StatusOr<InvitationPreview> Invitations::Preview(const PreviewOrder& order) const {
  absl::StatusOr<prompts::InvitationTemplate> words =
      order.text.empty() ? WordsOf(order.tenant, order.language)
                         : prompts::InvitationTemplate::Make(order.text);
  if (!words.ok()) return words.status();
  const PhoneNumber number = order.access_number.value_or(*PhoneNumber::FromE164(kSampleNumber));
  const RoomNumber room = order.room.value_or(*RoomNumber::Parse(kSampleRoom));
  const std::string text = Finished(words->Show(number, room, std::string(order.pin_digits, '*')));
  const SplitText split = SplitSms(text);
  return InvitationPreview{.text = text,
                           .alphabet = split.alphabet,
                           .parts = static_cast<int>(split.parts.size()),
                           .remaining = split.remaining};
}

}  // namespace narada::control::sms
