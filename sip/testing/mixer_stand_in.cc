#include "sip/testing/mixer_stand_in.h"

#include "base/check.h"
#include "tests/phone/sdp.h"

namespace narada::sip {

namespace pb = control::v1;

std::vector<FakeControl::Response> MixerStandIn::React(const FakeControl::Request& event) {
  absl::MutexLock lock(&mutex_);
  FakeControl::Response response;
  response.set_call_id(event.call_id());
  switch (event.event_case()) {
    case FakeControl::Request::kOffered: {
      auto media = phone::MediaSession::Open(loop_, {}).value();
      media->SayTones({{1000, -20}});
      const std::string& offer = event.offered().sdp_offer();
      const absl::Status started = offer.empty() ? absl::OkStatus() : media->Start(offer);
      if (!started.ok()) {
        pb::RejectCall& reject = *response.mutable_reject();
        reject.set_reason(started.message() == "no common codec"
                              ? pb::REJECT_REASON_MEDIA_UNACCEPTABLE
                              : pb::REJECT_REASON_MEDIA_INVALID);
        reject.set_text(std::string(started.message()));
        return {response};
      }
      response.mutable_answer()->set_sdp(media->LocalSdp());
      calls_[event.call_id()] = std::move(media);
      return {response};
    }
    case FakeControl::Request::kAnswered:
      CHECK(calls_.at(event.call_id())->Start(event.answered().sdp_answer()).ok()) << "bad answer";
      return {};
    case FakeControl::Request::kMediaOffered: {
      phone::MediaSession& media = *calls_.at(event.call_id());
      const std::string& offer = event.media_offered().sdp_offer();
      if (!offer.empty() && !media.Start(offer).ok()) {
        response.mutable_reject_media()->set_reason(pb::REJECT_REASON_MEDIA_INVALID);
        return {response};
      }
      response.mutable_answer_media()->set_sdp(media.LocalSdp(
          phone::AnswerDirection(offer.empty() ? "sendrecv" : media.remote_direction())));
      return {response};
    }
    case FakeControl::Request::kMediaAnswered:
      if (!event.media_answered().is_refused()) {
        (void)calls_.at(event.call_id())->Start(event.media_answered().sdp_answer());
      }
      return {};
    case FakeControl::Request::kEnded:
    case FakeControl::Request::kFailed:
      calls_.erase(event.call_id());
      return {};
    default:
      return {};
  }
}

phone::MediaSession& MixerStandIn::media(const std::string& call_id) {
  absl::MutexLock lock(&mutex_);
  return *calls_.at(call_id);
}

}  // namespace narada::sip
