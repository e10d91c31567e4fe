#include "tests/phone/network_model.h"

namespace narada::phone {
namespace {

// How long a packet stays behind that the next ones overtake.
constexpr absl::Duration kOvertaken = absl::Milliseconds(45);

}  // namespace

double NetworkModel::Draw() {
  // Not std::uniform_real_distribution, whose numbers differ between libraries.
  return static_cast<double>(random_() >> 11) * 0x1.0p-53;
}

absl::optional<NetworkModel::Fate> NetworkModel::Next() {
  // Always as many draws for a packet, so that one kind of trouble does not move the others.
  const double loss = Draw(), jitter = Draw(), order = Draw(), copy = Draw();
  // In a burst, it ends with the chance 1/burst; between bursts, one begins so often that the share
  // of lost packets is `loss`.
  const double end = 1 / trouble_.burst;
  const double begin = trouble_.loss >= 1 ? 1 : trouble_.loss * end / (1 - trouble_.loss);
  if (trouble_.burst <= 1) {
    is_losing_ = loss < trouble_.loss;
  } else {
    is_losing_ = is_losing_ ? loss >= end : loss < begin;
  }
  if (is_losing_) return absl::nullopt;
  const bool is_late = order < trouble_.reordered;
  return Fate{.delay = trouble_.jitter * jitter + (is_late ? kOvertaken : absl::ZeroDuration()),
              .may_be_overtaken = is_late,
              .is_doubled = copy < trouble_.duplicated};
}

}  // namespace narada::phone
