#include "bench/load/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/load/listening.h"
#include "mixer/srtp/unprotector.h"

namespace narada::bench {
namespace {

constexpr double kTickNs = 20e6;
// Against the usual amplitude of a tone: less is missing, more of one that should not be there is wrong. Levels may be
// equalised, so tones differ.
constexpr double kMissing = 0.3;
constexpr double kForeign = 0.03;
constexpr double kOffsetMax = 100;  // A constant this loud is no silence (A-law's is 8).
constexpr size_t kWindowPackets = kToneWindow / 160;
// A click that comes later than this belongs to another one.
constexpr int64_t kClickLateNs = 700'000'000;

// The payload behind header, CSRCs and extension; empty if that is no RTP.
Payload PayloadOf(std::span<const uint8_t> datagram) {
  if (datagram.size() < 12) return {};
  size_t at = 12 + 4 * static_cast<size_t>(datagram[0] & 0x0f);
  if ((datagram[0] & 0x10) != 0 && datagram.size() >= at + 4) {
    at += 4 + 4 * static_cast<size_t>(datagram[at + 2] << 8 | datagram[at + 3]);
  }
  if (at > datagram.size()) return {};
  return Payload(datagram.begin() + static_cast<ptrdiff_t>(at), datagram.end());
}

// What a leg kept, by sequence numbers without holes: where a packet is missing stands an empty one.
struct Stretch {
  std::vector<Payload> payloads;
  std::vector<int64_t> arrival_ns;
};

Stretch StretchOf(std::span<const KeptPacket> kept, const mixer::SrtpKeys* keys) {
  Stretch stretch;
  if (kept.empty()) return stretch;
  std::unique_ptr<mixer::srtp::Unprotector> unprotector;
  if (keys != nullptr) unprotector = std::make_unique<mixer::srtp::Unprotector>(*keys);
  const uint16_t first = kept.front().sequence;
  for (const KeptPacket& packet : kept) {
    const size_t place = static_cast<uint16_t>(packet.sequence - first);
    if (place > kept.size() + 1000) continue;  // From before the first one.
    if (stretch.payloads.size() <= place) {
      stretch.payloads.resize(place + 1);
      stretch.arrival_ns.resize(place + 1, packet.arrival_ns);
    }
    stretch.arrival_ns[place] = packet.arrival_ns;
    if (unprotector == nullptr) {
      stretch.payloads[place] = PayloadOf(packet.bytes);
      continue;
    }
    std::vector<uint8_t> plain(packet.bytes.size());
    const auto opened = unprotector->UnprotectRtp(packet.bytes, plain);
    if (opened.ok()) stretch.payloads[place] = PayloadOf(opened->bytes);
  }
  return stretch;
}

class Listener {
 public:
  Listener(const Traffic& traffic, const Signals& signals, const std::vector<int>& tones,
           const JudgeOptions& options)
      : traffic_(traffic), signals_(signals), tones_(tones), options_(options), bank_(tones) {}

