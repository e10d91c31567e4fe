#include "mixer/files/recorder.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "mixer/files/ogg_extent.h"
#include "mixer/files/recording_log.h"
#include "mixer/files/wav_writer.h"

namespace narada::mixer::files {
namespace {

// How often a ring is emptied: some percent of what it holds.
constexpr std::chrono::milliseconds kDrainInterval(40);
// How much a crash may cost, less than the second that is promised.
constexpr absl::Duration kFlushInterval = absl::Milliseconds(400);

constexpr size_t kLogBytesMax = 64 << 20;

absl::Status Unknown(absl::string_view id) {
  return ErrorWithReason(absl::StatusCode::kNotFound, "RECORDING_UNKNOWN",
                         absl::StrCat("there is no recording \"", id, "\""));
}

absl::Status Exists(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kAlreadyExists, "RECORDING_EXISTS", what);
}

bool IsOver(const RecordingInfo& info) {
  return info.state == RecordingState::kFinished || info.state == RecordingState::kFailed;
}

absl::StatusOr<std::string> ReadAll(const File& file, size_t size_max) {
  ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  std::string text(std::min<uint64_t>(size, size_max), '\0');
  ASSIGN_OR_RETURN(const size_t got,
                   file.ReadAt(0, {reinterpret_cast<uint8_t*>(text.data()), text.size()}));
  text.resize(got);
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Recorder>> Recorder::Open(const RecorderOptions& options,
                                                         const Clock& clock,
                                                         RecorderListener& listener) {
  ASSIGN_OR_RETURN(Folder folder, Folder::Open(options.folder, options.before_write));
  std::unique_ptr<Recorder> recorder(new Recorder(std::move(folder), options, clock, listener));
  RETURN_IF_ERROR(recorder->ReadFolder());
  for (size_t i = 0; i < recorder->by_thread_.size(); ++i) {
    recorder->threads_.emplace_back([raw = recorder.get(), i] { raw->Run(i); });
  }
  return recorder;
}

Recorder::Recorder(Folder folder, const RecorderOptions& options, const Clock& clock,
                   RecorderListener& listener)
    : options_(options),
      clock_(clock),
      listener_(listener),
      folder_(std::move(folder)),
      by_thread_(static_cast<size_t>(std::max(options.threads, 1))) {}

Recorder::~Recorder() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// --- What is in the folder ---

absl::Status Recorder::ReadFolder() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, folder_.List());
  for (const std::string& name : names) ReadRecording(name);
  return absl::OkStatus();
}

// What is no recording stays where it is.
void Recorder::ReadRecording(const std::string& name) {
  const absl::StatusOr<Folder> own = folder_.OpenFolder(name);
  if (!own.ok()) return;
  absl::StatusOr<File> log = own->OpenFile(kLogName);
  if (!log.ok()) return;
  const absl::StatusOr<std::string> text = ReadAll(*log, kLogBytesMax);
  if (!text.ok()) return;
  absl::StatusOr<RecordingInfo> info = ParseLog(*text);
  if (!info.ok() || info->recording_id != name) {
    LOG_WARNING("recording {} is left out: {}", name, info.status().message());
    return;
  }
  const bool is_interrupted = !IsOver(*info);
  // Lines are added behind the last whole one.
  if (is_interrupted) log->Resize(text->rfind('\n') + 1).IgnoreError();
  for (TrackInfo& track : info->tracks) {
    absl::StatusOr<File> file = own->OpenFile(track.file_name);
    if (!file.ok()) continue;
    track.size_bytes = file->Size().value_or(0);
    if (is_interrupted && info->format == RecordingFormat::kOggOpus) {
      const int64_t samples_48k = ReadOggExtent(*file).value_or(OggExtent()).samples_48k;
      track.duration = SampleRate::FromHertz(48000).DurationOf(SampleCount(samples_48k));
      info->duration = std::max(info->duration, track.duration);
    }
    if (info->format == RecordingFormat::kWav && track.size_bytes >= WavWriter::kHeaderBytes) {
      const auto samples = static_cast<int64_t>((track.size_bytes - WavWriter::kHeaderBytes) / 2);
      track.duration = info->rate.DurationOf(SampleCount(samples));
      info->duration = std::max(info->duration, track.duration);
    }
  }
  std::lock_guard lock(mutex_);
  entries_[name] = {
      .info = *std::move(info), .recording = nullptr, .is_interrupted = is_interrupted};
}

// --- Recordings that run ---

