// Either a value or the reason why there is none, for paths that must not allocate.
//   Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
//   if (!packet.ok()) return Count(packet.error());
//   Use(packet->payload());
// T and E are different types; E is usually an enum. Where a person reads the reason, use
// absl::StatusOr.
#ifndef NARADA_BASE_RESULT_H_
#define NARADA_BASE_RESULT_H_

#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"

namespace narada {

template <typename T, typename E>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<T, E>, "a value and an error of one type cannot be told apart");

 public:
  Result(T value) noexcept : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT
  Result(E error) noexcept : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  // The value; only where ok().
  const T& value() const& noexcept {
    CHECK(ok()) << "a failed Result has no value";
    return *std::get_if<0>(&state_);
  }
  T& value() & noexcept {
    CHECK(ok()) << "a failed Result has no value";
    return *std::get_if<0>(&state_);
  }
  T&& value() && noexcept {
    CHECK(ok()) << "a failed Result has no value";
    return std::move(*std::get_if<0>(&state_));
  }
  const T& operator*() const& noexcept { return value(); }
  T& operator*() & noexcept { return value(); }
  T&& operator*() && noexcept { return std::move(*this).value(); }
  const T* operator->() const noexcept { return &value(); }
  T* operator->() noexcept { return &value(); }

  // The error; only where !ok().
  const E& error() const noexcept {
    CHECK(!ok()) << "a successful Result has no error";
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

}  // namespace narada

#endif  // NARADA_BASE_RESULT_H_
