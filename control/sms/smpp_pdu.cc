#include "control/sms/smpp_pdu.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace narada::control::sms {
namespace {

constexpr size_t kHeaderOctets = 16;
constexpr uint8_t kVersion = 0x34;
// [5.2.5], [5.2.6]
constexpr uint8_t kTonInternational = 1;
constexpr uint8_t kTonAlphanumeric = 5;
constexpr uint8_t kNpiUnknown = 0;
constexpr uint8_t kNpiIsdn = 1;
constexpr uint8_t kHasUserDataHeader = 0x40;  // [5.2.12]
// [5.3.2]
constexpr uint16_t kTagReceiptedMessageId = 0x001E;
constexpr uint16_t kTagMessagePayload = 0x0424;
constexpr uint16_t kTagMessageState = 0x0427;
constexpr size_t kMessageIdMax = 64;
constexpr size_t kAddressMax = 20;

struct StatusRow {
  uint32_t status;
  absl::string_view name;
  bool is_permanent;
};
constexpr StatusRow kStatuses[] = {
    {0x00, "ESME_ROK", false},         {0x01, "ESME_RINVMSGLEN", true},
    {0x02, "ESME_RINVCMDLEN", false},  {0x03, "ESME_RINVCMDID", false},
    {0x04, "ESME_RINVBNDSTS", false},  {0x05, "ESME_RALYBND", false},
    {0x06, "ESME_RINVPRTFLG", false},  {0x07, "ESME_RINVREGDLVFLG", false},
    {0x08, "ESME_RSYSERR", false},     {0x0A, "ESME_RINVSRCADR", false},
    {0x0B, "ESME_RINVDSTADR", true},   {0x0C, "ESME_RINVMSGID", false},
    {0x0D, "ESME_RBINDFAIL", false},   {0x0E, "ESME_RINVPASWD", false},
    {0x0F, "ESME_RINVSYSID", false},   {0x14, "ESME_RMSGQFUL", false},
    {0x15, "ESME_RINVSERTYP", false},  {0x43, "ESME_RINVESMCLASS", false},
    {0x45, "ESME_RSUBMITFAIL", false}, {0x48, "ESME_RINVSRCTON", false},
    {0x49, "ESME_RINVSRCNPI", false},  {0x50, "ESME_RINVDSTTON", true},
    {0x51, "ESME_RINVDSTNPI", true},   {0x58, "ESME_RTHROTTLED", false},
    {0x64, "ESME_RX_T_APPN", false},   {0x65, "ESME_RX_P_APPN", true},
    {0x66, "ESME_RX_R_APPN", true},    {0xFF, "ESME_RUNKNOWNERR", false},
};

const StatusRow* FindStatus(uint32_t status) {
  for (const StatusRow& row : kStatuses) {
    if (row.status == status) return &row;
  }
  return nullptr;
}

uint32_t ReadNumber(absl::string_view octets) {
  uint32_t number = 0;
  for (const char octet : octets) number = number << 8 | static_cast<uint8_t>(octet);
  return number;
}

void AppendU32(std::string& out, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

// A C-octet string of at most `octets_max` octets: longer is cut, nothing follows a NUL within.
void AppendText(std::string& out, absl::string_view text, size_t octets_max) {
  text = text.substr(0, std::min(octets_max, text.find('\0')));
  absl::StrAppend(&out, text);
  out.push_back('\0');
}

// Reads fields one after the other; after the first that is not there, nothing is.
class FieldReader {
 public:
  explicit FieldReader(absl::string_view body) : rest_(body) {}

  uint8_t Octet() { return static_cast<uint8_t>(ReadNumber(Octets(1))); }
  absl::string_view Octets(size_t count) {
    if (count > rest_.size()) {
      is_ok_ = false;
      rest_ = {};
      return {};
    }
    const absl::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  // Up to a NUL, which must come within `octets_max` octets and itself.
  absl::string_view Text(size_t octets_max) {
    const size_t end = rest_.find('\0');
    if (end == absl::string_view::npos || end > octets_max) {
      is_ok_ = false;
      rest_ = {};
      return {};
    }
    const absl::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool is_ok() const { return is_ok_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  absl::string_view rest_;
  bool is_ok_ = true;
};

}  // namespace

std::string SmppStatusName(uint32_t status) {
  const StatusRow* row = FindStatus(status);
  return row != nullptr ? std::string(row->name)
                        : absl::StrCat("0x", absl::Hex(status, absl::kZeroPad8));
}

bool IsPermanentSmppStatus(uint32_t status) {
  const StatusRow* row = FindStatus(status);
  return row != nullptr && row->is_permanent;
}

Result<std::optional<Pdu>, PduError> TakePdu(std::string& bytes) {
  if (bytes.size() < 4) return std::optional<Pdu>();
  const absl::string_view view = bytes;
  const size_t length = ReadNumber(view.substr(0, 4));
  if (length < kHeaderOctets || length > kPduOctetsMax) return PduError::kLength;
  if (bytes.size() < length) return std::optional<Pdu>();
  Pdu pdu{.command = ReadNumber(view.substr(4, 4)),
          .status = ReadNumber(view.substr(8, 4)),
          .sequence = ReadNumber(view.substr(12, 4)),
          .body = bytes.substr(kHeaderOctets, length - kHeaderOctets)};
  bytes.erase(0, length);
  return std::optional<Pdu>(std::move(pdu));
}

std::string Encode(const Pdu& pdu) {
  std::string out;
  out.reserve(kHeaderOctets + pdu.body.size());
  AppendU32(out, static_cast<uint32_t>(kHeaderOctets + pdu.body.size()));
  AppendU32(out, pdu.command);
  AppendU32(out, pdu.status);
  AppendU32(out, pdu.sequence);
  return out + pdu.body;
}

std::string EncodeEmpty(SmppCommand command, uint32_t status, uint32_t sequence) {
  return Encode(
      {.command = static_cast<uint32_t>(command), .status = status, .sequence = sequence});
}

std::string EncodeBind(const BindTransceiver& bind, uint32_t sequence) {
  Pdu pdu{.command = static_cast<uint32_t>(SmppCommand::kBindTransceiver), .sequence = sequence};
  AppendText(pdu.body, bind.system_id, 15);
  AppendText(pdu.body, bind.password, 8);
  AppendText(pdu.body, bind.system_type, 12);
  pdu.body.push_back(static_cast<char>(kVersion));
  pdu.body.append(2, '\0');      // addr_ton, addr_npi
  AppendText(pdu.body, "", 40);  // address_range
  return Encode(pdu);
}

std::string Encode(const SubmitSm& submit, uint32_t sequence) {
  DCHECK(submit.message.size() <= 254) << "a short message that is not short";
  Pdu pdu{.command = static_cast<uint32_t>(SmppCommand::kSubmitSm), .sequence = sequence};
  std::string& body = pdu.body;
  AppendText(body, "", 5);  // service_type
  body.push_back(static_cast<char>(submit.is_source_name ? kTonAlphanumeric : kTonInternational));
  body.push_back(static_cast<char>(submit.is_source_name ? kNpiUnknown : kNpiIsdn));
  AppendText(body, submit.source, kAddressMax);
  body.push_back(static_cast<char>(kTonInternational));
  body.push_back(static_cast<char>(kNpiIsdn));
  AppendText(body, submit.destination, kAddressMax);
  body.push_back(static_cast<char>(submit.has_header ? kHasUserDataHeader : 0));  // esm_class
  body.append(2, '\0');                                             // protocol_id, priority_flag
  AppendText(body, "", 16);                                         // schedule_delivery_time
  AppendText(body, "", 16);                                         // validity_period
  body.push_back(static_cast<char>(submit.wants_receipt ? 1 : 0));  // registered_delivery
  body.push_back('\0');                                             // replace_if_present_flag
  body.push_back(static_cast<char>(submit.data_coding));
  body.push_back('\0');  // sm_default_msg_id
  body.push_back(static_cast<char>(submit.message.size()));
  body += submit.message;
  return Encode(pdu);
}

std::optional<std::string> MessageIdOf(const Pdu& submit_sm_resp) {
  FieldReader reader(submit_sm_resp.body);
  std::string id(reader.Text(kMessageIdMax));
  if (!reader.is_ok() || id.empty()) return std::nullopt;
  return id;
}

std::optional<DeliverSm> ParseDeliverSm(absl::string_view body) {
  FieldReader reader(body);
  DeliverSm deliver;
  reader.Text(5);    // service_type
  reader.Octets(2);  // source_addr_ton, source_addr_npi
  deliver.source = std::string(reader.Text(kAddressMax));
  reader.Octets(2);  // dest_addr_ton, dest_addr_npi
  deliver.destination = std::string(reader.Text(kAddressMax));
  deliver.esm_class = reader.Octet();
  reader.Octets(2);  // protocol_id, priority_flag
  reader.Text(16);   // schedule_delivery_time
  reader.Text(16);   // validity_period
  reader.Octets(2);  // registered_delivery, replace_if_present_flag
  deliver.data_coding = reader.Octet();
  reader.Octet();  // sm_default_msg_id
  deliver.message = std::string(reader.Octets(reader.Octet()));
  if (!reader.is_ok()) return std::nullopt;
  while (!reader.is_at_end()) {
    const uint32_t tag = ReadNumber(reader.Octets(2));
    const absl::string_view value = reader.Octets(ReadNumber(reader.Octets(2)));
    if (!reader.is_ok()) return std::nullopt;
    switch (tag) {
      case kTagReceiptedMessageId:
        // A C-octet string; some SMSCs leave out its NUL.
        deliver.receipted_id =
            std::string(value.substr(0, std::min(value.find('\0'), kMessageIdMax)));
        break;
      case kTagMessageState:
        if (value.size() == 1) deliver.message_state = static_cast<uint8_t>(value[0]);
        break;
      case kTagMessagePayload:
        if (deliver.message.empty()) deliver.message = std::string(value);
        break;
      default:
        break;
    }
  }
  return deliver;
}

}  // namespace narada::control::sms
