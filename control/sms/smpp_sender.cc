#include "control/sms/smpp_sender.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

namespace narada::control::sms {
namespace {

constexpr absl::Duration kConnectMax = absl::Seconds(10);
constexpr absl::Duration kReconnectFirst = absl::Seconds(1);
constexpr absl::Duration kReconnectMax = absl::Seconds(60);
constexpr absl::Duration kLastAnswers = absl::Seconds(2);
constexpr absl::Duration kUnbindMax = absl::Seconds(1);
constexpr size_t kReadAtOnce = 16384;

// A step of the wall clock must neither hold a message up nor time it out.
absl::Time Now() { return absl::FromUnixNanos(MonotonicNanoseconds()); }

std::string ErrnoText(int error) {
  return std::error_code(error, std::generic_category()).message();
}

// Up to a fifth longer or shorter, so that replicas do not come back all at once.
absl::Duration WithJitter(absl::Duration delay) {
  SecureRandom random;
  return delay * (0.8 + static_cast<double>(random.Below(400)) / 1000);
}

struct HostPort {
  std::string host;
  std::string port;
};
HostPort SplitTarget(absl::string_view target) {
  const size_t colon = target.rfind(':');
  absl::string_view host = target.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return {std::string(host), std::string(target.substr(colon + 1))};
}

}  // namespace

struct SmppSender::Inbox {
  Inbox() : wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    CHECK(wake >= 0) << "no eventfd: too many files are open";
  }
  ~Inbox() { close(wake); }

  void Put(Work work) {
    absl::MutexLock lock(&mutex);
    items.push_back(std::move(work));
    const uint64_t one = 1;
    // It can only fail where the counter is full, and then the thread is awake.
    [[maybe_unused]] const ssize_t written = write(wake, &one, sizeof(one));
  }

  std::vector<Work> Take() {
    absl::MutexLock lock(&mutex);
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = read(wake, &count, sizeof(count));
    return std::exchange(items, {});
  }

  const int wake;
  absl::Mutex mutex;
  std::vector<Work> items ABSL_GUARDED_BY(mutex);
  std::atomic<bool> is_stopping = false;
};

SmppSender::SmppSender(std::string route, const SmppSettings& settings, SenderEvents& events,
                       SmsCounters& counters)
    : route_(route),
      settings_(settings),
      inbox_(std::make_shared<Inbox>()),
      client_(std::move(route), settings, events, counters,
              [inbox = inbox_](uint64_t connection, uint32_t sequence, bool is_noted) {
                inbox->Put([=](SmppClient& client, absl::Time) {
                  client.AnswerReceipt(connection, sequence, is_noted);
                });
              }),
      reconnect_delay_(kReconnectFirst) {
  thread_ = std::thread([this] { ThreadMain(); });
}

SmppSender::~SmppSender() {
  inbox_->is_stopping = true;
  inbox_->Put([](SmppClient&, absl::Time) {});
  thread_.join();
}

void SmppSender::Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) {
  inbox_->Put([message = std::move(message), done = std::move(done)](SmppClient& client,
                                                                     absl::Time now) mutable {
    client.Add(std::move(message), std::move(done), now);
  });
}

void SmppSender::ThreadMain() {
  absl::Time stop_at = absl::InfiniteFuture();
  bool is_unbinding = false;
  while (true) {
    absl::Time now = Now();
    for (Work& work : inbox_->Take()) work(client_, now);
    if (inbox_->is_stopping && stop_at == absl::InfiniteFuture()) stop_at = now + kLastAnswers;
    const bool is_stopping = stop_at < absl::InfiniteFuture();
    if (is_stopping && !is_unbinding && (client_.is_idle() || now >= stop_at)) {
      is_unbinding = true;
      stop_at = now + kUnbindMax;
      client_.Unbind(now);
    }
    if (is_unbinding && (now >= stop_at || socket_ < 0)) break;
    if (socket_ < 0 && !is_stopping && now >= connect_at_) Connect(now);
    const absl::Time tick_at = client_.Tick(now);
    is_bound_ = client_.is_bound();
    if (is_bound_) {
      reconnect_delay_ = kReconnectFirst;
      last_failure_.clear();
    }
    if (socket_ >= 0 && !is_connecting_) ReadAndWrite(0, now);  // What the client has just said.
    if (socket_ >= 0 && client_.wants_close()) {
      Disconnect(client_.close_reason(), now);
      continue;
    }
    absl::Time until = std::min(tick_at, stop_at);
    if (socket_ < 0 && !is_stopping) until = std::min(until, connect_at_);
    if (is_connecting_) until = std::min(until, connecting_until_);
    WaitForNews(until, now);
  }
  if (socket_ >= 0) close(socket_);
  client_.GiveUp();
  for (Work& work : inbox_->Take()) work(client_, Now());  // Handed back as well.
  is_bound_ = false;
}

