#include "mixer/service/prompt_store.h"

#include <nettle/sha2.h>

#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/media/decoded_audio.h"
#include "mixer/media/ogg_opus.h"
#include "mixer/media/prompt.h"
#include "mixer/media/trim.h"
#include "mixer/media/wav.h"
#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

std::string Sha256(absl::string_view content) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, content.size(), reinterpret_cast<const uint8_t*>(content.data()));
  std::string digest(SHA256_DIGEST_SIZE, '\0');
  sha256_digest(&context, digest.size(), reinterpret_cast<uint8_t*>(digest.data()));
  return digest;
}

absl::Status Unknown(absl::string_view id) {
  return ErrorWithReason(absl::StatusCode::kNotFound, "PROMPT_UNKNOWN",
                         absl::StrCat("prompt ", id, " was not uploaded, or was deleted"));
}

}  // namespace

absl::StatusOr<v1::Prompt> PromptStore::Add(const std::string& id, v1::PromptFormat format,
                                            absl::string_view content) {
  return Add(id, format, content, /*is_trimmed=*/false);
}

absl::StatusOr<v1::Prompt> PromptStore::AddTrimmed(const std::string& id, v1::PromptFormat format,
                                                   absl::string_view content) {
  return Add(id, format, content, /*is_trimmed=*/true);
}

absl::StatusOr<v1::Prompt> PromptStore::Add(const std::string& id, v1::PromptFormat format,
                                            absl::string_view content, bool is_trimmed) {
  RETURN_IF_ERROR(CheckLowerCaseId("header.prompt_id", id));
  if (format != v1::PROMPT_FORMAT_WAV && format != v1::PROMPT_FORMAT_OGG_OPUS) {
    return InvalidField("header.format", "FIELD_INVALID", "must name a format");
  }
  const std::string hash = Sha256(content);
  {
    absl::MutexLock lock(&mutex_);
    const auto found = prompts_.find(id);
    if (found != prompts_.end()) {
      if (found->second.content_hash == hash) return found->second.proto;
      return ErrorWithReason(absl::StatusCode::kAlreadyExists, "PROMPT_EXISTS",
                             absl::StrCat("prompt ", id, " has other content; choose another id"));
    }
  }
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(content.data()),
                                       content.size());
  const size_t samples_max = bytes_max_ / sizeof(int16_t);
  ASSIGN_OR_RETURN(media::DecodedAudio audio, format == v1::PROMPT_FORMAT_WAV
                                                  ? media::ParseWav(bytes)
                                                  : media::ParseOggOpus(bytes, samples_max));
  if (is_trimmed && !media::TrimSilence(audio)) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_SILENT",
                           "nothing is said in the recording");
  }
  const media::PromptPointer prompt = media::Prompt::From(audio);

  Entry entry;
  entry.prompt = prompt;
  entry.content_hash = hash;
  entry.proto.set_prompt_id(id);
  entry.proto.set_format(format);
  *entry.proto.mutable_duration() = ToDuration(prompt->duration());
  entry.proto.set_memory_bytes(prompt->memory_bytes());
  *entry.proto.mutable_upload_time() = ToTimestamp(clock_.Now());
  const v1::Prompt proto = entry.proto;

  absl::MutexLock lock(&mutex_);
  if (bytes_ + proto.memory_bytes() > bytes_max_) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "PROMPTS_FULL",
                           absl::StrCat("decoded prompts may take ", bytes_max_,
                                        " bytes (prompt_bytes_max); ", "delete some"));
  }
  if (prompts_.emplace(id, std::move(entry)).second) bytes_ += proto.memory_bytes();
  return proto;
}

absl::StatusOr<media::PromptPointer> PromptStore::Find(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = prompts_.find(id);
  if (found == prompts_.end()) return Unknown(id);
  return found->second.prompt;
}

void PromptStore::Prepare(const std::vector<std::string>& ids, SampleRate rate) {
  absl::MutexLock prepare_lock(&prepare_mutex_);
  for (const std::string& id : ids) {
    media::PromptPointer prompt;
    {
      absl::MutexLock lock(&mutex_);
      const auto found = prompts_.find(id);
      if (found == prompts_.end()) continue;
      prompt = found->second.prompt;
      const size_t bytes = prompt->BytesToPrepare(rate);
      if (bytes_ + bytes > bytes_max_) continue;
      bytes_ += bytes;  // Taken before it is used; Delete() gives back what the entry says.
      found->second.proto.set_memory_bytes(found->second.proto.memory_bytes() + bytes);
    }
    prompt->Prepare(rate);
  }
}

absl::Status PromptStore::Delete(absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  const auto found = prompts_.find(id);
  if (found == prompts_.end()) return Unknown(id);
  bytes_ -= found->second.proto.memory_bytes();
  prompts_.erase(found);
  return absl::OkStatus();
}

std::vector<v1::Prompt> PromptStore::List(absl::string_view after, size_t max) const {
  absl::MutexLock lock(&mutex_);
  std::vector<v1::Prompt> page;
  for (auto it = prompts_.upper_bound(after); it != prompts_.end() && page.size() < max; ++it) {
    page.push_back(it->second.proto);
  }
  return page;
}

size_t PromptStore::Count() const {
  absl::MutexLock lock(&mutex_);
  return prompts_.size();
}

}  // namespace narada::mixer::service
