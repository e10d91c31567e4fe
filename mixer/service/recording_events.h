// What the recorder tells, for the API: recordings as protobufs, changes as events.
#ifndef NARADA_MIXER_SERVICE_RECORDING_EVENTS_H_
#define NARADA_MIXER_SERVICE_RECORDING_EVENTS_H_

#include "mixer/files/recorder.h"
#include "mixer/files/recording_info.h"
#include "mixer/service/mixer_state.h"
#include "narada/mixer/v1/recording.pb.h"

namespace narada::mixer::service {

v1::Recording ToProto(const files::RecordingInfo& info);

// Thread-safe.
class RecordingEvents final : public files::RecorderListener {
 public:
  explicit RecordingEvents(MixerState& state) : state_(state) {}
  void OnRecordingChanged(const files::RecordingInfo& info) override {
    state_.RecordingChanged(ToProto(info));
  }

 private:
  MixerState& state_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_RECORDING_EVENTS_H_
