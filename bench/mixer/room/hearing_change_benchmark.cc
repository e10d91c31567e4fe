// What does a listener hear of the change between its own mix and the common one, in a whole room?
//
// Input: a leg at 48 kHz says a tone of 440 Hz all the time; one with the codec in question says
// another tone for a while, falls silent, and goes from its own encoder to the common one; all that
// it hears is decoded.
//   changing_snr_db   the tone against all else in the worst 20 ms of a change, the median of them
//   worst_snr_db      of all changes
//   steady_snr_db     the same of a listener who never changes
//   Time              five seconds of the room
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "mixer/room/room_world.h"

namespace narada::mixer::room {
namespace {

constexpr codec::CodecFormat kL16{.id = codec::CodecId::kL16At48k, .payload_type = PayloadType(97)};

void HearingChange(benchmark::State& state, codec::CodecId id) {
  RoomWorld world({.id = {1}});
  world.Join(1, kL16);
  world.Join(2, {.id = id, .payload_type = PayloadType(96), .opus = {.bitrate_bps = 64'000}});
  world.Join(3, {.id = id, .payload_type = PayloadType(96), .opus = {.bitrate_bps = 64'000}});
  world.Say(1, 440, 6000);
  world.Tick(50);
  std::vector<double> changing_db;
  double steady_db = 200;
  for (auto _ : state) {
    world.Say(2, 1300, 6000);
    world.Tick(40);
    world.Say(2, 0, 0);
    world.Tick(10);
    world.Tick(200);
    changing_db.push_back(world.WorstToneSnr(2, 440, 4000));
    steady_db = std::min(steady_db, world.WorstToneSnr(3, 440, 4000));
    world.Forget(2);
    world.Forget(3);
  }
  std::sort(changing_db.begin(), changing_db.end());
  const double median_db = changing_db[changing_db.size() / 2];
  CHECK(median_db > 30 && changing_db.front() > 15) << "seams would be heard";
  state.counters["changing_snr_db"] = median_db;
  state.counters["worst_snr_db"] = changing_db.front();
  state.counters["steady_snr_db"] = steady_db;
}

BENCHMARK_CAPTURE(HearingChange, g722, codec::CodecId::kG722)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(HearingChange, opus, codec::CodecId::kOpus)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace narada::mixer::room

BENCHMARK_MAIN();
