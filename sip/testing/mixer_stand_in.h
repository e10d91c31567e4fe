#ifndef NARADA_SIP_TESTING_MIXER_STAND_IN_H_
#define NARADA_SIP_TESTING_MIXER_STAND_IN_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "sip/testing/fake_control.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

namespace narada::sip {

// What FakeControl needs to answer calls with real media: one MediaSession of the test phone per
// call in place of the mixer. Each says a tone of 1000 Hz at -20 dBov.
//   control.SetReaction([&](const auto& event) { return mixer.React(event); });
class MixerStandIn {
 public:
  explicit MixerStandIn(phone::PhoneLoop& loop) : loop_(loop) {}

  // Answers CallOffered (offers for a late offer) and MediaOffered, takes answers to offers, forgets
  // ended calls; rejects SDP it cannot read with MEDIA_INVALID, without a common codec with
  // MEDIA_UNACCEPTABLE.
  std::vector<FakeControl::Response> React(const FakeControl::Request& event);

  // The media of a call that is up.
  phone::MediaSession& media(const std::string& call_id);

 private:
  phone::PhoneLoop& loop_;
  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<phone::MediaSession>> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace narada::sip

#endif  // NARADA_SIP_TESTING_MIXER_STAND_IN_H_
