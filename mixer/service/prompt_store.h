// The prompts that clients handed over: decoded once, kept in memory, shared by all who play them.
//   absl::StatusOr<v1::Prompt> prompt = prompts.Add("menu_pl-3f2a", PROMPT_FORMAT_WAV, content);
//   ASSIGN_OR_RETURN(media::PromptPointer pointer, prompts.Find("menu_pl-3f2a"));
//   prompts.Prepare({"menu_pl-3f2a"}, room_rate);      // so that no worker has to resample
// Thread-safe. A prompt that is deleted lives on until the last who plays it has ended.
#ifndef NARADA_MIXER_SERVICE_PROMPT_STORE_H_
#define NARADA_MIXER_SERVICE_PROMPT_STORE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "mixer/media/playback_plan.h"
#include "mixer/units/sample_count.h"
#include "narada/mixer/v1/playback.pb.h"

namespace narada::mixer::service {

class PromptStore {
 public:
  // Holds up to `bytes_max` of decoded samples, those prepared for further rates included.
  PromptStore(const Clock& clock, uint64_t bytes_max) : clock_(clock), bytes_max_(bytes_max) {}

  // Repeating the same content changes nothing. Errors: INVALID_ARGUMENT / FIELD_INVALID |
  // PROMPT_DAMAGED, ALREADY_EXISTS / PROMPT_EXISTS, RESOURCE_EXHAUSTED / PROMPTS_FULL.
  absl::StatusOr<v1::Prompt> Add(const std::string& id, v1::PromptFormat format,
                                 absl::string_view content);
  // The same without the silence around it. Also FAILED_PRECONDITION / RECORDING_SILENT.
  absl::StatusOr<v1::Prompt> AddTrimmed(const std::string& id, v1::PromptFormat format,
                                        absl::string_view content);
  // Errors: NOT_FOUND / PROMPT_UNKNOWN.
  absl::StatusOr<media::PromptPointer> Find(absl::string_view id) const;
  // Makes the samples at this rate of those prompts that are there, as far as memory is left: without
  // them a worker resamples while it plays.
  void Prepare(const std::vector<std::string>& ids, SampleRate rate);
  absl::Status Delete(absl::string_view id);
  std::vector<v1::Prompt> List(absl::string_view after, size_t max) const;
  size_t Count() const;

 private:
  absl::StatusOr<v1::Prompt> Add(const std::string& id, v1::PromptFormat format,
                                 absl::string_view content, bool is_trimmed);

  struct Entry {
    v1::Prompt proto;
    media::PromptPointer prompt;
    std::string content_hash;
  };

  const Clock& clock_;
  const uint64_t bytes_max_;
  absl::Mutex prepare_mutex_;  // Held while samples are made; before mutex_.
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry, std::less<>> prompts_ ABSL_GUARDED_BY(mutex_);
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_PROMPT_STORE_H_
