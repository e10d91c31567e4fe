#include "mixer/dsp/kernels.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/units/gain.h"

namespace narada::mixer::dsp {
namespace {

// Three vectors of the widest variant (16 lanes), and the offsets that break any alignment.
constexpr size_t kLengthMax = 3 * 32;
constexpr size_t kOffsetMax = 3;
constexpr size_t kGuard = 8;

int16_t Sample(Random& random) {
  switch (random.Below(8)) {
    case 0:
      return INT16_MIN;
    case 1:
      return INT16_MAX;
    case 2:
      return 0;
    default:
      return static_cast<int16_t>(random.Next());
  }
}

int32_t Sum(Random& random) {
  switch (random.Below(8)) {
    case 0:
      return -(1 << 24) + 1;
    case 1:
      return (1 << 24) - 1;
    case 2:
      return INT16_MIN;
    case 3:
      return INT16_MAX + 1;
    default:
      return static_cast<int32_t>(random.Between(-70'000, 70'000));
  }
}

// Input at an odd place, and output with guards on both sides.
struct Arrays {
  Arrays(Random& random, size_t length, size_t offset) : offset(offset), length(length) {
    for (size_t i = 0; i < kGuard + offset + length + kGuard; ++i) {
      frame.push_back(Sample(random));
      sum.push_back(Sum(random));
    }
  }
  const int16_t* frame_at() const { return frame.data() + offset; }
  const int32_t* sum_at() const { return sum.data() + offset; }
  std::vector<int16_t> Out16() const { return std::vector<int16_t>(frame.size(), 4242); }
  std::vector<int32_t> Out32() const { return std::vector<int32_t>(frame.size(), 424242); }

  const size_t offset;
  const size_t length;
  std::vector<int16_t> frame;
  std::vector<int32_t> sum;
};

class EveryVariant : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (const Kernels* kernels : Kernels::Supported()) {
      if (std::string(kernels->name) == GetParam()) kernels_ = kernels;
    }
    if (kernels_ == nullptr) GTEST_SKIP() << "this CPU does not run " << GetParam();
  }

  // Calls `compare` with arrays of every length up to three vectors at every odd place.
  template <typename Compare>
  void ForAllLengths(Compare compare) {
    SeededRandom random(11);
    for (size_t length = 0; length <= kLengthMax; ++length) {
      for (size_t offset = 0; offset <= kOffsetMax; ++offset) {
        SCOPED_TRACE(testing::Message() << "length " << length << ", offset " << offset);
        compare(Arrays(random, length, offset), random);
        if (HasFailure()) return;
      }
    }
  }

  const Kernels& scalar_ = Kernels::Scalar();
  const Kernels* kernels_ = nullptr;
};

TEST_P(EveryVariant, AddsAsTheScalarOne) {
  ForAllLengths([&](const Arrays& in, Random&) {
    std::vector<int32_t> expected = in.sum, sum = in.sum;
    scalar_.Add(expected.data() + in.offset, in.frame_at(), in.length);
    kernels_->Add(sum.data() + in.offset, in.frame_at(), in.length);
    EXPECT_EQ(sum, expected);
  });
}

TEST_P(EveryVariant, NarrowsAsTheScalarOne) {
  ForAllLengths([&](const Arrays& in, Random&) {
    std::vector<int16_t> expected = in.Out16(), out = in.Out16();
    const int32_t peak = scalar_.Narrow(in.sum_at(), expected.data() + in.offset, in.length);
    EXPECT_EQ(kernels_->Narrow(in.sum_at(), out.data() + in.offset, in.length), peak);
    EXPECT_EQ(kernels_->Peak(in.sum_at(), in.length), peak);
    EXPECT_EQ(out, expected);
  });
}

TEST_P(EveryVariant, SubtractsOneVoiceAsTheScalarOne) {
  ForAllLengths([&](const Arrays& in, Random&) {
    std::vector<int16_t> expected = in.Out16(), out = in.Out16();
    const int32_t peak =
        scalar_.NarrowWithout(in.sum_at(), in.frame_at(), expected.data() + in.offset, in.length);
    EXPECT_EQ(
        kernels_->NarrowWithout(in.sum_at(), in.frame_at(), out.data() + in.offset, in.length),
        peak);
    EXPECT_EQ(out, expected);

    std::vector<int32_t> expected32 = in.Out32(), out32 = in.Out32();
    scalar_.Subtract(in.sum_at(), in.frame_at(), expected32.data() + in.offset, in.length);
    kernels_->Subtract(in.sum_at(), in.frame_at(), out32.data() + in.offset, in.length);
    EXPECT_EQ(out32, expected32);
  });
}

