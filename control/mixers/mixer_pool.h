// All the mixers: where a new call goes, and where an old one is.
//
//   MixerPool pool(targets, prompts);
//   pool.Start(listener);
//   std::shared_ptr<Mixer> mixer = pool.LeastLoaded();   // null: none is ready
//
// A call is placed on the ready mixer with the fewest legs, and stays there. Any thread.

#ifndef NARADA_CONTROL_MIXERS_MIXER_POOL_H_
#define NARADA_CONTROL_MIXERS_MIXER_POOL_H_

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "control/mixers/grpc_mixer.h"
#include "control/mixers/mixer.h"
#include "control/mixers/mixer_directory.h"
#include "control/mixers/prompt_files.h"

namespace narada::control::mixers {

struct MixerTarget {
  std::string address;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
};

class MixerPool final : public MixerDirectory {
 public:
  MixerPool(std::vector<MixerTarget> targets, std::vector<PromptFile> prompts);
  ~MixerPool() override;

  // `listener` lives until Stop.
  void Start(MixerListener& listener);
  void Stop();

  std::shared_ptr<Mixer> LeastLoaded() override;
  std::shared_ptr<Mixer> Find(absl::string_view address) override;
  std::vector<std::shared_ptr<Mixer>> All() override;

  struct Entry {
    std::string address;
    MixerStatus status;
  };
  std::vector<Entry> List() const;
  bool HasReady() const;

 private:
  const std::vector<PromptFile> prompts_;
  std::vector<std::shared_ptr<GrpcMixer>> mixers_;  // Fixed after construction.
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_POOL_H_
