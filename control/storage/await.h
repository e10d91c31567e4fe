// Waits for an answer that comes by callback. For threads that may block: gRPC's handlers and tests,
// never an actor and never the database's thread.
//   absl::StatusOr<Record> record = Await<Record>([&](auto done) { reservations.Get(id, std::move(done)); });

#ifndef NARADA_CONTROL_STORAGE_AWAIT_H_
#define NARADA_CONTROL_STORAGE_AWAIT_H_

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"

namespace narada::control::storage {

template <typename T>
absl::StatusOr<T> Await(
    absl::FunctionRef<void(absl::AnyInvocable<void(absl::StatusOr<T>)>)> start) {
  absl::Notification answered;
  absl::StatusOr<T> answer = absl::UnknownError("not answered");
  start([&](absl::StatusOr<T> result) {
    answer = std::move(result);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_AWAIT_H_
