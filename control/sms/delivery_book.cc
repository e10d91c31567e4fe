#include "control/sms/delivery_book.h"

#include <string>
#include <utility>

#include "base/log.h"
#include "control/storage/message_part_table.h"
#include "control/storage/message_table.h"

namespace narada::control::sms {

using storage::Transaction;

namespace {
constexpr absl::Duration kEarlyReceiptsKept = absl::Hours(24);
}

void DeliveryBook::OnPartAccepted(absl::string_view route, absl::string_view message_id,
                                  const AcceptedPart& part) {
  // Before what is noted at the end of the attempt (Dispatcher).
  database_.SubmitInOrder(
      std::string(message_id),
      [row = storage::PartRow{.message_id = std::string(message_id),
                              .number = part.number,
                              .route = std::string(route),
                              .provider_id = part.provider_id,
                              .accepted_at = clock_.Now()}](Transaction& transaction) {
        storage::NotePartAccepted(transaction, row);
        return absl::OkStatus();
      },
      [](absl::Status status) {
        // It would then be sent once more, after a crash at least.
        if (!status.ok()) LOG_ERROR("an accepted part of an sms was not noted: {}", status);
      });
}

void DeliveryBook::OnReceipt(Receipt receipt, absl::AnyInvocable<void(bool)> noted) {
  if (receipt.state == Receipt::State::kUnderway) return noted(true);
  const bool is_delivered = receipt.state == Receipt::State::kDelivered;
  database_.Submit(
      [receipt = std::move(receipt), is_delivered, now = clock_.Now()](Transaction& transaction) {
        storage::NoteReceipt(
            transaction, receipt.route, receipt.provider_id,
            is_delivered ? storage::PartState::kDelivered : storage::PartState::kUndelivered,
            receipt.detail, now);
        return absl::OkStatus();
      },
      [this, is_delivered, noted = std::move(noted)](absl::Status status) mutable {
        if (status.ok()) {
          ++(is_delivered ? counters_.receipts_delivered : counters_.receipts_undelivered);
        } else {
          LOG_ERROR("a delivery receipt was not noted: {}", status);
        }
        noted(status.ok());
      });
}

void DeliveryBook::OnRouteBack(absl::string_view) {
  database_.Submit(
      [now = clock_.Now()](Transaction& transaction) {
        storage::MakePendingDue(transaction, now);
        return absl::OkStatus();
      },
      [this](absl::Status status) {
        if (!status.ok()) LOG_ERROR("messages that wait were not made due: {}", status);
        bell_();
      });
}

void DeliveryBook::ForgetOldReceipts(absl::AnyInvocable<void(absl::Status)> done) {
  database_.Submit(
      [before = clock_.Now() - kEarlyReceiptsKept](Transaction& transaction) {
        storage::DeleteEarlyReceipts(transaction, before);
        return absl::OkStatus();
      },
      std::move(done));
}

}  // namespace narada::control::sms
