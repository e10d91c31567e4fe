// The mixers that mixer_contract_test.cc asks: a FakeMixer, and a GrpcMixer with the real mixer behind
// it, a process of its own.
//
//   const std::unique_ptr<MixerSubject> subject = NewRealSubject(recorder);
//
// The recorders outlive the subject. One thread.

#ifndef NARADA_CONTROL_MIXERS_MIXER_SUBJECT_H_
#define NARADA_CONTROL_MIXERS_MIXER_SUBJECT_H_

#include <memory>
#include <string>

#include "control/mixers/mixer.h"
#include "control/mixers/mixer_recorder.h"

namespace narada::control::mixers {

// The id of the one prompt that a subject has; it lasts 100 ms.
inline constexpr char kSubjectPrompt[] = "beep-0123";

// A mixer, and what a test does to it from behind control's back.
class MixerSubject {
 public:
  virtual ~MixerSubject() = default;
  virtual Mixer& mixer() = 0;
  // One more control connects. For the fake it takes the place of the first.
  virtual void Watch(MixerRecorder& recorder) = 0;
  // What plays to the leg comes to its end. A real one's prompt does by itself.
  virtual void LetPlaybackEnd(const std::string& leg_id) = 0;
  // Dies without a word and is started anew.
  virtual void Restart() = 0;
  // Checks that it leaves in order.
  virtual void Stop() = 0;
};

std::unique_ptr<MixerSubject> NewFakeSubject(MixerRecorder& recorder);
std::unique_ptr<MixerSubject> NewRealSubject(MixerRecorder& recorder);

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_SUBJECT_H_
