#include "sip/control_link.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "base/status.h"
#include "sip/signal_translation.h"

namespace narada::sip {
namespace {

namespace pb = control::v1;

constexpr int kPauseMinMs = 100;
constexpr int kPauseMaxMs = 2000;
constexpr std::chrono::milliseconds kStopDelay(
    100);  // How long Stop() may go unnoticed in a pause.
constexpr int kKeepaliveMs = 20000;
constexpr int kKeepaliveTimeoutMs = 5000;
// Control reads slower than calls happen: the stream is given up, and the next one starts clean.
constexpr size_t kQueueMax = 100000;
constexpr std::chrono::milliseconds kFarewell(1000);

}  // namespace

absl::StatusOr<std::unique_ptr<ControlLink>> ControlLink::Create(EventLoop& loop, Options options,
                                                                 Listener& listener) {
  ASSIGN_OR_RETURN(auto credentials, MakeChannelCredentials(options.target, options.tls));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kPauseMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kPauseMinMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kPauseMaxMs);
  // A control whose host vanished says nothing: only pings tell.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  auto channel = grpc::CreateCustomChannel(options.target, credentials, arguments);
  return std::unique_ptr<ControlLink>(
      new ControlLink(loop, std::move(options), listener, std::move(channel)));
}

ControlLink::ControlLink(EventLoop& loop, Options options, Listener& listener,
                         std::shared_ptr<grpc::Channel> channel)
    : loop_(loop),
      options_(std::move(options)),
      listener_(listener),
      channel_(std::move(channel)),
      stub_(pb::SignalingService::NewStub(channel_)) {}

ControlLink::~ControlLink() { Stop(); }

void ControlLink::Start() {
  thread_ = std::thread([this] { KeepOpen(); });
}

void ControlLink::Stop() {
  *is_alive_ = false;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, kFarewell,
                      [this] { return is_broken_ || (queue_.empty() && !is_writing_); });
    is_stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void ControlLink::Send(const CallEvent& event) {
  if (announced_ != 0) Enqueue(ToProto(event));
}

void ControlLink::Enqueue(pb::SignalRequest request) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_broken_) return;
  if (queue_.size() >= kQueueMax) {
    LOG_ERROR("control does not read: {} events wait; the stream is opened anew", queue_.size());
    if (context_ != nullptr) context_->TryCancel();
    is_broken_ = true;
    return;
  }
  queue_.push_back(std::move(request));
  changed_.notify_all();
}

void ControlLink::KeepOpen() {
  SecureRandom random;
  int pause_ms = kPauseMinMs;
  for (uint64_t generation = 1;; ++generation) {
    const bool was_welcome = RunStream(generation);
    pause_ms = was_welcome ? kPauseMinMs : std::min(pause_ms * 2, kPauseMaxMs);
    // Half of it at random, so that many gateways do not come back in step.
    if (!Pause(std::chrono::milliseconds(random.Between(pause_ms / 2, pause_ms)))) return;
  }
}

bool ControlLink::Pause(std::chrono::milliseconds pause) {
  const auto end = std::chrono::system_clock::now() + pause;
  // Control is there and refuses what we ask: no reason to hurry.
  const bool is_connected = channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
  while (true) {
    const auto now = std::chrono::system_clock::now();
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (is_connected) changed_.wait_until(lock, end, [this] { return is_stopping_; });
      if (is_stopping_) return false;
    }
    if (is_connected || now >= end) return true;
    // gRPC goes on connecting only while somebody waits in it; asleep we would be connected no
    // sooner than its next look after itself, 5 s later.
    if (channel_->WaitForConnected(std::min(end, now + kStopDelay))) return true;
  }
}

bool ControlLink::RunStream(uint64_t generation) {
  grpc::ClientContext context;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_stopping_) return false;
    context_ = &context;
    is_broken_ = false;
    queue_.clear();
  }
  std::unique_ptr<Stream> stream = stub_->Signal(&context);
  loop_.Post([this, alive = is_alive_, generation] {
    if (*alive) Announce(generation);
  });
  std::thread writer([&] { WriteAll(*stream); });
  bool was_welcome = false;
  pb::SignalResponse response;
  while (stream->Read(&response)) {
    was_welcome = was_welcome || response.has_welcome();
    loop_.Post([this, alive = is_alive_, generation, response = std::move(response)]() mutable {
      if (*alive) Deliver(generation, std::move(response));
    });
    response.Clear();
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_broken_ = true;
    context_ = nullptr;
    changed_.notify_all();
  }
  context.TryCancel();  // A writer in mid-write leaves at once.
  writer.join();
  const grpc::Status status = stream->Finish();
  if (was_welcome) {
    LOG_WARNING("the stream to control ended: {} {}", static_cast<int>(status.error_code()),
                status.error_message());
  } else {
    LOG_DEBUG("no stream to control: {} {}", static_cast<int>(status.error_code()),
              status.error_message());
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE &&
        status.error_code() != grpc::StatusCode::CANCELLED) {
      LOG_ERROR("control refuses our stream: {}", status.error_message());
    }
  }
  loop_.Post([this, alive = is_alive_, generation] {
    if (*alive) Down(generation);
  });
  return was_welcome;
}

void ControlLink::WriteAll(Stream& stream) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_broken_ || !queue_.empty(); });
    if (is_broken_) return;
    const pb::SignalRequest request = std::move(queue_.front());
    queue_.pop_front();
    is_writing_ = true;
    lock.unlock();
    const bool is_written = stream.Write(request);
    lock.lock();
    is_writing_ = false;
    changed_.notify_all();
    if (!is_written) return;  // The reader learns it as well.
  }
}

void ControlLink::Announce(uint64_t generation) {
  announced_ = generation;
  pb::SignalRequest request;
  pb::Hello& hello = *request.mutable_hello();
  hello.set_gateway_id(options_.gateway_id);
  hello.set_software(options_.software);
  for (std::string& id : listener_.CallsToAnnounce()) hello.add_call_ids(std::move(id));
  Enqueue(std::move(request));
}

void ControlLink::Deliver(uint64_t generation, pb::SignalResponse response) {
  if (generation != announced_) return;
  if (response.has_welcome()) {
    if (!is_up_) {
      is_up_ = true;
      LOG_INFO("control {} welcomes us", response.welcome().control_id());
      listener_.OnControlUp();
    }
    return;
  }
  const absl::optional<CallCommand> command = FromProto(response);
  if (!command.has_value()) {
    LOG_WARNING("control sent a command that this gateway does not know: it is newer than we are");
    return;
  }
  listener_.OnCommand(*command);
}

void ControlLink::Down(uint64_t generation) {
  if (generation != announced_) return;
  announced_ = 0;
  if (std::exchange(is_up_, false)) listener_.OnControlDown();
}

}  // namespace narada::sip
