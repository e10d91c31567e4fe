#include "control/mixers/mixer_pool.h"

#include <utility>

namespace narada::control::mixers {

MixerPool::MixerPool(std::vector<MixerTarget> targets, std::vector<PromptFile> prompts)
    : prompts_(std::move(prompts)) {
  for (MixerTarget& target : targets) {
    mixers_.push_back(std::make_shared<GrpcMixer>(std::move(target.address),
                                                  std::move(target.credentials), prompts_));
  }
}

MixerPool::~MixerPool() { Stop(); }

void MixerPool::Start(MixerListener& listener) {
  for (const auto& mixer : mixers_) mixer->Start(listener);
}

void MixerPool::Stop() {
  for (const auto& mixer : mixers_) mixer->Stop();
}

std::shared_ptr<Mixer> MixerPool::LeastLoaded() {
  std::shared_ptr<Mixer> best;
  int fewest_legs = 0;
  for (const auto& mixer : mixers_) {
    const MixerStatus status = mixer->status();
    if (!status.is_ready || status.is_draining) continue;
    if (best && status.leg_count >= fewest_legs) continue;
    best = mixer;
    fewest_legs = status.leg_count;
  }
  return best;
}

std::shared_ptr<Mixer> MixerPool::Find(absl::string_view address) {
  for (const auto& mixer : mixers_) {
    if (mixer->address() == address) return mixer;
  }
  return nullptr;
}

std::vector<std::shared_ptr<Mixer>> MixerPool::All() {
  return std::vector<std::shared_ptr<Mixer>>(mixers_.begin(), mixers_.end());
}

std::vector<MixerPool::Entry> MixerPool::List() const {
  std::vector<Entry> entries;
  for (const auto& mixer : mixers_) entries.push_back({mixer->address(), mixer->status()});
  return entries;
}

bool MixerPool::HasReady() const {
  for (const auto& mixer : mixers_) {
    if (mixer->status().is_ready) return true;
  }
  return false;
}

}  // namespace narada::control::mixers
