#include "tests/phone/phone_loop.h"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace narada::phone {
namespace {

// Out of descriptors is the only way these calls fail, and no test can go on without them.
int OrDie(int fd, const char* what) {
  if (fd < 0) {
    perror(what);
    abort();
  }
  return fd;
}

}  // namespace

PhoneLoop::PhoneLoop()
    : epoll_fd_(OrDie(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timer_fd_(
          OrDie(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")),
      wake_fd_(OrDie(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
  for (int fd : {timer_fd_, wake_fd_}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    OrDie(epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  thread_ = std::thread([this] { Run(); });
}

PhoneLoop::~PhoneLoop() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  uint64_t one = 1;
  (void)!write(wake_fd_, &one, sizeof(one));
  thread_.join();
  close(wake_fd_);
  close(timer_fd_);
  close(epoll_fd_);
}

absl::Duration PhoneLoop::Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

void PhoneLoop::Watch(int fd, std::function<void()> readable, bool or_writable) {
  epoll_event event{};
  event.events = EPOLLIN | (or_writable ? EPOLLOUT : 0u);
  event.data.fd = fd;
  const bool is_new = watched_.find(fd) == watched_.end();
  watched_[fd] = std::make_shared<std::function<void()>>(std::move(readable));
  OrDie(epoll_ctl(epoll_fd_, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
}

void PhoneLoop::Unwatch(int fd) {
  if (watched_.erase(fd) > 0) epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
}

PhoneLoop::TimerId PhoneLoop::At(absl::Duration due, std::function<void()> fire) {
  const TimerId id = next_timer_++;
  timers_.emplace(std::make_pair(due, id), std::move(fire));
  timer_due_[id] = due;
  if (timers_.begin()->first.second == id) ArmTimer();
  return id;
}

void PhoneLoop::Cancel(TimerId id) {
  auto due = timer_due_.find(id);
  if (due == timer_due_.end()) return;
  timers_.erase({due->second, id});
  timer_due_.erase(due);
}

void PhoneLoop::ArmTimer() {
  itimerspec spec{};
  if (!timers_.empty()) {
    // An all-zero time would disarm, so the past is the first nanosecond.
    const absl::Duration due = std::max(timers_.begin()->first.first, absl::Nanoseconds(1));
    spec.it_value = absl::ToTimespec(due);
  }
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void PhoneLoop::FireDueTimers() {
  while (!timers_.empty() && timers_.begin()->first.first <= Now()) {
    auto node = timers_.extract(timers_.begin());
    timer_due_.erase(node.key().second);
    node.mapped()();
  }
  ArmTimer();
}

void PhoneLoop::Run() {
  // The instrument must not be what is late. Where the machine does not allow it, it does without.
  const sched_param priority{.sched_priority = 1};
  if (pthread_setschedparam(pthread_self(), SCHED_RR, &priority) != 0) {
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), -15);
  }
  std::array<epoll_event, 64> events;
  while (true) {
    const int count = epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) OrDie(-1, "epoll_wait");
    absl::MutexLock lock(&mutex_);
    if (is_stopping_) return;
    // Timers first: sending on time matters more than reading at once.
    FireDueTimers();
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == timer_fd_ || fd == wake_fd_) {
        uint64_t drained;
        (void)!read(fd, &drained, sizeof(drained));
        continue;
      }
      // A callback may unwatch any descriptor, its own too: hold on to what is being called.
      auto watched = watched_.find(fd);
      if (watched == watched_.end()) continue;
      const std::shared_ptr<std::function<void()>> readable = watched->second;
      (*readable)();
    }
    FireDueTimers();
  }
}

}  // namespace narada::phone