  void ListenToTones(Findings& findings) {
    std::vector<std::vector<double>> amplitudes(traffic_.size());
    std::vector<double> usual;
    std::vector<double> sinads;
    for (size_t leg = 0; leg < traffic_.size(); ++leg) {
      const Stretch stretch = StretchOf(traffic_.kept(leg), KeysOf(leg));
      if (stretch.payloads.size() < kWindowPackets) continue;
      // Of a codec with a past the beginning is let go by.
      std::span<const Payload> payloads = stretch.payloads;
      payloads = payloads.first(
          std::min<size_t>(payloads.size(), signals_.is_opus() ? 24 : kWindowPackets));
      const std::vector<int16_t> sound = signals_.Decode(payloads);
      const std::span<const int16_t> window = std::span(sound).last(kToneWindow);
      amplitudes[leg] = bank_.Amplitudes(window);
      findings.offset_max = std::max(findings.offset_max, std::abs(Offset(window)));
      ++findings.legs_listened;
      std::vector<double> expected;
      for (size_t i = 0; i < tones_.size(); ++i) {
        if (Hears(leg, tones_[i])) expected.push_back(amplitudes[leg][i]);
      }
      if (expected.empty()) continue;
      sinads.push_back(Sinad(window, expected));
      usual.insert(usual.end(), expected.begin(), expected.end());
    }
    const double median = QuantilesOf(usual).p50;
    std::sort(sinads.begin(), sinads.end());
    if (!sinads.empty()) {
      findings.sinad_p1_db = sinads[sinads.size() / 100];
      findings.sinad_p50_db = sinads[sinads.size() / 2];
    }
    for (size_t leg = 0; leg < traffic_.size(); ++leg) {
      const std::string wrong = WhatIsWrong(leg, amplitudes[leg], median);
      if (wrong.empty()) continue;
      ++findings.legs_wrong;
      if (findings.first_wrong.empty()) findings.first_wrong = wrong;
    }
    if (findings.offset_max > kOffsetMax) {
      ++findings.legs_wrong;
      findings.first_wrong = absl::StrFormat("an offset of %.0f", findings.offset_max);
    }
  }

  void ListenToClicks(Findings& findings) {
    std::map<int, std::vector<SentClick>> sent;  // Of each room.
    for (const SentClick& click : traffic_.clicks()) sent[click.room].push_back(click);
    findings.clicks_sent = traffic_.clicks().size();
    std::vector<double> delays;
    for (size_t leg = 0; leg < traffic_.size(); ++leg) {
      if (!traffic_.plan(leg).is_probe) continue;
      const std::vector<SentClick>& clicks = sent[traffic_.plan(leg).room];
      findings.clicks_expected += clicks.size();
      const Stretch stretch = StretchOf(traffic_.kept_with_clicks(leg), KeysOf(leg));
      const std::vector<int16_t> sound = signals_.Decode(stretch.payloads);
      size_t next = 0;
      for (const HeardClick& heard : FindClicks(sound)) {
        const int64_t arrival_ns = stretch.arrival_ns[heard.sample / 160];
        // The first with its mark that it can be.
        for (size_t i = next; i < clicks.size(); ++i) {
          const int64_t delay_ns = arrival_ns - clicks[i].sent_ns;
          if (delay_ns < 0) break;
          if (delay_ns > kClickLateNs || clicks[i].id != heard.id) continue;
          delays.push_back(static_cast<double>(delay_ns) * 1e-6);
          next = i + 1;
          break;
        }
      }
    }
    findings.delay_ms = QuantilesOf(delays);
  }

 private:
  const mixer::SrtpKeys* KeysOf(size_t leg) const {
    return options_.receive_keys ? options_.receive_keys(leg) : nullptr;
  }

  bool Hears(size_t leg, int tone) const {
    const LegPlan& plan = traffic_.plan(leg);
    const bool is_own = plan.role == Role::kSpeaker && plan.tone_hz == tone;
    if (options_.is_echo) return is_own;
    if (is_own) return false;
    for (size_t other : SpeakersOf(plan.room)) {
      if (traffic_.plan(other).tone_hz == tone) return true;
    }
    return false;
  }

  const std::vector<size_t>& SpeakersOf(int room) const {
    if (speakers_.empty()) {
      for (size_t leg = 0; leg < traffic_.size(); ++leg) {
        const LegPlan& plan = traffic_.plan(leg);
        auto& speakers = speakers_[plan.room];
        if (plan.role == Role::kSpeaker) speakers.push_back(leg);
      }
    }
    return speakers_[room];
  }

  std::string WhatIsWrong(size_t leg, const std::vector<double>& amplitudes, double usual) const {
    if (amplitudes.empty()) return absl::StrFormat("leg %d heard too little", leg);
    for (size_t i = 0; i < tones_.size(); ++i) {
      const bool hears = Hears(leg, tones_[i]);
      if (hears && amplitudes[i] < kMissing * usual) {
        return absl::StrFormat("leg %d does not hear %d Hz (%.0f)", leg, tones_[i], amplitudes[i]);
      }
      // Opus' own noise is louder.
      const double foreign = signals_.is_opus() ? 3 * kForeign : kForeign;
      if (!hears && amplitudes[i] > foreign * std::max(usual, 1000.0)) {
        return absl::StrFormat("leg %d hears %d Hz (%.0f)", leg, tones_[i], amplitudes[i]);
      }
    }
    return "";
  }

