#include "mixer/quality/voip_metrics.h"

#include "gtest/gtest.h"

namespace narada::mixer::quality {
namespace {

TEST(VoipMetrics, TellWhatWasMeasuredInTheUnitsOfTheRfc) {
  const rtp::VoipMetrics metrics = MakeVoipMetrics({
      .source = Ssrc(7),
      .packets_expected = 1000,
      .packets_lost = 50,
      .packets_discarded = 10,
      .bursts = {.burst_density = 0.5,
                 .gap_density = 0.01,
                 .burst_length = Milliseconds(120),
                 .gap_length = Seconds(2)},
      .estimate = {.is_known = true,
                   .r_factor = 77.4,
                   .mos = 3.92,
                   .r_listening = 80,
                   .mos_listening = 4.03},
      .round_trip_time = Milliseconds(80),
      .mixer_delay = Milliseconds(65),
      .level = AudioLevel::Dbov(-26),
      .jitter_buffer = Milliseconds(40),
      .jitter_buffer_max = Milliseconds(60),
      .jitter_buffer_ceiling = Milliseconds(200),
  });
  EXPECT_EQ(metrics.source, Ssrc(7));
  EXPECT_EQ(metrics.loss_rate, 12);  // 5 % of 256.
  EXPECT_EQ(metrics.discard_rate, 2);
  EXPECT_EQ(metrics.burst_density, 128);
  EXPECT_EQ(metrics.gap_density, 3);
  EXPECT_EQ(metrics.burst_duration_ms, 120);
  EXPECT_EQ(metrics.gap_duration_ms, 2000);
  EXPECT_EQ(metrics.round_trip_delay_ms, 80);
  EXPECT_EQ(metrics.end_system_delay_ms, 65);
  EXPECT_EQ(metrics.signal_level_dbm0, -20);
  EXPECT_EQ(metrics.r_factor, 77);
  EXPECT_EQ(metrics.mos_cq_tenths, 39);
  EXPECT_EQ(metrics.mos_lq_tenths, 40);
  EXPECT_EQ(metrics.jitter_buffer_absolute_max_ms, 200);
}

TEST(VoipMetrics, SayUnavailableWhatNobodyKnows) {
  const rtp::VoipMetrics metrics = MakeVoipMetrics({});
  EXPECT_EQ(metrics.r_factor, rtp::VoipMetrics::kUnavailable);
  EXPECT_EQ(metrics.mos_lq_tenths, rtp::VoipMetrics::kUnavailable);
  EXPECT_EQ(metrics.noise_level_dbm0, rtp::VoipMetrics::kUnavailable);
  EXPECT_EQ(metrics.loss_rate, 0);
}

TEST(VoipMetrics, StayWithinTheirBytes) {
  const rtp::VoipMetrics metrics = MakeVoipMetrics({
      .packets_expected = 10,
      .packets_lost = 10,
      .packets_discarded = -3,
      .bursts = {.burst_density = 1, .burst_length = Seconds(100'000)},
      .round_trip_time = Seconds(1000),
  });
  EXPECT_EQ(metrics.loss_rate, 255);
  EXPECT_EQ(metrics.discard_rate, 0);
  EXPECT_EQ(metrics.burst_density, 255);
  EXPECT_EQ(metrics.burst_duration_ms, 0xffff);
  EXPECT_EQ(metrics.round_trip_delay_ms, 0xffff);
}

}  // namespace
}  // namespace narada::mixer::quality
