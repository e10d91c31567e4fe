#ifndef NARADA_SIP_EVENT_LOOP_H_
#define NARADA_SIP_EVENT_LOOP_H_

#include <sofia-sip/su_wait.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "absl/time/time.h"

namespace narada::sip {

// The gateway's one thread: sofia-sip's root, on which all SIP and all call state runs.
//   EventLoop loop;                       // on the thread that will run it
//   loop.Post([&] { ... });               // from any thread
//   loop.Run();                           // until Stop
// Post is the only function for other threads; everything else belongs to the thread of Run.
class EventLoop {
 public:
  using TimerId = uint64_t;  // 0 is none.

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  su_root_t* root() { return root_; }

  // Runs `task` on the loop's thread, after what was posted before. Dropped if the loop never runs
  // again.
  void Post(std::function<void()> task);

  TimerId After(absl::Duration delay, std::function<void()> fire);
  void Cancel(TimerId id);  // Of a timer that has fired, or of none: nothing.

  void Run();
  void Stop();

 private:
  struct Timer {
    EventLoop* loop;
    TimerId id;
    su_timer_t* timer;
    std::function<void()> fire;
  };

  static void RunPosted(su_root_magic_t* magic, su_msg_r message, su_msg_arg_t* argument);
  static void FireTimer(su_root_magic_t* magic, su_timer_t* timer, su_timer_arg_t* argument);

  su_root_t* root_;
  TimerId next_timer_ = 1;
  std::unordered_map<TimerId, std::unique_ptr<Timer>> timers_;
};

}  // namespace narada::sip

#endif  // NARADA_SIP_EVENT_LOOP_H_
