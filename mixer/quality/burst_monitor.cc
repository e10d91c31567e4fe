#include "mixer/quality/burst_monitor.h"

#include <algorithm>

namespace narada::mixer::quality {
namespace {

double Share(double part, double rest) { return part + rest > 0 ? part / (part + rest) : 0; }

}  // namespace

void BurstMonitor::OnLost() noexcept {
  ++lost_;
  if (since_loss_ > 0 || lost_ == 1) ++runs_;
  if (since_loss_ >= kGapMin) {
    // What ended with the loss before was a burst only if it had more than that one.
    ++(burst_lost_ <= 1 ? c14_ : c13_);
    burst_lost_ = 1;
    c11_ += since_loss_;
  } else {
    ++burst_lost_;
    if (since_loss_ == 0) {
      ++c33_;
    } else {
      ++c23_;
      c22_ += since_loss_ - 1;
    }
  }
  since_loss_ = 0;
}

BurstSummary BurstMonitor::Summary() const noexcept {
  BurstSummary summary;
  if (lost_ == 0) return summary;
  const double runs_expected = Share(static_cast<double>(received_), static_cast<double>(lost_));
  summary.burst_ratio =
      std::max(1.0, static_cast<double>(lost_) / static_cast<double>(std::max<uint64_t>(runs_, 1)) *
                        runs_expected);
  // c31 and c32 equal c13 and c23 (RFC 3611 A.2): what enters a state leaves it.
  const auto c11 = static_cast<double>(c11_), c13 = static_cast<double>(c13_);
  const auto c14 = static_cast<double>(c14_), c22 = static_cast<double>(c22_);
  const auto c23 = static_cast<double>(c23_), c33 = static_cast<double>(c33_);
  const double p32 = Share(c23, c13 + c33);
  const double p23 = c22 + c23 < 1 ? 1 : 1 - Share(c22, c23);
  summary.burst_density = Share(p23, p32);
  summary.gap_density = Share(c14, c11);
  if (c13_ == 0) return summary;
  const auto frames = static_cast<int64_t>(c11_ + c14_ + 2 * c13_ + c22_ + 2 * c23_ + c33_);
  const auto bursts = static_cast<int64_t>(c13_);
  summary.gap_length = kFrame * static_cast<int64_t>(c11_ + c14_ + c13_) / bursts;
  summary.burst_length = std::max(kFrame * frames / bursts - summary.gap_length, kFrame);
  return summary;
}

}  // namespace narada::mixer::quality
