#include "mixer/engine/placement.h"

#include <vector>

#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::mixer::engine {
namespace {

TEST(Placement, ARoomGoesToTheLeastLoadedWorker) {
  const std::vector<WorkerLoad> loads = {{0.5, 1000, 1000}, {0.2, 400, 400}, {0.3, 600, 600}};
  EXPECT_EQ(ChooseWorker(loads, -1), 1);
}

TEST(Placement, LegsThatCameSinceTheMeasurementCount) {
  // Both measured idle; 500 legs were just added to the first.
  const std::vector<WorkerLoad> loads = {{0.01, 0, 500}, {0.02, 0, 0}};
  EXPECT_EQ(ChooseWorker(loads, -1), 1);
}

TEST(Placement, ALegStaysNearWhereThatIsAboutAsGood) {
  EXPECT_EQ(ChooseWorker(std::vector<WorkerLoad>{{0.20, 500, 500}, {0.23, 550, 550}}, 1), 1);
  EXPECT_EQ(ChooseWorker(std::vector<WorkerLoad>{{0.20, 500, 500}, {0.40, 900, 900}}, 1), 0);
}

TEST(Admission, ALoadedWorkerRefusesWithATimeToRetry) {
  const AdmissionLimits limits = {.load_max = 0.8, .legs_max = 10'000};
  EXPECT_TRUE(Admit({0.5, 1000, 1000}, limits).ok());
  const absl::Status refused = Admit({0.81, 1500, 1500}, limits);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "MIXER_FULL");
  EXPECT_TRUE(RetryAfterOf(refused).has_value());
}

TEST(Admission, ABurstIsRefusedBeforeItsLoadCanBeMeasured) {
  const AdmissionLimits limits = {.load_max = 0.8, .legs_max = 10'000};
  // 1,000 legs cost 0.5; 700 more came within the last second.
  EXPECT_FALSE(Admit({0.5, 1000, 1700}, limits).ok());
}

TEST(Admission, AFewLegsThatCostMuchAreReckonedWithBeforeThereAreAHundred) {
  const AdmissionLimits limits = {.load_max = 0.8, .legs_max = 10'000};
  // 50 encrypted Opus speakers cost 0.5, so ten times the guess; 60 more would be too many.
  EXPECT_TRUE(Admit({0.5, 50, 60}, limits).ok());
  EXPECT_FALSE(Admit({0.5, 50, 140}, limits).ok());
}

TEST(Admission, LegsThatLeftGiveTheirShareBackAtOnce) {
  const AdmissionLimits limits = {.load_max = 0.8, .legs_max = 10'000};
  EXPECT_TRUE(Admit({0.85, 1000, 500}, limits).ok());
}

TEST(Admission, TheNumberOfLegsIsALimitOfItsOwn) {
  const AdmissionLimits limits = {.load_max = 0.8, .legs_max = 3};
  EXPECT_TRUE(Admit({0, 0, 2}, limits).ok());
  EXPECT_EQ(ReasonOf(Admit({0, 0, 3}, limits)), "MIXER_FULL");
}

}  // namespace
}  // namespace narada::mixer::engine
