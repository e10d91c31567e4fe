#include "mixer/service/codec_formats.h"

#include <gtest/gtest.h>

#include <set>

namespace narada::mixer::service {
namespace {

using codec::CodecId;

TEST(CodecFormats, AreOfferedInTheOrderConfiguredUnderNumbersOfTheirOwn) {
  codec::CodecSettings settings;
  settings.preference = {CodecId::kOpus, CodecId::kL16At16k, CodecId::kPcma, CodecId::kG722};
  const FormatsOfOurs formats = OwnFormats(settings);
  ASSERT_EQ(formats.offered.size(), 4u);
  EXPECT_EQ(formats.offered[0].encoding_name, "opus");
  EXPECT_EQ(formats.offered[0].channels, 2) << "RFC 7587 §7";
  EXPECT_EQ(formats.offered[2].payload_type, kPcmaPayloadType);
  EXPECT_EQ(formats.offered[3].payload_type, kG722PayloadType);
  EXPECT_EQ(formats.offered[3].clock_rate, ClockRate::FromHertz(8000)) << "RFC 3551 §4.5.2";
  std::set<PayloadType> numbers;
  for (const sdp::PayloadFormat& format : formats.offered) numbers.insert(format.payload_type);
  EXPECT_EQ(numbers.size(), 4u);
}

TEST(CodecFormats, ComeBackFromWhatIsNegotiated) {
  codec::CodecSettings settings;
  settings.preference.assign({CodecId::kOpus, CodecId::kG722, CodecId::kPcma, CodecId::kPcmu});
  settings.accepted.assign({CodecId::kL16At8k, CodecId::kL16At16k, CodecId::kL16At48k});
  const FormatsOfOurs formats = OwnFormats(settings);
  for (const auto* list : {&formats.offered, &formats.accepted}) {
    const std::vector<CodecId>& ids =
        list == &formats.offered ? settings.preference : settings.accepted;
    for (size_t i = 0; i < list->size(); ++i) {
      const auto format = ToCodecFormat((*list)[i], Milliseconds(40), settings);
      ASSERT_TRUE(format.has_value());
      EXPECT_EQ(format->id, ids[i]);
      EXPECT_EQ(format->ptime, Milliseconds(40));
    }
  }
}

TEST(CodecFormats, FollowTheFarEndsParameters) {
  sdp::PayloadFormat format;
  format.encoding_name = "opus";
  format.clock_rate = ClockRate::FromHertz(48'000);
  format.channels = 2;
  format.format_parameters = "maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1";
  const auto opus = ToCodecFormat(format, Milliseconds(20), {});
  ASSERT_TRUE(opus.has_value());
  EXPECT_EQ(opus->sample_rate(), SampleRate::FromHertz(16'000));
  EXPECT_EQ(opus->clock_rate(), ClockRate::FromHertz(48'000));
  EXPECT_TRUE(opus->opus.has_fec);
}

TEST(CodecFormats, AreNothingForACodecThatWeDoNotHave) {
  sdp::PayloadFormat format;
  format.encoding_name = "G729";
  EXPECT_FALSE(ToCodecFormat(format, Milliseconds(20), {}).has_value());
}

}  // namespace
}  // namespace narada::mixer::service
