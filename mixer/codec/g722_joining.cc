#include "mixer/codec/g722_joining.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace narada::mixer::codec {
namespace {

// Places of a packet that are tried.
constexpr size_t kTrials = 6;

// The error of a change may be this far below the sound, as a ratio of energies: 44 dB where there is
// all patience, 16 dB where there is next to none;
constexpr std::array<int64_t, 11> kRatios = {40,   76,   145,  275,   525,  1000,
                                             1905, 3631, 6918, 13183, 25119};
// or this many times as large as the two streams differ without any change;
constexpr int64_t kDifferences = 2;
// or what no ear finds in a telephone's noise: -70 dBov.
constexpr int64_t kInaudible = 10 * 10;

// A listener that drifts away does so in as many packets of loud sound: a tenth of the energy that
// there was lately.
constexpr int kCalmPackets = 5;
constexpr int64_t kLoud = 10;
constexpr int64_t kPeakDecay = 50;

// A packet as a decoder makes it: low band, high band, low band, and so on.
using Heard = std::array<int16_t, 2 * G722Joining::kCodesMax>;

struct Place {
  size_t at = 0;
  int64_t distance = INT64_MAX;
};

// A change at a place, as the listener's decoder would hear it.
struct Trial {
  size_t at = 0;
  int64_t error = 0;
  g722_decode_state_s decoder;
};

// A decoder in that state; each band's value by itself, as the encoders make it.
g722_decode_state_s DecoderOf(const g722_encode_state_s& encoder) {
  g722_decode_state_s decoder = {};
  decoder.itu_test_mode = 1;
  decoder.bits_per_sample = 8;
  std::copy_n(encoder.band, 2, decoder.band);
  return decoder;
}

// Adds a code to what a decoder has heard.
void Hear(g722_decode_state_s& decoder, std::span<const uint8_t> codes, int16_t* heard) {
  g722_decode(&decoder, heard, codes.data(), static_cast<int>(codes.size()));
}

int64_t Square(int64_t value) { return value * value; }

// Roughly the square of the error that the next sample would have.
int64_t Distance(const g722_band_t& one, const g722_band_t& two) {
  int64_t distance = Square(one.s - two.s);
  for (int i = 0; i < 2; ++i) distance += Square((int64_t{one.a[i]} - two.a[i]) * two.r / 16384);
  return distance + Square((int64_t{one.nb} - two.nb) * two.det / 8192);
}

int64_t Energy(std::span<const int16_t> samples) {
  int64_t energy = 0;
  for (const int16_t sample : samples) energy += Square(sample);
  return energy;
}

int64_t Difference(const int16_t* one, const int16_t* two, size_t size) {
  int64_t difference = 0;
  for (size_t i = 0; i < size; ++i) difference += Square(int64_t{one[i]} - two[i]);
  return difference;
}

// The listener gets `payload` up to `at`, and then theirs, which is heard as `expected`.
Trial Try(const g722_encode_state_s& before, std::span<const uint8_t> payload,
          std::span<const uint8_t> theirs, const Heard& expected, size_t at) {
  Trial trial = {.at = at, .decoder = DecoderOf(before)};
  Heard heard;
  Hear(trial.decoder, payload.first(at), heard.data());
  Hear(trial.decoder, theirs.subspan(at), heard.data());
  trial.error = Difference(heard.data(), &expected[2 * at], 2 * (theirs.size() - at));
  return trial;
}

}  // namespace

void G722Joining::Start(const g722_encode_state_s& theirs) noexcept {
  theirs_ = DecoderOf(theirs);
  loudest_ = 0;
  calm_packets_ = 0;
  is_done_ = false;
}

void G722Joining::Lead(const g722_encode_state_s& before, g722_encode_state_s& own,
                       std::span<const uint8_t> theirs, int patience_percent,
                       std::span<uint8_t> payload) noexcept {
  DCHECK_EQ(theirs.size(), payload.size());
  DCHECK_LE(payload.size(), kCodesMax);
  const size_t size = payload.size();
  // The places where the two decoders are nearest, the nearest first. In the first half: the rest of
  // the packet shows what becomes of it.
  std::array<Place, kTrials> nearest;
  g722_decode_state_s listener = DecoderOf(before);
  Heard expected;
  int64_t difference = 0;
  for (size_t i = 0; i < size; ++i) {
    Place place = {.at = i,
                   .distance = Distance(listener.band[0], theirs_.band[0]) +
                               Distance(listener.band[1], theirs_.band[1])};
    for (Place& other : nearest) {
      if (i < size / 2 && place.distance < other.distance) std::swap(place, other);
    }
    int16_t heard[2];
    Hear(listener, payload.subspan(i, 1), heard);
    Hear(theirs_, theirs.subspan(i, 1), &expected[2 * i]);
    difference += Difference(heard, &expected[2 * i], 2);
  }
  const int64_t energy = Energy({expected.data(), 2 * size});
  loudest_ = std::max(energy, loudest_ - loudest_ / kPeakDecay);
  const int64_t ratio = kRatios[static_cast<size_t>(std::clamp(patience_percent, 0, 100)) / 10];
  const auto samples = static_cast<int64_t>(2 * size);
  const int64_t error_max =
      patience_percent <= 0
          ? INT64_MAX
          : std::max({energy / ratio, kDifferences * difference, kInaudible * samples});

  // All of it, where nothing speaks against that; the watch after a change is the same.
  Trial best = Try(before, payload, theirs, expected, 0);
  for (size_t i = 0; i < kTrials && best.error > error_max; ++i) {
    if (nearest[i].distance == INT64_MAX) break;
    const Trial trial = Try(before, payload, theirs, expected, nearest[i].at);
    if (trial.error < best.error) best = trial;
  }
  if (best.error > error_max) {
    calm_packets_ = 0;
    return;
  }
  std::copy(theirs.begin() + static_cast<ptrdiff_t>(best.at), theirs.end(),
            payload.begin() + static_cast<ptrdiff_t>(best.at));
  std::copy_n(best.decoder.band, 2, own.band);
  if (best.at > 0 || calm_packets_ == 0) {
    calm_packets_ = 1;
  } else if (energy >= loudest_ / kLoud) {
    ++calm_packets_;
  }
  is_done_ = calm_packets_ >= kCalmPackets || patience_percent <= 0;
}

}  // namespace narada::mixer::codec
