#include "sip/event_loop.h"

#include <sofia-sip/su.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"

namespace narada::sip {
namespace {

using Task = std::function<void()>;

// What a su_msg carries; sofia frees the bytes, the task behind it is ours.
struct Posted {
  Task* task;
};

}  // namespace

EventLoop::EventLoop() {
  CHECK(su_init() == 0) << "sofia-sip cannot start";
  root_ = su_root_create(nullptr);
  CHECK(root_ != nullptr) << "out of memory or descriptors at start";
  // The NUA runs in this thread too: no second stack, no lock.
  su_root_threading(root_, 0);
}

EventLoop::~EventLoop() {
  for (auto& [id, timer] : timers_) su_timer_destroy(timer->timer);
  su_root_destroy(root_);
  su_deinit();
}

void EventLoop::Post(Task task) {
  su_msg_r message = SU_MSG_R_INIT;
  if (su_msg_create(message, su_root_task(root_), su_task_null, &EventLoop::RunPosted,
                    sizeof(Posted)) != 0) {
    return;
  }
  reinterpret_cast<Posted*>(su_msg_data(message))->task = new Task(std::move(task));
  su_msg_send(message);
}

void EventLoop::RunPosted(su_root_magic_t*, su_msg_r, su_msg_arg_t* argument) {
  const std::unique_ptr<Task> task(reinterpret_cast<Posted*>(argument)->task);
  (*task)();
}

EventLoop::TimerId EventLoop::After(absl::Duration delay, std::function<void()> fire) {
  const TimerId id = next_timer_++;
  auto timer = std::make_unique<Timer>();
  timer->loop = this;
  timer->id = id;
  timer->fire = std::move(fire);
  const su_duration_t delay_ms = static_cast<su_duration_t>(
      std::max<int64_t>(1, absl::ToInt64Milliseconds(absl::Ceil(delay, absl::Milliseconds(1)))));
  timer->timer = su_timer_create(su_root_task(root_), delay_ms);
  CHECK(timer->timer != nullptr) << "sofia-sip's timers only fail without memory";
  su_timer_set(timer->timer, &EventLoop::FireTimer, timer.get());
  timers_.emplace(id, std::move(timer));
  return id;
}

void EventLoop::FireTimer(su_root_magic_t*, su_timer_t*, su_timer_arg_t* argument) {
  Timer* timer = static_cast<Timer*>(argument);
  EventLoop* loop = timer->loop;
  // Out of the table first: the callback may cancel it, or set others.
  auto node = loop->timers_.extract(timer->id);
  node.mapped()->fire();
  su_timer_destroy(node.mapped()->timer);
}

void EventLoop::Cancel(TimerId id) {
  auto found = timers_.find(id);
  if (found == timers_.end()) return;
  su_timer_destroy(found->second->timer);
  timers_.erase(found);
}

void EventLoop::Run() { su_root_run(root_); }

void EventLoop::Stop() { su_root_break(root_); }

}  // namespace narada::sip
