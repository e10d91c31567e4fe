#include "tests/phone/phone.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/phone/media_stream.h"
#include "tests/phone/sip_dialog.h"

namespace narada::phone {
namespace {

// How long the destructor waits for the far end to confirm the end of the call.
constexpr absl::Duration kFarewell = absl::Seconds(1);
constexpr absl::Duration kRequestTimeout = absl::Seconds(10);

}  // namespace

Phone::Phone(PhoneLoop& loop, Options options) : loop_(loop), options_(std::move(options)) {}

absl::StatusOr<std::unique_ptr<Phone>> Phone::Create(PhoneLoop& loop, Options options) {
  options.media.local_address = options.local_address;
  absl::StatusOr<std::unique_ptr<MediaSession>> media = MediaSession::Open(loop, options.media);
  if (!media.ok()) return media.status();
  std::unique_ptr<Phone> phone(new Phone(loop, std::move(options)));
  phone->media_ = *std::move(media);
  absl::Status opened;
  {
    absl::MutexLock lock(&loop.mutex());
    phone->dialog_ = std::make_unique<SipDialog>(loop, phone->options_, *phone->media_->stream_);
    opened = phone->dialog_->Open();
  }
  if (!opened.ok()) return opened;
  return phone;
}

Phone::~Phone() {
  absl::MutexLock lock(&loop_.mutex());
  if (dialog_ == nullptr) return;
  dialog_->HangUp();
  const auto is_quiet = [this] { return dialog_->is_quiet(); };
  loop_.mutex().AwaitWithTimeout(absl::Condition(&is_quiet), kFarewell);
  dialog_.reset();
}

absl::Status Phone::Call(absl::string_view uri) {
  absl::MutexLock lock(&loop_.mutex());
  return dialog_->Call(uri);
}

absl::Status Phone::WaitAnswered(absl::Duration timeout) {
  absl::MutexLock lock(&loop_.mutex());
  const auto is_decided = [this] { return dialog_->Report().is_answered || dialog_->is_over(); };
  if (!loop_.mutex().AwaitWithTimeout(absl::Condition(&is_decided), timeout)) {
    return absl::DeadlineExceededError("not answered in time");
  }
  const CallReport report = dialog_->Report();
  if (report.is_answered) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(report.status, " ", report.reason));
}

absl::Status Phone::WaitProvisional(int status, absl::Duration timeout) {
  absl::MutexLock lock(&loop_.mutex());
  const auto has_come = [this, status] {
    return dialog_->Report().last_provisional >= status || dialog_->is_over();
  };
  if (!loop_.mutex().AwaitWithTimeout(absl::Condition(&has_come), timeout)) {
    return absl::DeadlineExceededError(absl::StrCat("no ", status, " in time"));
  }
  const CallReport report = dialog_->Report();
  if (report.last_provisional >= status) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(report.status, " ", report.reason));
}

absl::Status Phone::WaitEnded(absl::Duration timeout) {
  absl::MutexLock lock(&loop_.mutex());
  const auto is_over = [this] { return dialog_->is_over(); };
  if (!loop_.mutex().AwaitWithTimeout(absl::Condition(&is_over), timeout)) {
    return absl::DeadlineExceededError("the call goes on");
  }
  return absl::OkStatus();
}

absl::Status Phone::WaitIncoming(absl::Duration timeout) {
  absl::MutexLock lock(&loop_.mutex());
  const auto is_incoming = [this] { return dialog_->is_incoming(); };
  if (!loop_.mutex().AwaitWithTimeout(absl::Condition(&is_incoming), timeout)) {
    return absl::DeadlineExceededError("nobody called");
  }
  return absl::OkStatus();
}

std::string Phone::uri() const {
  absl::MutexLock lock(&loop_.mutex());
  return dialog_->uri();
}

std::string Phone::incoming_from() const {
  absl::MutexLock lock(&loop_.mutex());
  if (!dialog_->is_incoming()) return "";
  return std::string(dialog_->incoming_invite()->Header("From"));
}

std::string Phone::incoming_to_user() const {
  absl::MutexLock lock(&loop_.mutex());
  return dialog_->is_incoming() ? UserOf(dialog_->incoming_invite()->request_uri) : "";
}

absl::Status Phone::Ring() {
  absl::MutexLock lock(&loop_.mutex());
  return dialog_->Ring();
}

absl::Status Phone::Answer() {
  absl::MutexLock lock(&loop_.mutex());
  return dialog_->Answer();
}

absl::Status Phone::Reject(int status, absl::string_view reason) {
  absl::MutexLock lock(&loop_.mutex());
  return dialog_->Reject(status, reason);
}

void Phone::HangUp() {
  absl::MutexLock lock(&loop_.mutex());
  dialog_->HangUp();
}

absl::Status Phone::Reinvite(absl::string_view direction) {
  absl::MutexLock lock(&loop_.mutex());
  auto status = std::make_shared<int>(0);
  absl::Status sent = dialog_->Reinvite(direction, [status](int final) { *status = final; });
  if (!sent.ok()) return sent;
  const auto is_done = [&] { return *status != 0; };
  if (!loop_.mutex().AwaitWithTimeout(absl::Condition(&is_done), kRequestTimeout)) {
    return absl::DeadlineExceededError("no answer to the re-INVITE");
  }
  if (*status >= 300) return absl::AbortedError(absl::StrCat("re-INVITE refused: ", *status));
  return absl::OkStatus();
}

absl::Status Phone::Hold(bool is_inactive) {
  return Reinvite(is_inactive ? "inactive" : "sendonly");
}

absl::Status Phone::Resume() { return Reinvite("sendrecv"); }

absl::Status Phone::PressByInfo(absl::string_view digits, bool is_plain) {
  for (char digit : digits) {
    absl::StatusOr<int> status =
        is_plain ? Request("INFO", "", "application/dtmf", std::string(1, digit))
                 : Request("INFO", "", "application/dtmf-relay",
                           absl::StrFormat("Signal=%c\r\nDuration=160\r\n", digit));
    if (!status.ok()) return status.status();
    if (*status != 200) return absl::AbortedError(absl::StrCat("INFO: ", *status));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Phone::Request(absl::string_view method, absl::string_view uri,
                                   absl::string_view content_type, absl::string_view body,
                                   absl::Duration timeout) {
  absl::MutexLock lock(&loop_.mutex());
  auto status = std::make_shared<int>(0);
  absl::Status sent =
      dialog_->Request(method, uri, content_type, body, [status](int final) { *status = final; });
  if (!sent.ok()) return sent;
  const auto is_done = [&] { return *status != 0; };
  if (!loop_.mutex().AwaitWithTimeout(absl::Condition(&is_done), timeout)) {
    return absl::DeadlineExceededError(absl::StrCat("no answer to ", method));
  }
  return *status;
}

CallReport Phone::Report() const {
  absl::MutexLock lock(&loop_.mutex());
  return dialog_->Report();
}

}  // namespace narada::phone
