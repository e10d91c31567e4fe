// The numbers that the service answers, with the tenants they belong to: those of the configuration
// file and those of the database together. Asked for every call, so it is kept in memory and brought up
// to date by Refresh: at once after a change here, every few seconds for changes by other replicas.
//
//   NumberBook book(database, numbering, config.access_numbers);
//   RETURN_IF_ERROR(book.Load());                         // at start
//   std::optional<Dialled> dialled = book.Find("608608608");   // as a trunk delivers it
//
// A number stands in one of the two places. If it is in both, control does not start and says so; the
// API refuses to put one that the file has.
//
// Any thread.

#ifndef NARADA_CONTROL_ACCOUNTS_NUMBER_BOOK_H_
#define NARADA_CONTROL_ACCOUNTS_NUMBER_BOOK_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "control/model/access_number.h"
#include "control/model/account.h"
#include "control/model/phone_number.h"
#include "control/storage/database.h"

namespace narada::control::accounts {

// An access number and whose it is.
struct Dialled {
  AccessNumber number;
  std::optional<Tenant> tenant;  // Nothing: the on-demand service, or a tenant that is not there.
};

class NumberBook {
 public:
  // `database` outlives the book. `fixed`: of the configuration file, at least one.
  NumberBook(storage::Database& database, NumberingPlan numbering, std::vector<AccessNumber> fixed);
  NumberBook(const NumberBook&) = delete;
  NumberBook& operator=(const NumberBook&) = delete;

  // Reads the database and waits. FAILED_PRECONDITION / ACCESS_NUMBER_EXISTS if a number is in both
  // places.
  absl::Status Load();
  // The same without waiting; what was known holds until the answer, and beyond where there is none.
  void Refresh(absl::AnyInvocable<void(absl::Status)> done);

  // The number that was dialled, as a trunk delivers it; nothing if it is not one of ours.
  std::optional<Dialled> Find(absl::string_view called) const;
  std::optional<Dialled> Find(const PhoneNumber& number) const;
  // All of them: the file's first, in its order.
  std::vector<AccessNumber> numbers() const;
  // In the order of numbers, those behind `after`; `tenant_id` nothing: of all.
  std::vector<AccessNumber> Page(const std::optional<std::string>& tenant_id,
                                 const std::string& after, int numbers_max) const;
  // The service's first number: what invitations name where nothing else is known.
  AccessNumber front() const { return fixed_.front(); }

  // Of permanent rooms: the longest that is there, or 0.
  int room_digits_max() const;

 private:
  struct Pages {
    std::vector<Dialled> numbers;
    int room_digits_max = 0;
  };

  absl::StatusOr<Pages> ReadIn(storage::Transaction& transaction) const;
  void Open(Pages pages);

  storage::Database& database_;
  const NumberingPlan numbering_;
  const std::vector<AccessNumber> fixed_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const Pages> pages_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace narada::control::accounts

#endif  // NARADA_CONTROL_ACCOUNTS_NUMBER_BOOK_H_
