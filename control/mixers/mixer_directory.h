// Where a new call goes, and where an old one is. MixerPool in the program; a test has its own.

#ifndef NARADA_CONTROL_MIXERS_MIXER_DIRECTORY_H_
#define NARADA_CONTROL_MIXERS_MIXER_DIRECTORY_H_

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "control/mixers/mixer.h"

namespace narada::control::mixers {

class MixerDirectory {
 public:
  virtual ~MixerDirectory() = default;
  // Null if no mixer is ready.
  virtual std::shared_ptr<Mixer> LeastLoaded() = 0;
  // Null if there is no mixer of this address.
  virtual std::shared_ptr<Mixer> Find(absl::string_view address) = 0;
  virtual std::vector<std::shared_ptr<Mixer>> All() = 0;
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_DIRECTORY_H_
