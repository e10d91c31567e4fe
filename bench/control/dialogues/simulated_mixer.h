// A mixer without media: takes rooms, legs and playbacks over the gRPC of proto/narada/mixer/v1, and
// says what a mixer would say of them. Its legs press keys when they are told to.
//   SimulatedMixer mixer("127.0.0.1:50051", listener);
//   mixer.WaitForControl();               // it has uploaded its prompts and watches
//   mixer.Press("bench-17", '1');         // a telephone-event in the RTP of this leg
// A leg has for its id what stands behind "s=" in its SDP offer. Any thread.
#ifndef NARADA_BENCH_CONTROL_DIALOGUES_SIMULATED_MIXER_H_
#define NARADA_BENCH_CONTROL_DIALOGUES_SIMULATED_MIXER_H_

#include <memory>
#include <string>

namespace narada::bench {

// Called on gRPC's threads, with nothing locked; returns at once.
class LegListener {
 public:
  virtual ~LegListener() = default;
  // Words begin for the leg.
  virtual void OnPlay(const std::string& leg_id) = 0;
};

class SimulatedMixer {
 public:
  // `address` is HOST:PORT; `listener` outlives this object.
  SimulatedMixer(const std::string& address, LegListener& listener);
  ~SimulatedMixer();
  SimulatedMixer(const SimulatedMixer&) = delete;
  SimulatedMixer& operator=(const SimulatedMixer&) = delete;

  // False: it has not come within 20 s.
  bool WaitForControl();
  // What plays ends if it may be barged into; then the key is told.
  void Press(const std::string& leg_id, char digit);
  // What plays has been heard to its end.
  void EndPlayback(const std::string& leg_id);

 private:
  class State;
  class Services;

  const std::unique_ptr<State> state_;
  const std::unique_ptr<Services> services_;
};

}  // namespace narada::bench

#endif  // NARADA_BENCH_CONTROL_DIALOGUES_SIMULATED_MIXER_H_
