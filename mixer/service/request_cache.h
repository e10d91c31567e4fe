// Makes a creation repeatable: the first request with an id creates, every later one with the same
// id gets the same answer, also while the first is still being made. A failure is forgotten, so that
// it can be tried again.
//   RequestCache<v1::AddLegResponse> cache(16384);
//   return cache.Run(request.request_id(), [&] { return Create(request); });
//   cache.Remember(request_id, response);      // of an earlier life of this process
// Thread-safe. An empty id is never remembered. The oldest answers are forgotten first. Answers are
// protobuf messages, kept encoded.
#ifndef NARADA_MIXER_SERVICE_REQUEST_CACHE_H_
#define NARADA_MIXER_SERVICE_REQUEST_CACHE_H_

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "mixer/service/encoded.h"

namespace narada::mixer::service {

template <typename Response>
class RequestCache {
 public:
  explicit RequestCache(size_t answers_max) : answers_max_(answers_max) {}

  absl::StatusOr<Response> Run(const std::string& request_id,
                               absl::FunctionRef<absl::StatusOr<Response>()> create) {
    if (request_id.empty()) return create();
    std::shared_ptr<Answer> answer;
    bool is_first = false;
    {
      absl::MutexLock lock(&mutex_);
      std::shared_ptr<Answer>& slot = answers_[request_id];
      if (slot == nullptr) {
        slot = std::make_shared<Answer>();
        is_first = true;
        in_order_.push_back(request_id);
      }
      answer = slot;
      ForgetOldest();
    }
    if (!is_first) {
      answer->is_there.WaitForNotification();
      return answer->Read();
    }
    absl::StatusOr<Response> response = create();
    answer->Write(response);
    if (!response.ok()) {
      absl::MutexLock lock(&mutex_);
      const auto found = answers_.find(request_id);
      if (found != answers_.end() && found->second == answer) {
        answers_.erase(found);
        in_order_.erase(std::find(in_order_.begin(), in_order_.end(), request_id));
      }
    }
    answer->is_there.Notify();
    return response;
  }

  // As if a request with this id had been answered so.
  void Remember(const std::string& request_id, Response response) {
    if (request_id.empty()) return;
    auto answer = std::make_shared<Answer>();
    answer->Write(std::move(response));
    answer->is_there.Notify();
    absl::MutexLock lock(&mutex_);
    if (!answers_.emplace(request_id, std::move(answer)).second) return;
    in_order_.push_back(request_id);
    ForgetOldest();
  }

 private:
  struct Answer {
    absl::Notification is_there;
    absl::StatusOr<Encoded<Response>> encoded;

    void Write(const absl::StatusOr<Response>& response) {
      if (response.ok()) {
        encoded.emplace(*response);
      } else {
        encoded = response.status();
      }
    }
    absl::StatusOr<Response> Read() const {
      if (!encoded.ok()) return encoded.status();
      return encoded->Decode();
    }
  };

  void ForgetOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (in_order_.size() > answers_max_) {
      answers_.erase(in_order_.front());
      in_order_.pop_front();
    }
  }

  const size_t answers_max_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Answer>> answers_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> in_order_ ABSL_GUARDED_BY(mutex_);  // Oldest first.
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_REQUEST_CACHE_H_
