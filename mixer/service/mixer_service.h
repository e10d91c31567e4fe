// narada.mixer.v1.MixerService: what the mixer is, and how it is emptied. Thread-safe, as gRPC calls
// it.
#ifndef NARADA_MIXER_SERVICE_MIXER_SERVICE_H_
#define NARADA_MIXER_SERVICE_MIXER_SERVICE_H_

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "mixer/service/mixer_context.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"

namespace narada::mixer::service {

class MixerService final : public v1::MixerService::Service {
 public:
  // `on_drain_changed` hears whether the mixer drains (health follows it).
  MixerService(MixerContext& context, std::function<void(bool)> on_drain_changed);

  grpc::Status GetMixer(grpc::ServerContext* call, const v1::GetMixerRequest* request,
                        v1::GetMixerResponse* response) override;
  grpc::Status DrainMixer(grpc::ServerContext* call, const v1::DrainMixerRequest* request,
                          v1::DrainMixerResponse* response) override;

  // Takes nothing new from now on. With a finite `grace` the legs that are left after it are removed.
  void Drain(absl::Duration grace);
  void CancelDrain();

  // True once a drain was asked for that ends the process, and it is over: the last leg left, or
  // the grace did. To be asked every 100 ms or so.
  bool IsDrained();

 private:
  v1::Mixer Describe() const;

  MixerContext& context_;
  const std::function<void(bool)> on_drain_changed_;
  const absl::Time start_time_;
  absl::Mutex mutex_;
  absl::Time drain_deadline_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_MIXER_SERVICE_H_
