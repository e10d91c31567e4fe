// Whatever an SMSC sends, the transceiver stays whole: it answers each message it was given once, and
// nothing of it is lost.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "control/model/phone_number.h"
#include "control/sms/delivery_receipt.h"
#include "control/sms/smpp_client.h"
#include "control/sms/smpp_pdu.h"
#include "control/sms/sms_counters.h"
#include "control/sms/sms_text.h"

namespace narada::control::sms {
namespace {

class Events final : public SenderEvents {
 public:
  void OnPartAccepted(absl::string_view, absl::string_view, const AcceptedPart& part) override {
    CHECK(part.number >= 1) << "a part without a number";
  }
  void OnReceipt(Receipt receipt, absl::AnyInvocable<void(bool)> noted) override {
    CHECK(!receipt.provider_id.empty()) << "a receipt of no message";
    noted(receipt.provider_id.size() % 2 == 0);
  }
  void OnRouteBack(absl::string_view) override {}
};

void FuzzClient(absl::string_view bytes) {
  Events events;
  SmsCounters counters;
  SmppClient* self = nullptr;
  SmppClient client("smpp", {.system_id = "narada", .window = 3}, events, counters,
                    [&](uint64_t connection, uint32_t sequence, bool is_noted) {
                      self->AnswerReceipt(connection, sequence, is_noted);
                    });
  self = &client;
  absl::Time now = absl::FromUnixSeconds(1'770'000'000);
  int answers = 0;
  client.OnConnected(now);
  const auto send = [&](const std::string& id) {
    client.Add(
        {.id = id,
         .to = *PhoneNumber::FromE164("+48601234567"),
         .from = "Narada",
         .text = "Proszę podać numer pokoju konferencyjnego: 12345 i PIN: 678901, dziękujemy"},
        [&](SendResult) { ++answers; }, now);
  };
  send("m1");
  send("m2");
  // In pieces, as a network brings them.
  while (!bytes.empty()) {
    const size_t piece = bytes.size() > 64 ? 64 : bytes.size();
    client.OnBytes(bytes.substr(0, piece), now);
    bytes.remove_prefix(piece);
    now += absl::Milliseconds(100);
    client.Tick(now);
    std::string& output = client.output();
    while (true) {
      const auto pdu = TakePdu(output);
      CHECK(pdu.ok()) << "we wrote what is no SMPP";
      if (!*pdu) break;
    }
    CHECK(output.empty()) << "we wrote half a PDU";
  }
  client.OnClosed("the end");
  client.GiveUp();
  CHECK_EQ(answers, 2) << "a message was answered twice or never";
}

void Fuzz(absl::string_view bytes) {
  if (const std::optional<DeliverSm> deliver = ParseDeliverSm(bytes)) {
    if (const std::optional<SmscReceipt> receipt = ParseReceipt(*deliver)) {
      CHECK(!receipt->message_id.empty()) << "a receipt of no message";
      CHECK(receipt->detail.size() <= 32) << "a detail that a stranger wrote at length";
      NormalizedReceiptId(receipt->message_id, ReceiptIds::kDecimalOfHex);
    }
  }
  const SplitText split = SplitSms(bytes);
  CHECK(!split.parts.empty() && split.remaining >= 0) << "a text without parts";
  for (const std::string& part : split.parts)
    CHECK(part.size() <= 160) << "a part that is too long";
  FuzzClient(bytes);
}

}  // namespace
}  // namespace narada::control::sms

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narada::control::sms::Fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
