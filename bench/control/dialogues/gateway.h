// A signaling service whose calls have no media: one stream of SignalingService.Signal.
//   Gateway gateway("127.0.0.1:50061", listener);
//   gateway.Offer("bench-17", "+48608608608", "+48602000017");
//   gateway.Press("bench-17", '1');
// An answer is confirmed by itself. Any thread.
#ifndef NARADA_BENCH_CONTROL_DIALOGUES_GATEWAY_H_
#define NARADA_BENCH_CONTROL_DIALOGUES_GATEWAY_H_

#include <memory>
#include <string>

namespace narada::bench {

// Called on gRPC's threads, with nothing locked; returns at once.
class CallListener {
 public:
  virtual ~CallListener() = default;
  virtual void OnAnswered(const std::string& call_id) = 0;
  // Control refused the call, or hung up.
  virtual void OnEnded(const std::string& call_id) = 0;
};

class Gateway {
 public:
  // `listener` outlives this object.
  Gateway(const std::string& control_address, CallListener& listener);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // The SDP offer names the call as its session.
  void Offer(const std::string& call_id, const std::string& called, const std::string& calling);
  void Press(const std::string& call_id, char digit);
  void HangUp(const std::string& call_id);

 private:
  class Stream;

  const std::unique_ptr<Stream> stream_;
};

}  // namespace narada::bench

#endif  // NARADA_BENCH_CONTROL_DIALOGUES_GATEWAY_H_
