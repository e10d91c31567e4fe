#include "mixer/files/recording.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "mixer/files/ogg_opus_writer.h"
#include "mixer/files/recording_log.h"
#include "mixer/files/wav_writer.h"

namespace narada::mixer::files {
namespace {

constexpr char kMixTrack[] = "mix";

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

absl::Status CheckFreeSpace(const Folder& folder, uint64_t reserve_bytes) {
  ASSIGN_OR_RETURN(const uint64_t free_bytes, folder.FreeBytes());
  if (free_bytes >= reserve_bytes) return absl::OkStatus();
  return ErrorWithReason(
      absl::StatusCode::kResourceExhausted, "DISK_FULL",
      absl::StrCat("the disk of recordings has ", free_bytes,
                   " bytes left, which is below the reserve of ", reserve_bytes, "; delete some"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Recording>> Recording::Start(const Folder& folder,
                                                            const RecordingOptions& options,
                                                            const LegNames& names) {
  RETURN_IF_ERROR(CheckFreeSpace(folder, options.reserve_bytes));
  const std::string& id = options.info.recording_id;
  ASSIGN_OR_RETURN(Folder own, folder.MakeFolder(id));
  absl::Status status;
  if (absl::StatusOr<File> log = own.MakeFile(kLogName); log.ok()) {
    std::unique_ptr<Recording> recording(
        new Recording(std::move(own), options, names, AppendFile(*std::move(log)), 0));
    recording->log_.Append(Bytes(LogHead(options.info)));
    status = recording->AddTrack(kMixTrack, 0);
    if (status.ok()) status = recording->log_.Flush();
    if (status.ok()) {
      recording->UpdateInfo();
      return recording;
    }
  } else {
    status = log.status();
  }
  folder.RemoveFolder(id).IgnoreError();
  return status;
}

absl::StatusOr<std::unique_ptr<Recording>> Recording::Continue(const Folder& folder,
                                                               const RecordingOptions& options,
                                                               const LegNames& names,
                                                               absl::Time now) {
  const RecordingInfo& info = options.info;
  ASSIGN_OR_RETURN(Folder own, folder.OpenFolder(info.recording_id));
  ASSIGN_OR_RETURN(File log, own.OpenFile(kLogName));
  ASSIGN_OR_RETURN(const uint64_t log_bytes, log.Size());
  // The last moment that is in the files, as far as they tell.
  absl::Time last = absl::InfinitePast();
  for (const TrackInfo& track : info.tracks) {
    ASSIGN_OR_RETURN(const File file, own.OpenFile(track.file_name));
    ASSIGN_OR_RETURN(const absl::Time changed, file.ChangeTime());
    last = std::max(last, changed);
  }
  constexpr MediaDuration kTick = media::RecordingTap::kTickLength;
  int64_t first_tick = (info.duration + kTick - Nanoseconds(1)) / kTick;
  if (info.state == RecordingState::kRunning && last < now) {
    first_tick += absl::ToInt64Milliseconds(now - last) / (kTick.milliseconds());
  }
  std::unique_ptr<Recording> recording(new Recording(
      std::move(own), options, names, AppendFile(std::move(log), log_bytes), first_tick));
  for (const TrackInfo& track : info.tracks) RETURN_IF_ERROR(recording->ContinueTrack(track));
  recording->frames_refused_ = info.frames_lost;  // In its earlier life.
  recording->frames_lost_told_ = info.frames_lost;
  recording->log_.Append(Bytes(LogContinued(recording->SampleAt(first_tick), now)));
  recording->UpdateInfo();
  return recording;
}

Recording::Recording(Folder folder, const RecordingOptions& options, const LegNames& names,
                     AppendFile log, int64_t first_tick)
    : options_(options),
      names_(names),
      samples_per_tick_(options.info.rate.SamplesIn(media::RecordingTap::kTickLength).value()),
      tap_({.has_legs = options.info.has_legs,
            .first_tick = first_tick,
            .is_paused = options.info.state == RecordingState::kPaused,
            .ring_bytes = options.ring_bytes}),
      folder_(std::move(folder)),
      log_(std::move(log)),
      ticks_(first_tick),
      state_(options.info.state),
      info_(options.info) {}

RecordingInfo Recording::info() const {
  std::lock_guard lock(mutex_);
  return info_;
}

void Recording::Drain(absl::Time now) {
  const bool has_ended = tap_.has_ended();  // Asked first: then the ring holds all.
  for (media::TapRecord record; tap_.ring().Front(&record); tap_.ring().PopFront()) {
    if (!is_over_) Take(record, now);
  }
  if (is_over_) return;
  const RecordingState state =
      tap_.is_paused() ? RecordingState::kPaused : RecordingState::kRunning;
  has_changed_ |= state != state_;
  state_ = state;
  if (has_ended) {
    ticks_ = std::max(ticks_, tap_.ticks_at_end());
    Finish(now);
  } else {
    UpdateInfo();
  }
}

void Recording::Take(const media::TapRecord& record, absl::Time now) {
  const int64_t tick = record.header.tick;
  const int64_t at = SampleAt(tick);
  const uint64_t leg = record.header.leg;
  switch (record.header.kind) {
    case media::TapKind::kNothing:
      break;
    case media::TapKind::kMix:
      ticks_ = std::max(ticks_, tick + 1);
      Write(tracks_.front().get(), record);
      break;
    case media::TapKind::kLeg:
      ticks_ = std::max(ticks_, tick + 1);
      Write(TrackOf(leg, tick), record);
      break;
    case media::TapKind::kLegAdded:
      log_.Append(Bytes(LogJoined(at, names_.Of(leg))));
      if (options_.info.has_legs) TrackOf(leg, tick);
      break;
    case media::TapKind::kLegRemoved:
      log_.Append(Bytes(LogLeft(at, names_.Of(leg))));
      track_of_leg_.erase(leg);
      break;
    case media::TapKind::kPaused:
      log_.Append(Bytes(LogPaused(at, now)));
      break;
    case media::TapKind::kResumed:
      log_.Append(Bytes(LogResumed(at, now)));
      break;
  }
}

void Recording::Write(Track* track, const media::TapRecord& record) {
  const SampleRate rate = SampleRate::FromHertz(record.header.rate_hz);
  const bool is_written =
      track != nullptr && track->Write(record.header.tick, record.samples, rate);
  if (!is_written) ++frames_refused_;
}

Track* Recording::TrackOf(uint64_t leg, int64_t tick) {
  const auto known = track_of_leg_.find(leg);
  if (known != track_of_leg_.end()) return known->second;
  const std::string track_id = names_.Of(leg);
  const auto find = [&]() -> Track* {
    for (const auto& track : tracks_) {
      if (track->track_id() == track_id) return track.get();
    }
    return nullptr;
  };
  Track* track = find();  // It was here before.
  if (track == nullptr) {
    if (const absl::Status status = AddTrack(track_id, tick); !status.ok()) {
      LOG_WARNING("recording {} has no track for a leg: {}", options_.info.recording_id,
                  status.message());
    }
    track = find();  // Null, and remembered as such: a half-made file stays in the way.
  }
  track_of_leg_[leg] = track;
  return track;
}

absl::Status Recording::AddTrack(const std::string& track_id, int64_t tick) {
  const bool is_wav = options_.info.format == RecordingFormat::kWav;
  const std::string name = absl::StrCat(track_id, is_wav ? ".wav" : ".opus");
  ASSIGN_OR_RETURN(File file, folder_.MakeFile(name));
  std::unique_ptr<TrackWriter> writer;
  if (is_wav) {
    ASSIGN_OR_RETURN(writer, WavWriter::Start(std::move(file), options_.info.rate));
  } else {
    ASSIGN_OR_RETURN(
        writer,
        OggOpusWriter::Start(std::move(file), {.rate = options_.info.rate,
                                               .bitrate = options_.opus_bitrate,
                                               .serial = static_cast<uint32_t>(tracks_.size())}));
  }
  log_.Append(Bytes(LogTrack(SampleAt(tick), track_id, name)));
  tracks_.push_back(std::make_unique<Track>(track_id, name, std::move(writer), options_.info.rate));
  has_changed_ = true;
  return absl::OkStatus();
}

absl::Status Recording::ContinueTrack(const TrackInfo& track) {
  ASSIGN_OR_RETURN(File file, folder_.OpenFile(track.file_name));
  std::unique_ptr<TrackWriter> writer;
  if (options_.info.format == RecordingFormat::kWav) {
    ASSIGN_OR_RETURN(writer, WavWriter::Continue(std::move(file)));
  } else {
    ASSIGN_OR_RETURN(writer,
                     OggOpusWriter::Continue(std::move(file), {.rate = options_.info.rate,
                                                               .bitrate = options_.opus_bitrate}));
  }
  tracks_.push_back(std::make_unique<Track>(track.track_id, track.file_name, std::move(writer),
                                            options_.info.rate));
  return absl::OkStatus();
}

absl::Status Recording::FlushFiles() {
  absl::Status first;
  for (const auto& track : tracks_) first.Update(track->writer().Flush());
  first.Update(log_.Flush());
  return first;
}

void Recording::Flush(absl::Time now) {
  if (is_over_) return;
  const uint64_t lost = tap_.frames_lost() + frames_refused_;
  if (lost != frames_lost_told_) {
    log_.Append(Bytes(LogLost(SampleAt(ticks_), lost)));
    frames_lost_told_ = lost;
    has_changed_ = true;
  }
  absl::Status status = FlushFiles();
  if (status.ok()) {
    refused_since_ = absl::InfiniteFuture();
    status = CheckFreeSpace(folder_, options_.reserve_bytes);
    if (!status.ok()) {
      LOG_WARNING("recording {} ends: {}", options_.info.recording_id, status.message());
      return End(RecordingState::kFailed, now);
    }
  } else if (refused_since_ == absl::InfiniteFuture()) {
    LOG_WARNING("recording {}: {}", options_.info.recording_id, status.message());
    refused_since_ = now;
  } else if (now - refused_since_ >= kPatience) {
    LOG_WARNING("recording {} ends: {}", options_.info.recording_id, status.message());
    return End(RecordingState::kFailed, now);
  }
  if (options_.info.rate.DurationOf(SampleCount(SampleAt(ticks_))) >= options_.duration_max) {
    return End(RecordingState::kFinished, now);
  }
  UpdateInfo();
}

void Recording::Finish(absl::Time now) { End(RecordingState::kFinished, now); }

void Recording::End(RecordingState state, absl::Time now) {
  if (is_over_) return;
  absl::Status status = FlushFiles();
  for (const auto& track : tracks_) {
    if (status.ok()) {
      track->End(ticks_);
      status = track->writer().Finish();
    }
    if (!status.ok()) track->writer().Abandon().IgnoreError();
  }
  state_ = status.ok() ? state : RecordingState::kFailed;
  log_.Append(Bytes(LogEnd(SampleAt(ticks_), state_, now)));
  // Without its last line it is found as one that a crash ended.
  if (!log_.Flush().ok()) log_.Abandon().IgnoreError();
  folder_.Sync().IgnoreError();
  is_over_ = has_changed_ = true;
  UpdateInfo();
}

bool Recording::HasChanged() { return std::exchange(has_changed_, false); }

void Recording::UpdateInfo() {
  std::vector<TrackInfo> tracks;
  for (const auto& track : tracks_) {
    const TrackWriter& writer = track->writer();
    tracks.push_back({.track_id = track->track_id(),
                      .file_name = track->file_name(),
                      .size_bytes = writer.size_bytes(),
                      .duration = options_.info.rate.DurationOf(SampleCount(writer.samples()))});
  }
  std::lock_guard lock(mutex_);
  info_.state = state_;
  info_.tracks = std::move(tracks);
  info_.duration = options_.info.rate.DurationOf(SampleCount(SampleAt(ticks_)));
  info_.frames_lost = tap_.frames_lost() + frames_refused_;
}

}  // namespace narada::mixer::files