void SmppSender::WaitForNews(absl::Time until, absl::Time now) {
  pollfd polled[2] = {{.fd = inbox_->wake, .events = POLLIN, .revents = 0},
                      {.fd = socket_, .events = POLLIN, .revents = 0}};
  if (is_connecting_ || !client_.output().empty()) polled[1].events |= POLLOUT;
  const int64_t wait_ms = absl::ToInt64Milliseconds(std::clamp(
      absl::Ceil(until - now, absl::Milliseconds(1)), absl::ZeroDuration(), absl::Seconds(60)));
  if (poll(polled, socket_ >= 0 ? 2 : 1, static_cast<int>(wait_ms)) < 0) return;
  now = Now();
  if (socket_ < 0) return;
  if (is_connecting_) {
    if (polled[1].revents != 0) {
      FinishConnecting(now);
    } else if (now >= connecting_until_) {
      Disconnect("the SMSC cannot be reached: no answer", now);
    }
    return;
  }
  ReadAndWrite(polled[1].revents, now);
}

void SmppSender::Connect(absl::Time now) {
  const HostPort target = SplitTarget(settings_.target);
  const addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  // Blocks this thread alone, while there is no connection anyway.
  const int problem = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found);
  if (problem != 0) {
    return Disconnect(absl::StrCat("the SMSC's name is not known: ", gai_strerror(problem)), now);
  }
  int error = 0;
  for (const addrinfo* address = found; address != nullptr && socket_ < 0;
       address = address->ai_next) {
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      error = errno;
      continue;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS) {
      socket_ = fd;
    } else {
      error = errno;
      close(fd);
    }
  }
  freeaddrinfo(found);
  if (socket_ < 0) {
    return Disconnect(absl::StrCat("the SMSC cannot be reached: ", ErrnoText(error)), now);
  }
  is_connecting_ = true;
  connecting_until_ = now + kConnectMax;
}

void SmppSender::FinishConnecting(absl::Time now) {
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    return Disconnect(absl::StrCat("the SMSC cannot be reached: ", ErrnoText(error)), now);
  }
  is_connecting_ = false;
  client_.OnConnected(now);
}

void SmppSender::ReadAndWrite(short events, absl::Time now) {
  char buffer[kReadAtOnce];
  if ((events & (POLLIN | POLLERR | POLLHUP)) != 0) {
    const ssize_t count = read(socket_, buffer, sizeof(buffer));
    if (count > 0) client_.OnBytes(absl::string_view(buffer, count), now);
    if (count == 0) return Disconnect("the SMSC closed the connection", now);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
      return Disconnect(absl::StrCat("the connection broke: ", ErrnoText(errno)), now);
    }
  }
  std::string& output = client_.output();
  if (output.empty()) return;
  const ssize_t count = send(socket_, output.data(), output.size(), MSG_NOSIGNAL);
  if (count > 0) output.erase(0, count);
  if (count < 0 && errno != EAGAIN && errno != EINTR) {
    Disconnect(absl::StrCat("the connection broke: ", ErrnoText(errno)), now);
  }
}

void SmppSender::Disconnect(const std::string& why, absl::Time now) {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  is_connecting_ = false;
  is_bound_ = false;
  if (why != last_failure_) LOG_WARNING("sms route {}: {}", route_, why);
  last_failure_ = why;
  client_.OnClosed(why);
  connect_at_ = now + WithJitter(reconnect_delay_);
  reconnect_delay_ = std::min(reconnect_delay_ * 2, kReconnectMax);
}

}  // namespace narada::control::sms
