#include "control/accounts/number_book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "control/storage/access_number_table.h"
#include "control/storage/account_table.h"

namespace narada::control::accounts {
namespace {

using storage::Transaction;

// More than any operator has; a bound for the memory.
constexpr int kNumbersMax = 100'000;

}  // namespace

NumberBook::NumberBook(storage::Database& database, NumberingPlan numbering,
                       std::vector<AccessNumber> fixed)
    : database_(database), numbering_(std::move(numbering)), fixed_(std::move(fixed)) {
  CHECK(!fixed_.empty()) << "the service needs an access number";
  Pages pages;
  for (const AccessNumber& number : fixed_) pages.numbers.push_back({number, std::nullopt});
  Open(std::move(pages));
}

absl::Status NumberBook::Load() {
  ASSIGN_OR_RETURN(Pages pages, database_.Query<Pages>([this](Transaction& transaction) {
    return ReadIn(transaction);
  }));
  Open(std::move(pages));
  return absl::OkStatus();
}

void NumberBook::Refresh(absl::AnyInvocable<void(absl::Status)> done) {
  database_.SubmitQuery<Pages>([this](Transaction& transaction) { return ReadIn(transaction); },
                               [this, done = std::move(done)](absl::StatusOr<Pages> pages) mutable {
                                 if (pages.ok()) Open(*std::move(pages));
                                 done(pages.status());
                               });
}

absl::StatusOr<NumberBook::Pages> NumberBook::ReadIn(Transaction& transaction) const {
  Pages pages;
  const auto add = [&](const AccessNumber& number) {
    Dialled dialled{number, std::nullopt};
    if (!number.tenant.empty()) dialled.tenant = storage::FindTenant(transaction, number.tenant);
    pages.numbers.push_back(std::move(dialled));
  };
  for (const AccessNumber& number : fixed_) add(number);
  for (const AccessNumber& number :
       storage::ListAccessNumbers(transaction, std::nullopt, "", kNumbersMax)) {
    const bool is_fixed = std::any_of(fixed_.begin(), fixed_.end(), [&](const AccessNumber& fixed) {
      return fixed.number == number.number;
    });
    if (is_fixed) {
      return ErrorWithReason(
          absl::StatusCode::kFailedPrecondition, "ACCESS_NUMBER_EXISTS",
          absl::StrCat("the access number ", number.number.e164(),
                       " stands in the configuration file and in the database; take it out of "
                       "one of them"));
    }
    add(number);
  }
  pages.room_digits_max = storage::LongestPermanentRoomNumber(transaction);
  return pages;
}

void NumberBook::Open(Pages pages) {
  auto open = std::make_shared<const Pages>(std::move(pages));
  absl::MutexLock lock(&mutex_);
  pages_ = std::move(open);
}

std::optional<Dialled> NumberBook::Find(absl::string_view called) const {
  const std::optional<PhoneNumber> number = numbering_.FromDialled(called);
  if (!number) return std::nullopt;
  return Find(*number);
}

std::optional<Dialled> NumberBook::Find(const PhoneNumber& number) const {
  absl::MutexLock lock(&mutex_);
  for (const Dialled& dialled : pages_->numbers) {
    if (dialled.number.number == number) return dialled;
  }
  return std::nullopt;
}

std::vector<AccessNumber> NumberBook::numbers() const {
  absl::MutexLock lock(&mutex_);
  std::vector<AccessNumber> result;
  for (const Dialled& dialled : pages_->numbers) result.push_back(dialled.number);
  return result;
}

std::vector<AccessNumber> NumberBook::Page(const std::optional<std::string>& tenant_id,
                                           const std::string& after, int numbers_max) const {
  std::vector<AccessNumber> page = numbers();
  std::erase_if(page, [&](const AccessNumber& number) {
    return number.number.e164() <= after || (tenant_id && number.tenant != *tenant_id);
  });
  std::sort(page.begin(), page.end(),
            [](const AccessNumber& a, const AccessNumber& b) { return a.number < b.number; });
  if (static_cast<int>(page.size()) > numbers_max)
    page.erase(page.begin() + numbers_max, page.end());
  return page;
}

int NumberBook::room_digits_max() const {
  absl::MutexLock lock(&mutex_);
  return pages_->room_digits_max;
}

}  // namespace narada::control::accounts
