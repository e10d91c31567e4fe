#include "mixer/service/metrics.h"

#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "mixer/dtmf/digit_path.h"
#include "mixer/service/quality_distributions.h"

namespace narada::mixer::service {
namespace {

using engine::WorkerFigures;
using prometheus::MetricFamily;
using prometheus::MetricType;

// One metric with a value per worker.
struct WorkerMetric {
  const char* name;
  const char* help;
  MetricType type;
  double (*read)(const WorkerFigures&);
};

const WorkerMetric kWorkerMetrics[] = {
    {"narada_mixer_worker_load", "Busy share of the last second, 0-1.", MetricType::Gauge,
     [](const WorkerFigures& f) { return f.load; }},
    {"narada_mixer_legs", "Legs on the worker.", MetricType::Gauge,
     [](const WorkerFigures& f) { return static_cast<double>(f.legs); }},
    {"narada_mixer_legs_on_shared_sockets", "Legs that share their sockets with others.",
     MetricType::Gauge,
     [](const WorkerFigures& f) { return static_cast<double>(f.legs_on_shared_sockets); }},
    {"narada_mixer_rooms_ticking", "Rooms that are mixed now.", MetricType::Gauge,
     [](const WorkerFigures& f) { return static_cast<double>(f.rooms_due); }},
    {"narada_mixer_steps_total", "Passes of the worker.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.steps); }},
    {"narada_mixer_busy_seconds_total", "Time spent in passes.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.busy_ns) * 1e-9; }},
    {"narada_mixer_ticks_total", "Ticks of rooms: 20 ms of one room mixed.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.ticks); }},
    {"narada_mixer_ticks_late_total", "Ticks that began later than one step.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.ticks_late); }},
    {"narada_mixer_ticks_missed_total", "Ticks that were skipped.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.ticks_missed); }},
    {"narada_mixer_step_lateness_max_seconds", "Worst lateness of a step in the last second.",
     MetricType::Gauge,
     [](const WorkerFigures& f) { return static_cast<double>(f.lateness_max_ns) * 1e-9; }},
    {"narada_mixer_encodes_total", "Distinct encodings made.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.encodes); }},
    {"narada_mixer_events_lost_total", "Events that a full queue lost; watchers were told.",
     MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.events_lost); }},
    {"narada_mixer_datagrams_received_total", "Datagrams delivered to legs.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.network.datagrams_received); }},
    {"narada_mixer_datagrams_sent_total", "Datagrams that the kernel took.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.network.datagrams_sent); }},
    {"narada_mixer_system_calls_total", "Entries into io_uring.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.network.entries); }},
    {"narada_mixer_receive_rearmed_total", "Multishot receives started again.", MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.network.receive_rearmed); }},
    {"narada_mixer_receives_in_vain_total",
     "Receives given up as the kernel announced datagrams that it did not have.",
     MetricType::Counter,
     [](const WorkerFigures& f) { return static_cast<double>(f.network.receives_in_vain); }},
};

// Why datagrams were dropped before or behind the legs, as labels of one metric.
struct Drop {
  const char* reason;
  uint64_t (*read)(const WorkerFigures&);
};

const Drop kDrops[] = {
    {"oversized", [](const WorkerFigures& f) { return f.network.dropped_oversized; }},
    {"receive_error", [](const WorkerFigures& f) { return f.network.receive_errors; }},
    {"send_buffer_full", [](const WorkerFigures& f) { return f.network.dropped_send_full; }},
    {"send_failed", [](const WorkerFigures& f) { return f.network.dropped_send_failed; }},
    {"source_unknown", [](const WorkerFigures& f) { return f.dropped_source_unknown; }},
};

void Add(MetricFamily& family, double value, std::vector<prometheus::ClientMetric::Label> labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}

MetricFamily Family(const char* name, const char* help, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

// By DigitPath.
const char* const kDigitPaths[dtmf::kDigitPathCount] = {"telephone_event", "in_band", "signaling"};

// Each leg counts once each 10 s in which it received something.
struct QualityMetric {
  const char* name;
  const char* help;
  Histogram QualityDistributions::*histogram;
};

const QualityMetric kQualityMetrics[] = {
    {"narada_mixer_leg_mos", "E-model estimate of what a leg received, 1-4.5.",
     &QualityDistributions::mos},
    {"narada_mixer_leg_loss_ratio", "Share of a leg's packets lost on the way to us.",
     &QualityDistributions::loss_ratio},
    {"narada_mixer_leg_jitter_seconds", "Interarrival jitter of a leg (RFC 3550).",
     &QualityDistributions::jitter_seconds},
    {"narada_mixer_leg_round_trip_seconds", "Round trip to a leg's far end, by RTCP.",
     &QualityDistributions::round_trip_seconds},
    {"narada_mixer_leg_delay_seconds", "From a packet's arrival to the mix that holds its sound.",
     &QualityDistributions::mixer_delay_seconds},
};

MetricFamily HistogramFamily(const QualityMetric& metric, const Histogram& histogram) {
  MetricFamily family = Family(metric.name, metric.help, MetricType::Histogram);
  prometheus::ClientMetric sample;
  uint64_t count = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    count += histogram.counts[i];
    const bool is_last = i == Histogram::kBounds;
    sample.histogram.bucket.push_back(
        {.cumulative_count = count,
         .upper_bound = is_last ? std::numeric_limits<double>::infinity() : histogram.bounds[i]});
  }
  sample.histogram.sample_count = count;
  sample.histogram.sample_sum = histogram.sum;
  family.metric.push_back(std::move(sample));
  return family;
}

}  // namespace

std::vector<MetricFamily> MixerMetrics::Collect() const {
  std::vector<WorkerFigures> workers;
  for (int i = 0; i < context_.engine.workers(); ++i) {
    workers.push_back(context_.engine.FiguresOf(i));
  }
  std::vector<MetricFamily> families;
  for (const WorkerMetric& metric : kWorkerMetrics) {
    MetricFamily family = Family(metric.name, metric.help, metric.type);
    for (size_t i = 0; i < workers.size(); ++i) {
      Add(family, metric.read(workers[i]), {{"worker", std::to_string(i)}});
    }
    families.push_back(std::move(family));
  }
  MetricFamily drops =
      Family("narada_mixer_network_drops_total",
             "Datagrams dropped outside of the legs, by reason.", MetricType::Counter);
  for (size_t i = 0; i < workers.size(); ++i) {
    for (const Drop& drop : kDrops) {
      Add(drops, static_cast<double>(drop.read(workers[i])),
          {{"worker", std::to_string(i)}, {"reason", drop.reason}});
    }
  }
  families.push_back(std::move(drops));

  MetricFamily leg_drops = Family("narada_mixer_leg_drops_total",
                                  "Datagrams that legs refused, by reason.", MetricType::Counter);
  const room::LegStatistics totals = context_.quality.Totals();
  for (size_t i = 0; i < room::kLegDropCount; ++i) {
    const absl::string_view reason = room::LegDropName(static_cast<room::LegDrop>(i));
    Add(leg_drops, static_cast<double>(totals.drops[i]), {{"reason", std::string(reason)}});
  }
  families.push_back(std::move(leg_drops));

  MetricFamily packets = Family("narada_mixer_packets_total", "RTP packets of legs, by direction.",
                                MetricType::Counter);
  Add(packets, static_cast<double>(totals.packets_received), {{"direction", "received"}});
  Add(packets, static_cast<double>(totals.packets_sent), {{"direction", "sent"}});
  families.push_back(std::move(packets));

  MetricFamily concealed =
      Family("narada_mixer_concealed_frames_total",
             "Frames of 20 ms that were concealed, by cause.", MetricType::Counter);
  Add(concealed, static_cast<double>(totals.concealed_network), {{"cause", "network"}});
  Add(concealed, static_cast<double>(totals.concealed_ceiling), {{"cause", "ceiling"}});
  Add(concealed, static_cast<double>(totals.concealed_codec), {{"cause", "codec"}});
  Add(concealed, static_cast<double>(totals.concealed_cpu), {{"cause", "cpu"}});
  families.push_back(std::move(concealed));

  MetricFamily digits =
      Family("narada_mixer_digits_total", "Key presses of callers, by path.", MetricType::Counter);
  for (size_t i = 0; i < dtmf::kDigitPathCount; ++i) {
    Add(digits, totals.digits_received[i], {{"path", kDigitPaths[i]}});
  }
  families.push_back(std::move(digits));
  MetricFamily reports = Family("narada_mixer_reports_received_total",
                                "RTCP datagrams of far ends that were taken.", MetricType::Counter);
  Add(reports, static_cast<double>(totals.reports_received), {});
  families.push_back(std::move(reports));
  const QualityDistributions quality = context_.quality.Distributions();
  for (const QualityMetric& metric : kQualityMetrics) {
    families.push_back(HistogramFamily(metric, quality.*metric.histogram));
  }

  if (context_.recorder != nullptr) {
    const files::RecorderFigures recorder = context_.recorder->Figures();
    const struct {
      const char* name;
      const char* help;
      MetricType type;
      uint64_t value;
    } figures[] = {
        {"narada_mixer_recordings_running", "Recordings that run or are paused.", MetricType::Gauge,
         recorder.running},
        {"narada_mixer_recordings_started_total", "Recordings begun.", MetricType::Counter,
         recorder.started},
        {"narada_mixer_recordings_failed_total", "Recordings that the disk ended.",
         MetricType::Counter, recorder.failed},
        {"narada_mixer_recording_frames_lost_total",
         "Frames of 20 ms that a slow or full disk lost.", MetricType::Counter,
         recorder.frames_lost},
        {"narada_mixer_recordings_free_bytes", "Free space on the disk of recordings.",
         MetricType::Gauge, recorder.free_bytes},
    };
    for (const auto& figure : figures) {
      MetricFamily family = Family(figure.name, figure.help, figure.type);
      Add(family, static_cast<double>(figure.value), {});
      families.push_back(std::move(family));
    }
  }

  MetricFamily rooms =
      Family("narada_mixer_rooms", "Rooms, idle ones included.", MetricType::Gauge);
  Add(rooms, static_cast<double>(context_.engine.CountRooms()), {});
  families.push_back(std::move(rooms));
  MetricFamily draining =
      Family("narada_mixer_draining", "1 while nothing new is taken.", MetricType::Gauge);
  Add(draining, context_.is_draining.load() ? 1 : 0, {});
  families.push_back(std::move(draining));
  return families;
}

}  // namespace narada::mixer::service
