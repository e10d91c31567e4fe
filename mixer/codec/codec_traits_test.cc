#include "mixer/codec/codec_traits.h"

#include <gtest/gtest.h>

namespace narada::mixer::codec {
namespace {

constexpr ClockRate k8kClock = ClockRate::FromHertz(8000);

TEST(CodecTraits, AreFoundByTheWordsOfRtpmap) {
  EXPECT_EQ(FindCodec("PCMA", k8kClock, 1), CodecId::kPcma);
  EXPECT_EQ(FindCodec("pcmu", k8kClock, 1), CodecId::kPcmu);
}

TEST(CodecTraits, AreNotFoundByAnotherClockOrChannels) {
  EXPECT_FALSE(FindCodec("PCMA", ClockRate::FromHertz(16000), 1).has_value());
  EXPECT_FALSE(FindCodec("PCMA", k8kClock, 2).has_value());
  EXPECT_FALSE(FindCodec("G729", k8kClock, 1).has_value());
  EXPECT_FALSE(FindCodec("", k8kClock, 1).has_value());
}

TEST(CodecTraits, AreFoundByStaticPayloadType) {
  EXPECT_EQ(FindCodec(PayloadType(0)), CodecId::kPcmu);
  EXPECT_EQ(FindCodec(PayloadType(8)), CodecId::kPcma);
  EXPECT_FALSE(FindCodec(PayloadType(96)).has_value());
}

TEST(CodecTraits, AreThereForEachCodec) {
  ASSERT_EQ(AllCodecs().size(), kCodecCount);
  for (const CodecTraits& traits : AllCodecs()) {
    EXPECT_EQ(TraitsOf(traits.id).id, traits.id);
    EXPECT_EQ(FindCodec(EncodingName(traits.id), traits.clock_rate, traits.channels), traits.id);
  }
}

}  // namespace
}  // namespace narada::mixer::codec
