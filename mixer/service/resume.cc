#include "mixer/service/resume.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"

namespace narada::mixer::service {
namespace {

// Each waits for a worker's steps most of its time.
constexpr size_t kThreadsMax = 32;

// How many of them came back.
size_t ResumeLegs(const std::vector<ResumableLeg>& kept, LegService& legs) {
  std::atomic<size_t> next{0};
  std::atomic<size_t> resumed{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < std::min(kThreadsMax, kept.size()); ++i) {
    threads.emplace_back([&] {
      for (size_t at = next++; at < kept.size(); at = next++) {
        const absl::Status status = legs.Resume(kept[at]);
        if (status.ok()) {
          ++resumed;
        } else {
          LOG_ERROR("leg {} does not go on: {}", kept[at].leg.leg_id(), status);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return resumed;
}

// Whom a leg does not wish to hear is kept by ids, and known to the room by numbers, which all legs
// have only now.
void ExcludeAgain(const std::vector<ResumableLeg>& kept, LegService& legs) {
  for (const ResumableLeg& leg : kept) {
    const v1::LegSettings& settings = leg.leg.settings();
    if (settings.excluded_leg_ids_size() == 0) continue;
    v1::UpdateLegRequest request;
    request.set_leg_id(leg.leg.leg_id());
    *request.mutable_settings()->mutable_excluded_leg_ids() = settings.excluded_leg_ids();
    request.mutable_update_mask()->add_paths("excluded_leg_ids");
    v1::UpdateLegResponse response;
    const grpc::Status status = legs.UpdateLeg(nullptr, &request, &response);
    if (!status.ok()) {
      LOG_WARNING("leg {} hears again whom it did not wish to: {}", leg.leg.leg_id(),
                  status.error_message());
    }
  }
}

}  // namespace

void ResumeLastLife(MixerContext& context, RoomService& rooms, LegService& legs) {
  StateKeeper* const keeper = context.state.keeper();
  if (keeper == nullptr) return;
  const absl::Time start = absl::Now();
  const LastLife last = keeper->TakeLastLife();
  size_t rooms_resumed = 0;
  for (const state_v1::RoomRecord& room : last.rooms) {
    const absl::Status status = rooms.Resume(room);
    if (status.ok()) {
      ++rooms_resumed;
      continue;
    }
    LOG_ERROR("room {} does not go on: {}", room.room().room_id(), status);
    keeper->ForgetRoom(room.room().room_id());
  }
  // Who spoke through a shared socket is bound to its worker, so their rooms are placed by them; then come the others.
  std::vector<ResumableLeg> bound;
  std::vector<ResumableLeg> free;
  for (const ResumableLeg& leg : last.legs) {
    (leg.dialog.is_on_shared_sockets() ? bound : free).push_back(leg);
  }
  const size_t legs_resumed = ResumeLegs(bound, legs) + ResumeLegs(free, legs);
  ExcludeAgain(last.legs, legs);
  keeper->KeepEpoch(context.state.epoch());
  if (last.epoch.empty()) return;
  context.state.ResumeFrom(last.epoch);
  LOG_WARNING("the mixer was killed and goes on: {} of {} rooms, {} of {} legs, after {} ms",
              rooms_resumed, last.rooms.size(), legs_resumed, last.legs.size(),
              absl::ToInt64Milliseconds(absl::Now() - start));
}

}  // namespace narada::mixer::service
