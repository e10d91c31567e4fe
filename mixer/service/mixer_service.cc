#include "mixer/service/mixer_service.h"

#include <utility>

#include "mixer/codec/codec_traits.h"
#include "mixer/dsp/kernels.h"
#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

constexpr char kVersion[] = "0.1";

}  // namespace

MixerService::MixerService(MixerContext& context, std::function<void(bool)> on_drain_changed)
    : context_(context),
      on_drain_changed_(std::move(on_drain_changed)),
      start_time_(context.clock.Now()) {}

grpc::Status MixerService::GetMixer(grpc::ServerContext*, const v1::GetMixerRequest*,
                                    v1::GetMixerResponse* response) {
  *response->mutable_mixer() = Describe();
  return grpc::Status::OK;
}

grpc::Status MixerService::DrainMixer(grpc::ServerContext*, const v1::DrainMixerRequest* request,
                                      v1::DrainMixerResponse* response) {
  if (request->cancel()) {
    CancelDrain();
  } else {
    Drain(request->has_grace() ? absl::Nanoseconds(FromDuration(request->grace()).nanoseconds())
                               : absl::InfiniteDuration());
  }
  *response->mutable_mixer() = Describe();
  return grpc::Status::OK;
}

void MixerService::Drain(absl::Duration grace) {
  {
    absl::MutexLock lock(&mutex_);
    drain_deadline_ = context_.clock.Now() + grace;
  }
  if (context_.is_draining.exchange(true)) return;
  context_.state.DrainingChanged(true);
  on_drain_changed_(true);
}

void MixerService::CancelDrain() {
  if (!context_.is_draining.exchange(false)) return;
  context_.state.DrainingChanged(false);
  on_drain_changed_(false);
}

bool MixerService::IsDrained() {
  if (!context_.is_draining.load()) return false;
  if (context_.state.CountLegs() == 0) return true;
  absl::Time deadline;
  {
    absl::MutexLock lock(&mutex_);
    deadline = drain_deadline_;
  }
  if (context_.clock.Now() < deadline) return false;
  EndLegs(context_, "", v1::LEG_REMOVAL_REASON_MIXER_DRAINED);
  return true;
}

v1::Mixer MixerService::Describe() const {
  v1::Mixer mixer;
  mixer.set_epoch(context_.state.epoch());
  mixer.set_version(kVersion);
  *mixer.mutable_start_time() = ToTimestamp(start_time_);
  for (int i = 0; i < context_.engine.workers(); ++i) {
    const engine::WorkerFigures figures = context_.engine.FiguresOf(i);
    v1::Worker& worker = *mixer.add_workers();
    worker.set_index(static_cast<uint32_t>(i));
    worker.set_room_count(figures.rooms_due);
    worker.set_leg_count(figures.legs);
    worker.set_load(static_cast<float>(figures.load));
    worker.set_ticks_late(figures.ticks_late);
    worker.set_ticks_missed(figures.ticks_missed);
    worker.set_encodes(figures.encodes);
  }
  for (const codec::CodecId id : context_.settings.codecs.preference) {
    mixer.add_encoding_names(codec::EncodingName(id));
  }
  mixer.set_rtp_address(context_.settings.advertised_ip.ToString());
  mixer.set_is_draining(context_.is_draining.load());
  mixer.set_prompt_count(static_cast<uint32_t>(context_.prompts.Count()));
  mixer.set_kernel(dsp::Kernels::Best().name);
  if (context_.shared_sockets != nullptr) {
    mixer.set_shared_sockets_per_worker(
        static_cast<uint32_t>(context_.shared_sockets->per_worker()));
  }
  return mixer;
}

}  // namespace narada::mixer::service