TEST_P(EveryVariant, RampsTheGainAsTheScalarOne) {
  ForAllLengths([&](const Arrays& in, Random& random) {
    const float gain = static_cast<float>(random.Fraction());
    const float step = static_cast<float>((random.Fraction() - gain) / 96);
    std::vector<int16_t> expected = in.Out16(), out = in.Out16();
    scalar_.NarrowRamped(in.sum_at(), gain, step, expected.data() + in.offset, in.length);
    kernels_->NarrowRamped(in.sum_at(), gain, step, out.data() + in.offset, in.length);
    EXPECT_EQ(out, expected);
  });
}

TEST_P(EveryVariant, AppliesAGainAsTheScalarOneAndAsGainItself) {
  ForAllLengths([&](const Arrays& in, Random& random) {
    const auto raw = static_cast<int32_t>(random.OneIn(4) ? 65535 : random.Below(65536));
    std::vector<int16_t> expected = in.Out16(), out = in.Out16();
    scalar_.ApplyGain(in.frame_at(), raw, expected.data() + in.offset, in.length);
    kernels_->ApplyGain(in.frame_at(), raw, out.data() + in.offset, in.length);
    EXPECT_EQ(out, expected);
    for (size_t i = 0; i < in.length; ++i) {
      ASSERT_EQ(out[in.offset + i], Gain::FromRaw(raw).Apply(in.frame_at()[i]));
    }
  });
}

TEST_P(EveryVariant, MeasuresEnergyAsTheScalarOne) {
  ForAllLengths([&](const Arrays& in, Random&) {
    EXPECT_EQ(kernels_->Energy(in.frame_at(), in.length), scalar_.Energy(in.frame_at(), in.length));
  });
  // The largest there is: every product is 2^30, and pairs of them do not fit a signed 32 bits.
  const std::vector<int16_t> loud(960, INT16_MIN);
  EXPECT_EQ(kernels_->Energy(loud.data(), loud.size()), uint64_t{960} << 30);
}

TEST_P(EveryVariant, MultipliesAndAddsAsTheScalarOne) {
  ForAllLengths([&](const Arrays& in, Random& random) {
    std::vector<int16_t> other(in.frame.size());
    for (int16_t& sample : other) sample = std::max<int16_t>(Sample(random), -INT16_MAX);
    EXPECT_EQ(kernels_->DotProduct(in.frame_at(), other.data() + 1, in.length),
              scalar_.DotProduct(in.frame_at(), other.data() + 1, in.length));
  });
  // The largest there is: its 96 products do not fit 32 bits.
  const std::vector<int16_t> loud(96, INT16_MIN), loudest(96, INT16_MAX);
  EXPECT_EQ(kernels_->DotProduct(loud.data(), loudest.data(), 96),
            int64_t{96} * INT16_MIN * INT16_MAX);
}

INSTANTIATE_TEST_SUITE_P(Kernels, EveryVariant,
                         testing::ValuesIn(Kernels::BuiltNames().begin(),
                                           Kernels::BuiltNames().end()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '.');
                           return name;
                         });

TEST(ScalarKernels, TellThePeakOfBothSidesOnOneScale) {
  int16_t out[2];
  const int32_t fits[] = {32767, -32768};
  EXPECT_EQ(Kernels::Scalar().Narrow(fits, out, 2), 32767);
  const int32_t above[] = {32768, 0};
  EXPECT_EQ(Kernels::Scalar().Narrow(above, out, 2), 32768);
  EXPECT_EQ(out[0], 32767);
  const int32_t below[] = {0, -32769};
  EXPECT_EQ(Kernels::Scalar().Narrow(below, out, 2), 32768);
  EXPECT_EQ(out[1], -32768);
}

TEST(ScalarKernels, GiveBackASpeakersMixExactly) {
  SeededRandom random(3);
  std::vector<int32_t> sum(160, 0);
  std::vector<std::vector<int16_t>> voices(3, std::vector<int16_t>(160));
  for (auto& voice : voices) {
    for (int16_t& sample : voice) sample = static_cast<int16_t>(random.Between(-8000, 8000));
    Kernels::Scalar().Add(sum.data(), voice.data(), voice.size());
  }
  std::vector<int16_t> heard(160);
  Kernels::Scalar().NarrowWithout(sum.data(), voices[1].data(), heard.data(), heard.size());
  for (size_t i = 0; i < heard.size(); ++i) EXPECT_EQ(heard[i], voices[0][i] + voices[2][i]);
}

TEST(BestKernels, AreTheLastOfTheSupportedOnes) {
  EXPECT_EQ(&Kernels::Best(), Kernels::Supported().back());
  EXPECT_EQ(Kernels::Supported().front(), &Kernels::Scalar());
}

}  // namespace
}  // namespace narada::mixer::dsp
