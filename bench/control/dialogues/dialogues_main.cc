// How long do callers wait for words after a key, while so many dialogues are under way? We are the
// gateway and the mixer of a control that is measured, both over gRPC; the callers' legs are simulated.
//   dialogues --control=127.0.0.1:50061 --listen=127.0.0.1:50051 --calls=1000 --seconds=20
// A wait begins before the key leaves us and ends when the order to play comes: our own delays count,
// too. The last line of output is one JSON object, of times in milliseconds. Exit code 0: measured,
// whatever the result.
#include <stdio.h>

#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "bench/control/dialogues/callers.h"
#include "bench/control/dialogues/simulated_mixer.h"

ABSL_FLAG(std::string, control, "", "Its gRPC address.");
ABSL_FLAG(std::string, listen, "", "HOST:PORT of the mixer that we are, which control was told.");
ABSL_FLAG(int, calls, 1000, "In progress at a time.");
ABSL_FLAG(double, seconds, 20, "Of pressing keys.");

namespace narada::bench {
namespace {

std::string Summary(const std::vector<double>& ms) {
  if (ms.empty()) return "{\"count\": 0}";
  const auto at = [&](double share) {
    return ms[static_cast<size_t>(share * static_cast<double>(ms.size() - 1))];
  };
  return absl::StrFormat("{\"count\": %d, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}",
                         ms.size(), at(0.5), at(0.99), ms.back());
}

int Run() {
  Callers callers(absl::GetFlag(FLAGS_control), {.calls = absl::GetFlag(FLAGS_calls)});
  SimulatedMixer mixer(absl::GetFlag(FLAGS_listen), callers);
  if (!mixer.WaitForControl() || !callers.BeginCalls(mixer)) {
    fprintf(stderr, "control does not take the calls\n");
    return 1;
  }
  callers.PressKeys(absl::Seconds(absl::GetFlag(FLAGS_seconds)));
  using Wait = Callers::Wait;
  const auto summary = [&](const std::vector<Wait>& kinds) {
    return Summary(callers.WaitsMs(kinds));
  };
  printf(
      "{\"calls\": %d, \"lost\": %d, \"keys\": %s, \"keys_in_rtp\": %s, \"keys_by_signaling\": %s, "
      "\"reservations\": %s, \"answers\": %s}\n",
      absl::GetFlag(FLAGS_calls), callers.CountLost(),
      summary({Wait::kAfterRtpKey, Wait::kAfterSignalKey, Wait::kReservation}).c_str(),
      summary({Wait::kAfterRtpKey}).c_str(), summary({Wait::kAfterSignalKey}).c_str(),
      summary({Wait::kReservation}).c_str(), summary({Wait::kAnswer}).c_str());
  return 0;
}

}  // namespace
}  // namespace narada::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return narada::bench::Run();
}