absl::StatusOr<std::shared_ptr<Recording>> Recorder::Start(RecordingInfo info) {
  const std::string id = info.recording_id;
  std::lock_guard lock(mutex_);
  if (entries_.count(id) > 0) return Exists(absl::StrCat("recording ", id, " is there already"));
  for (const auto& [other, entry] : entries_) {
    const bool is_of_room =
        entry.recording != nullptr && entry.recording->info().room_id == info.room_id;
    if (is_of_room) return Exists(absl::StrCat("the room is being recorded as ", other));
  }
  info.start_time = clock_.Now();
  absl::StatusOr<std::unique_ptr<Recording>> made =
      Recording::Start(folder_, OptionsFor(std::move(info)), leg_names_);
  if (ReasonOf(made.status()) == "FILE_EXISTS") {
    return Exists(absl::StrCat("a folder of the name ", id, " is in the way"));
  }
  if (!made.ok()) return made.status();
  std::shared_ptr<Recording> recording = *std::move(made);
  Give(id, recording);
  ++figures_.started;
  return recording;
}

RecordingOptions Recorder::OptionsFor(RecordingInfo info) const {
  return {.info = std::move(info),
          .opus_bitrate = options_.opus_bitrate,
          .reserve_bytes = options_.reserve_bytes,
          .duration_max = options_.duration_max,
          .ring_bytes = options_.ring_bytes};
}

// To the thread that has the fewest.
void Recorder::Give(const std::string& recording_id, std::shared_ptr<Recording> recording) {
  entries_[recording_id] = {.info = {}, .recording = recording, .is_interrupted = false};
  const auto fewest =
      std::min_element(by_thread_.begin(), by_thread_.end(),
                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
  fewest->push_back(std::move(recording));
  wake_.notify_all();
}

std::vector<RecordingInfo> Recorder::Interrupted() const {
  std::lock_guard lock(mutex_);
  std::vector<RecordingInfo> found;
  for (const auto& [id, entry] : entries_) {
    if (entry.is_interrupted) found.push_back(entry.info);
  }
  return found;
}

absl::StatusOr<std::shared_ptr<Recording>> Recorder::Continue(const std::string& recording_id) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(recording_id);
  if (found == entries_.end() || !found->second.is_interrupted) return Unknown(recording_id);
  ASSIGN_OR_RETURN(
      std::unique_ptr<Recording> made,
      Recording::Continue(folder_, OptionsFor(found->second.info), leg_names_, clock_.Now()));
  std::shared_ptr<Recording> recording = std::move(made);
  Give(recording_id, recording);
  return recording;
}

void Recorder::EndInterrupted(const std::string& recording_id) {
  RecordingInfo info;
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(recording_id);
    if (found == entries_.end() || !found->second.is_interrupted) return;
    found->second.is_interrupted = false;
    found->second.info.state = RecordingState::kFinished;
    info = found->second.info;
    EndFiles(info);
  }
  listener_.OnRecordingChanged(info);
}

// Its tracks tell their lengths, and its log has an end. What the disk refuses stays as it is.
void Recorder::EndFiles(const RecordingInfo& info) const {
  const absl::StatusOr<Folder> own = folder_.OpenFolder(info.recording_id);
  if (!own.ok()) return;
  for (const TrackInfo& track : info.tracks) {
    absl::StatusOr<File> file = own->OpenFile(track.file_name);
    if (!file.ok() || info.format != RecordingFormat::kWav) continue;
    WavWriter::Repair(*std::move(file)).IgnoreError();
  }
  absl::StatusOr<File> log = own->OpenFile(kLogName);
  if (!log.ok()) return;
  const uint64_t size = log->Size().value_or(0);
  AppendFile end(*std::move(log), size);
  const std::string line =
      LogEnd(info.rate.SamplesIn(info.duration).value(), info.state, clock_.Now());
  end.Append({reinterpret_cast<const uint8_t*>(line.data()), line.size()});
  end.Flush().IgnoreError();
}

void Recorder::Discard(const std::string& recording_id) {
  const std::shared_ptr<Recording> recording = FindRunning(recording_id);
  if (recording == nullptr) return;
  Retire(recording_id);
  std::lock_guard lock(mutex_);
  entries_.erase(recording_id);
  folder_.RemoveFolder(recording_id).IgnoreError();
}

std::shared_ptr<Recording> Recorder::FindRunning(absl::string_view recording_id) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(recording_id);
  return found == entries_.end() ? nullptr : found->second.recording;
}

bool Recorder::WaitUntilOver(absl::string_view recording_id, absl::Duration timeout) const {
  std::unique_lock lock(mutex_);
  return retired_.wait_for(lock, absl::ToChronoMilliseconds(timeout), [&] {
    const auto found = entries_.find(recording_id);
    return found == entries_.end() || found->second.recording == nullptr;
  });
}