  const Traffic& traffic_;
  const Signals& signals_;
  const std::vector<int>& tones_;
  const JudgeOptions& options_;
  const ToneBank bank_;
  mutable std::map<int, std::vector<size_t>> speakers_;
};

void CountPackets(const Traffic& traffic, Findings& findings) {
  double deficit = 0;
  double jitter = 0;
  for (size_t leg = 0; leg < traffic.size(); ++leg) {
    const LegCount& count = traffic.count(leg);
    findings.packets += count.packets;
    findings.lost += count.lost;
    findings.reordered += count.reordered;
    findings.gap_max_ms =
        std::max(findings.gap_max_ms, static_cast<double>(count.gap_max_ns) * 1e-6);
    jitter += count.jitter_ns * 1e-6;
    double missing = 1;
    if (count.packets >= 2) {
      // Between the first and the last one, so that the window's edges do not count. One that falls silent for good is
      // seen by the window's length.
      const double span = std::round(static_cast<double>(count.last_ns - count.first_ns) / kTickNs);
      const double whole = traffic.window_seconds() * kPacketsPerSecond;
      const double expected = whole - span > 10 ? whole : span;
      missing = 1 - static_cast<double>(count.packets - 1) / std::max(expected, 1.0);
    } else {
      ++findings.legs_unheard;
    }
    deficit += missing;
    findings.deficit_max = std::max(findings.deficit_max, missing);
  }
  const auto legs = static_cast<double>(traffic.size());
  findings.deficit = deficit / legs;
  findings.jitter_ms = jitter / legs;
  findings.loss = findings.packets + findings.lost == 0
                      ? 1
                      : static_cast<double>(findings.lost) /
                            static_cast<double>(findings.packets + findings.lost);
}

}  // namespace

Quantiles QuantilesOf(std::vector<double>& values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[std::min(values.size() - 1,
                           static_cast<size_t>(share * static_cast<double>(values.size())))];
  };
  return {.p50 = at(0.5), .p99 = at(0.99), .max = values.back(), .count = values.size()};
}

Findings Judge(const Traffic& traffic, const Signals& signals, const std::vector<int>& tones,
               const JudgeOptions& options) {
  Findings findings;
  CountPackets(traffic, findings);
  Listener listener(traffic, signals, tones, options);
  listener.ListenToTones(findings);
  listener.ListenToClicks(findings);
  return findings;
}

std::string ToJson(const Findings& f) {
  return absl::StrFormat(
      R"({"packets":%d,"lost":%d,"reordered":%d,"loss":%.6f,"deficit":%.6f,"deficit_max":%.6f,)"
      R"("legs_unheard":%d,"jitter_ms":%.3f,"gap_max_ms":%.2f,"legs_listened":%d,"legs_wrong":%d,)"
      R"("first_wrong":"%s","sinad_p1_db":%.1f,"sinad_p50_db":%.1f,"offset_max":%.1f,)"
      R"("delay_p50_ms":%.2f,"delay_p99_ms":%.2f,"delay_max_ms":%.2f,"clicks_heard":%d,)"
      R"("clicks_expected":%d})",
      f.packets, f.lost, f.reordered, f.loss, f.deficit, f.deficit_max, f.legs_unheard, f.jitter_ms,
      f.gap_max_ms, f.legs_listened, f.legs_wrong, f.first_wrong, f.sinad_p1_db, f.sinad_p50_db,
      f.offset_max, f.delay_ms.p50, f.delay_ms.p99, f.delay_ms.max, f.delay_ms.count,
      f.clicks_expected);
}

}  // namespace narada::bench
