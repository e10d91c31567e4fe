#ifndef NARADA_SIP_CONTROL_LINK_H_
#define NARADA_SIP_CONTROL_LINK_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "base/rpc/credentials.h"
#include "narada/control/v1/signaling.grpc.pb.h"
#include "sip/call_messages.h"
#include "sip/event_loop.h"

namespace narada::sip {

// The stream to control: keeps it open, opens it again with growing pauses, announces the calls in
// progress each time. Two threads of its own read and write; everything public, and the Listener,
// belongs to the EventLoop's thread.
//   auto link = ControlLink::Create(loop, options, listener);
//   link->Start();
//   link->Send(event);   // after OnAnnounce, in order
// Events sent while there is no stream are dropped: the next Hello tells control what is left.
class ControlLink {
 public:
  struct Options {
    std::string target = "127.0.0.1:50061";
    RpcTlsFiles tls;
    std::string gateway_id;
    std::string software = "narada-sip 0.1";
  };

  class Listener {
   public:
    virtual ~Listener() = default;
    // A new stream begins: which calls are to be announced. Send works from here on.
    virtual std::vector<std::string> CallsToAnnounce() = 0;
    virtual void OnControlUp() = 0;    // Control has welcomed us.
    virtual void OnControlDown() = 0;  // After OnControlUp only.
    virtual void OnCommand(const CallCommand& command) = 0;
  };

  // INVALID_ARGUMENT / FAILED_PRECONDITION for TLS files that do not fit (base/rpc/credentials.h).
  static absl::StatusOr<std::unique_ptr<ControlLink>> Create(EventLoop& loop, Options options,
                                                             Listener& listener);
  ~ControlLink();  // Stops.

  void Start();
  void Send(const CallEvent& event);
  // Gives what was sent a moment to leave, closes the stream and ends the threads.
  void Stop();

 private:
  using Stream = grpc::ClientReaderWriter<control::v1::SignalRequest, control::v1::SignalResponse>;

  ControlLink(EventLoop& loop, Options options, Listener& listener,
              std::shared_ptr<grpc::Channel> channel);

  void KeepOpen();  // The reading thread.
  // Waits so long, or until control can be reached again. False: Stop() was called.
  bool Pause(std::chrono::milliseconds pause);
  bool RunStream(uint64_t generation);  // True if control welcomed us.
  void WriteAll(Stream& stream);        // The writing thread of one stream.
  void Enqueue(control::v1::SignalRequest request);
  // On the loop's thread; nothing if the stream is gone by then.
  void Announce(uint64_t generation);
  void Deliver(uint64_t generation, control::v1::SignalResponse response);
  void Down(uint64_t generation);

  EventLoop& loop_;
  const Options options_;
  Listener& listener_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<control::v1::SignalingService::Stub> stub_;
  std::thread thread_;
  // Posted tasks may outlive us; they look here first. Loop's thread.
  const std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);

  // Loop's thread.
  uint64_t announced_ = 0;  // Generation of the stream that Send feeds; 0: none.
  bool is_up_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  bool is_stopping_ = false;
  bool is_broken_ = true;  // The current stream, if any, has ended: the writer leaves.
  std::deque<control::v1::SignalRequest> queue_;
  bool is_writing_ = false;
  grpc::ClientContext* context_ = nullptr;  // Of the current stream.
};

}  // namespace narada::sip

#endif  // NARADA_SIP_CONTROL_LINK_H_
