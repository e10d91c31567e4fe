#include "mixer/codec/opus_format.h"

#include <gtest/gtest.h>

namespace narada::mixer::codec {
namespace {

// As CodecSettings has it: all wishes are met.
constexpr OpusParameters kConfigured{.has_fec = true, .has_dtx = true};

OpusParameters Read(absl::string_view fmtp) { return ReadOpusParameters(fmtp, kConfigured); }

TEST(OpusFormat, GivesTheDefaultsOfTheRfcToOneWhoSaysNothing) {
  const OpusParameters parameters = Read("");
  EXPECT_EQ(parameters.sample_rate_hz, 48'000);
  EXPECT_EQ(parameters.playback_rate_hz, 48'000);
  EXPECT_EQ(parameters.bitrate_bps, kConfigured.bitrate_bps);
  EXPECT_TRUE(parameters.is_vbr);
  EXPECT_FALSE(parameters.has_fec);
  EXPECT_FALSE(parameters.has_dtx);
}

TEST(OpusFormat, MeetsTheWishesOfABrowser) {
  EXPECT_TRUE(Read("minptime=10;useinbandfec=1").has_fec);
  EXPECT_TRUE(Read("minptime=10; useinbandfec=1; usedtx=1").has_dtx);
  EXPECT_FALSE(Read("maxaveragebitrate=64000;cbr=1").is_vbr);
}

TEST(OpusFormat, IsReadInAnyOrderCaseAndSpacing) {
  const OpusParameters parameters = Read(" UseInbandFec = 1 ;; bogus ; MAXAVERAGEBITRATE=20000;");
  EXPECT_TRUE(parameters.has_fec);
  EXPECT_EQ(parameters.bitrate_bps, 20'000);
}

TEST(OpusFormat, RunsAtTheRateThatBothDirectionsNeed) {
  EXPECT_EQ(Read("maxplaybackrate=16000;sprop-maxcapturerate=16000").sample_rate_hz, 16'000);
  EXPECT_EQ(Read("maxplaybackrate=8000;sprop-maxcapturerate=8000").sample_rate_hz, 8'000);
  EXPECT_EQ(Read("maxplaybackrate=12000;sprop-maxcapturerate=8000").sample_rate_hz, 16'000);
  // It plays no more than 16 kHz, but may well send more.
  const OpusParameters parameters = Read("maxplaybackrate=16000");
  EXPECT_EQ(parameters.sample_rate_hz, 48'000);
  EXPECT_EQ(parameters.playback_rate_hz, 16'000);
  EXPECT_LT(parameters.bitrate_bps, kConfigured.bitrate_bps);
}

TEST(OpusFormat, StaysWithinWhatAnEncoderTakes) {
  EXPECT_EQ(Read("maxaveragebitrate=1").bitrate_bps, 6'000);
  EXPECT_EQ(Read("maxaveragebitrate=-7").bitrate_bps, 6'000);
  EXPECT_EQ(Read("maxaveragebitrate=99999999999").bitrate_bps, kConfigured.bitrate_bps);
  EXPECT_EQ(Read("maxplaybackrate=1").playback_rate_hz, 8'000);
  EXPECT_EQ(Read("maxplaybackrate=44100").playback_rate_hz, 48'000);
}

TEST(OpusFormat, KeepsToTheConfiguration) {
  OpusParameters configured = kConfigured;
  configured.sample_rate_hz = 16'000;
  configured.has_fec = false;
  const OpusParameters parameters = ReadOpusParameters("useinbandfec=1", configured);
  EXPECT_EQ(parameters.sample_rate_hz, 16'000);
  EXPECT_EQ(parameters.playback_rate_hz, 16'000);
  EXPECT_FALSE(parameters.has_fec);
}

TEST(OpusFormat, SaysWhatWeWish) {
  EXPECT_EQ(OwnOpusParameters(kConfigured), "useinbandfec=1;usedtx=1");
  OpusParameters configured = kConfigured;
  configured.has_dtx = false;
  configured.sample_rate_hz = 16'000;
  EXPECT_EQ(OwnOpusParameters(configured),
            "useinbandfec=1;maxplaybackrate=16000;sprop-maxcapturerate=16000");
}

TEST(OpusFormat, ReadsItsOwn) {
  OpusParameters configured = kConfigured;
  configured.sample_rate_hz = 16'000;
  const OpusParameters parameters = Read(OwnOpusParameters(configured));
  EXPECT_EQ(parameters.sample_rate_hz, 16'000);
  EXPECT_TRUE(parameters.has_fec);
  EXPECT_TRUE(parameters.has_dtx);
}

}  // namespace
}  // namespace narada::mixer::codec
