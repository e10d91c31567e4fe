// Whatever a payload holds, an event that is read can be written and read again.
#include <cstdint>
#include <span>

#include "base/check.h"
#include "mixer/rtp/telephone_event.h"

namespace narada::mixer::rtp {
namespace {

void Fuzz(std::span<const uint8_t> payload) {
  const Result<TelephoneEvent, DropReason> event = TelephoneEvent::Parse(payload);
  CHECK_EQ(event.ok(), payload.size() >= TelephoneEvent::kSize);
  if (!event.ok()) return;
  uint8_t bytes[TelephoneEvent::kSize];
  event->Write(bytes);
  CHECK(*TelephoneEvent::Parse(bytes) == *event) << "an event changed on its way";
  const std::optional<char> digit = event->digit();
  CHECK_EQ(digit.has_value(), event->event < 16);
  if (digit.has_value()) {
    CHECK_EQ(int{*TelephoneEvent::EventOf(*digit)}, int{event->event});
  }
}

}  // namespace
}  // namespace narada::mixer::rtp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narada::mixer::rtp::Fuzz({data, size});
  return 0;
}
