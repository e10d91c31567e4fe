// G.711 against the ITU: every sample and every octet, by the tables of the Recommendation, by
// checksums of the ITU's own code, and beside spandsp.
#include "mixer/codec/g711.h"

#include <gtest/gtest.h>
#include <spandsp.h>

#include <cstdlib>
#include <vector>

#include "base/media_path_scope.h"

namespace narada::mixer::codec {
namespace {

// All 65,536 samples, from the lowest.
std::vector<int16_t> AllSamples() {
  std::vector<int16_t> samples;
  for (int sample = INT16_MIN; sample <= INT16_MAX; ++sample) {
    samples.push_back(static_cast<int16_t>(sample));
  }
  return samples;
}

std::vector<uint8_t> AllOctets() {
  std::vector<uint8_t> octets;
  for (int octet = 0; octet < 256; ++octet) octets.push_back(static_cast<uint8_t>(octet));
  return octets;
}

std::vector<uint8_t> ALawOf(const std::vector<int16_t>& samples) {
  std::vector<uint8_t> octets(samples.size());
  EncodeALaw(samples, octets);
  return octets;
}

std::vector<uint8_t> ULawOf(const std::vector<int16_t>& samples) {
  std::vector<uint8_t> octets(samples.size());
  EncodeULaw(samples, octets);
  return octets;
}

std::vector<int16_t> FromALaw(const std::vector<uint8_t>& octets) {
  std::vector<int16_t> samples(octets.size());
  DecodeALaw(octets, samples);
  return samples;
}

std::vector<int16_t> FromULaw(const std::vector<uint8_t>& octets) {
  std::vector<int16_t> samples(octets.size());
  DecodeULaw(octets, samples);
  return samples;
}

// FNV-1a.
uint64_t ChecksumOf(const std::vector<uint8_t>& bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

std::vector<uint8_t> LittleEndian(const std::vector<int16_t>& samples) {
  std::vector<uint8_t> bytes;
  for (const int16_t sample : samples) {
    bytes.push_back(static_cast<uint8_t>(sample));
    bytes.push_back(static_cast<uint8_t>(static_cast<uint16_t>(sample) >> 8));
  }
  return bytes;
}

// The checksums are those of alaw_compress() and its kin of the ITU-T Software Tool Library (G.191,
// openitu/STL 139db49, src/g711), built from their source, over the same input.
TEST(G711, EncodesEverySampleAsTheItusOwnCode) {
  EXPECT_EQ(ChecksumOf(ALawOf(AllSamples())), 0xf030666eb780cf25u);
  EXPECT_EQ(ChecksumOf(ULawOf(AllSamples())), 0x04ec1f083fd78c2du);
}

TEST(G711, DecodesEveryOctetAsTheItusOwnCode) {
  EXPECT_EQ(ChecksumOf(LittleEndian(FromALaw(AllOctets()))), 0x693a40ca62a3d2a5u);
  EXPECT_EQ(ChecksumOf(LittleEndian(FromULaw(AllOctets()))), 0xb91e65d68481a1a8u);
}

// Where a magnitude (in one's complement for negative samples) falls among the decision values of
// G.711, tables 1a and 2a: segments that end at `ends`, each in steps of its own.
struct Segment {
  int end;
  int step;
};

int IntervalOf(int magnitude, const std::vector<Segment>& segments) {
  int interval = 0;
  int start = 0;
  for (const Segment& segment : segments) {
    if (magnitude < segment.end) return interval + (magnitude - start) / segment.step;
    interval += (segment.end - start) / segment.step;
    start = segment.end;
  }
  return interval - 1;  // Beyond the virtual decision value: the last interval.
}

TEST(G711, ALawFollowsTheDecisionValuesOfTable1a) {
  // In units of 16 bits, eight times the table's.
  const std::vector<Segment> segments = {{512, 16},   {1024, 32},   {2048, 64},   {4096, 128},
                                         {8192, 256}, {16384, 512}, {32768, 1024}};
  const std::vector<int16_t> samples = AllSamples();
  const std::vector<uint8_t> octets = ALawOf(samples);
  for (size_t i = 0; i < samples.size(); ++i) {
    const int magnitude = samples[i] < 0 ? ~samples[i] : samples[i];
    const int code = IntervalOf(magnitude, segments) | (samples[i] < 0 ? 0 : 0x80);
    ASSERT_EQ(octets[i], code ^ 0x55) << samples[i];
  }
}

TEST(G711, ULawFollowsTheDecisionValuesOfTable2a) {
  // In units of 14 bits. The first interval is one unit wide, all others of its segment two.
  const std::vector<Segment> segments = {{1, 1},    {31, 2},    {95, 4},     {223, 8},   {479, 16},
                                         {991, 32}, {2015, 64}, {4063, 128}, {8159, 256}};
  const std::vector<int16_t> samples = AllSamples();
  const std::vector<uint8_t> octets = ULawOf(samples);
  for (size_t i = 0; i < samples.size(); ++i) {
    const int magnitude = (samples[i] < 0 ? ~samples[i] : samples[i]) >> 2;
    const int code = IntervalOf(magnitude, segments);
    ASSERT_EQ(octets[i], 0x7f - code + (samples[i] < 0 ? 0 : 0x80)) << samples[i];
  }
}

TEST(G711, EveryOctetSurvivesDecodingAndEncoding) {
  const std::vector<uint8_t> octets = AllOctets();
  EXPECT_EQ(ALawOf(FromALaw(octets)), octets);
  const std::vector<uint8_t> again = ULawOf(FromULaw(octets));
  for (int octet = 0; octet < 256; ++octet) {
    // µ-law has a negative zero, which PCM has not.
    EXPECT_EQ(again[static_cast<size_t>(octet)], octet == 0x7f ? 0xff : octet);
  }
}

TEST(G711, ErrsByHalfAStepAtMost) {
  const std::vector<int16_t> samples = AllSamples();
  const std::vector<int16_t> a = FromALaw(ALawOf(samples));
  const std::vector<int16_t> u = FromULaw(ULawOf(samples));
  for (size_t i = 0; i < samples.size(); ++i) {
    const int magnitude = std::abs(samples[i]);
    ASSERT_LE(std::abs(a[i] - samples[i]), std::max(8, magnitude / 32 + 1)) << samples[i];
    // The loudest 131 codes are beyond µ-law's range of 32,124.
    const int beyond = std::max(0, magnitude - 32635);
    ASSERT_LE(std::abs(u[i] - samples[i]), magnitude / 32 + 9 + beyond) << samples[i];
  }
}

TEST(G711, KnowsSilence) {
  EXPECT_EQ(FromALaw({kALawSilence})[0], 8) << "A-law has no zero";
  EXPECT_EQ(FromULaw({kULawSilence})[0], 0);
  EXPECT_EQ(ALawOf({0})[0], kALawSilence);
  EXPECT_EQ(ULawOf({0})[0], kULawSilence);
}

TEST(G711, AgreesWithSpandspButForItsKnownRounding) {
  int a_law_differences = 0;
  int u_law_differences = 0;
  const std::vector<int16_t> samples = AllSamples();
  const std::vector<uint8_t> a = ALawOf(samples);
  const std::vector<uint8_t> u = ULawOf(samples);
  for (size_t i = 0; i < samples.size(); ++i) {
    a_law_differences += a[i] != linear_to_alaw(samples[i]);
    if (u[i] != linear_to_ulaw(samples[i])) {
      ++u_law_differences;
      EXPECT_LT(samples[i], 0);
      EXPECT_EQ(std::abs(u[i] - linear_to_ulaw(samples[i])), 1);
    }
  }
  EXPECT_EQ(a_law_differences, 0);
  EXPECT_EQ(u_law_differences, 127) << "all negative segment edges, by one code";
}

// The vector loop's head and tail: every length up to a few vectors, at every alignment.
TEST(G711, GivesTheSameAtAnyLengthAndAlignment) {
  const std::vector<int16_t> samples = AllSamples();
  const std::vector<uint8_t> a = ALawOf(samples);
  const std::vector<uint8_t> u = ULawOf(samples);
  for (size_t start = 32000; start < 32064; start += 7) {
    for (size_t size = 0; size <= 200; ++size) {
      const std::vector<int16_t> part(samples.begin() + static_cast<long>(start),
                                      samples.begin() + static_cast<long>(start + size));
      ASSERT_TRUE(std::equal(part.begin(), part.end(), samples.begin() + static_cast<long>(start)));
      const std::vector<uint8_t> part_a = ALawOf(part);
      const std::vector<uint8_t> part_u = ULawOf(part);
      for (size_t i = 0; i < size; ++i) {
        ASSERT_EQ(part_a[i], a[start + i]);
        ASSERT_EQ(part_u[i], u[start + i]);
      }
    }
  }
}

TEST(G711, AllocatesNothing) {
  std::vector<int16_t> samples(160, 1000);
  std::vector<uint8_t> octets(160);
  {
    MediaPathScope scope;
    EncodeALaw(samples, octets);
    DecodeALaw(octets, samples);
    EncodeULaw(samples, octets);
    DecodeULaw(octets, samples);
  }
  EXPECT_NEAR(samples[0], 1000, 40);
}

// By the definition: what it decodes to.
TEST(G711, TellsSilenceWithoutDecoding) {
  for (size_t length = 1; length <= 50; ++length) {
    for (size_t at : {size_t{0}, length / 2, length - 1}) {
      std::vector<uint8_t> a_law(length, 0xd5), u_law(length, 0x7e);
      for (const uint8_t octet : AllOctets()) {
        a_law[at] = u_law[at] = octet;
        ASSERT_EQ(IsSilenceOfALaw(a_law), std::abs(FromALaw({octet})[0]) <= 8) << int{octet};
        ASSERT_EQ(IsSilenceOfULaw(u_law), std::abs(FromULaw({octet})[0]) <= 8) << int{octet};
      }
    }
  }
  EXPECT_FALSE(IsSilenceOfALaw({}));
}

}  // namespace
}  // namespace narada::mixer::codec