std::vector<std::shared_ptr<Recording>> Recorder::TapsToEnd() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Recording>> found;
  for (const auto& [id, entry] : entries_) {
    if (entry.recording != nullptr && IsOver(entry.recording->info()) &&
        !entry.recording->tap().has_ended()) {
      found.push_back(entry.recording);
    }
  }
  return found;
}

std::vector<std::shared_ptr<Recording>> Recorder::RecordingsOf(size_t thread) const {
  std::lock_guard lock(mutex_);
  return by_thread_[thread];
}

void Recorder::Run(size_t thread) {
  absl::Time last_flush = clock_.Now();
  bool is_last_round = false;
  while (!is_last_round) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return is_stopping_ || !by_thread_[thread].empty(); });
      wake_.wait_for(lock, kDrainInterval, [this] { return is_stopping_; });
      is_last_round = is_stopping_;
    }
    const absl::Time now = clock_.Now();
    // Also when the wall clock was set back.
    const bool is_flush_due = now - last_flush >= kFlushInterval || now < last_flush;
    if (is_flush_due) last_flush = now;
    for (const std::shared_ptr<Recording>& recording : RecordingsOf(thread)) {
      recording->Drain(now);
      if (is_flush_due) recording->Flush(now);
      if (is_last_round) recording->Finish(now);
      if (recording->HasChanged()) listener_.OnRecordingChanged(recording->info());
      if (recording->is_over() && recording->tap().has_ended()) {
        Retire(recording->info().recording_id);
      }
    }
  }
}

void Recorder::Retire(const std::string& recording_id) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(recording_id);
  if (found == entries_.end() || found->second.recording == nullptr) return;
  const std::shared_ptr<Recording> recording = std::move(found->second.recording);
  found->second.info = recording->info();
  figures_.frames_lost += found->second.info.frames_lost;
  if (found->second.info.state == RecordingState::kFailed) ++figures_.failed;
  for (auto& list : by_thread_)
    list.erase(std::remove(list.begin(), list.end(), recording), list.end());
  retired_.notify_all();
}

// --- What callers read ---

std::optional<RecordingInfo> Recorder::Find(absl::string_view recording_id) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(recording_id);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  return entry.recording != nullptr ? entry.recording->info() : entry.info;
}

std::vector<RecordingInfo> Recorder::List(absl::string_view after, size_t max) const {
  std::lock_guard lock(mutex_);
  std::vector<RecordingInfo> page;
  for (auto it = entries_.upper_bound(after); it != entries_.end() && page.size() < max; ++it) {
    page.push_back(it->second.recording != nullptr ? it->second.recording->info()
                                                   : it->second.info);
  }
  return page;
}

absl::StatusOr<std::string> Recorder::Read(absl::string_view recording_id,
                                           absl::string_view track_id, uint64_t offset,
                                           size_t size_max) const {
  const std::optional<RecordingInfo> info = Find(recording_id);
  if (!info.has_value()) return Unknown(recording_id);
  const auto track =
      std::find_if(info->tracks.begin(), info->tracks.end(),
                   [&](const TrackInfo& candidate) { return candidate.track_id == track_id; });
  if (track == info->tracks.end()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "TRACK_UNKNOWN",
                           absl::StrCat("the recording has no track \"", track_id, "\""));
  }
  ASSIGN_OR_RETURN(const Folder own, folder_.OpenFolder(info->recording_id));
  ASSIGN_OR_RETURN(const File file, own.OpenFile(track->file_name));
  ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  if (offset > size) {
    return ErrorWithReason(absl::StatusCode::kOutOfRange, "OFFSET_PAST_END",
                           absl::StrCat("the track has ", size, " bytes"));
  }
  std::string content(std::min<uint64_t>(size_max, size - offset), '\0');
  ASSIGN_OR_RETURN(
      const size_t got,
      file.ReadAt(offset, {reinterpret_cast<uint8_t*>(content.data()), content.size()}));
  content.resize(got);
  return content;
}

absl::Status Recorder::Delete(const std::string& recording_id) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(recording_id);
  if (found == entries_.end()) return Unknown(recording_id);
  if (found->second.recording != nullptr) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_RUNNING",
                           "stop the recording before it is deleted");
  }
  RETURN_IF_ERROR(folder_.RemoveFolder(recording_id));
  entries_.erase(found);
  return absl::OkStatus();
}

RecorderFigures Recorder::Figures() const {
  std::lock_guard lock(mutex_);
  RecorderFigures figures = figures_;
  for (const auto& list : by_thread_) {
    for (const auto& recording : list) {
      ++figures.running;
      figures.frames_lost += recording->info().frames_lost;
    }
  }
  figures.free_bytes = folder_.FreeBytes().value_or(0);
  return figures;
}

}  // namespace narada::mixer::files
