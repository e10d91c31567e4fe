#include "mixer/engine/worker.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/media_path_scope.h"

namespace narada::mixer::engine {
namespace {

// Commands applied in one step at the most, so that a burst of joins does not delay a tick.
constexpr int kCommandsPerStepMax = 64;

// Two ticks of a moving leg lie at least this far apart, and at most 20 ms more.
constexpr MediaDuration kMoveSpacingMin = Milliseconds(10);

// How long the load is measured before it is published.
constexpr MediaDuration kLoadWindow = Milliseconds(1000);

// A leg may tell some events in one tick, and all rooms of a worker may tick in one step.
constexpr size_t kEventsPerStepMax = 8192;

// A tick that has made so many datagrams sends them before it goes on: the first ones of a room of thousands need not wait for the last.
// Each such pause costs what the kernel displaces in the cache; rooms of hundreds have none.
constexpr size_t kSendBatch = 512;

// So many datagrams before it is sent what a datagram needs is brought into the cache.
constexpr size_t kSendAhead = 4;

void BringNear(const room::OutgoingDatagram& datagram) {
  static_cast<const WorkerLeg*>(datagram.leg)->BringSocketsNear();
  BringIntoCache(datagram.header.data(), datagram.header.size());
}

bool IsRtcp(net::SocketTag tag) { return tag % 2 == 1; }

}  // namespace

void RemoveLegCommand::Apply(Worker& worker) noexcept { worker.StartRemoval(*this); }
void MoveLegCommand::Apply(Worker& worker) noexcept { worker.StartMove(*this); }

Worker::Worker(const WorkerOptions& options, net::Network& network)
    : options_(options),
      network_(network),
      commands_(options.commands_max),
      messages_(options.messages_max),
      source_table_(options.shared_sockets.empty() ? 0 : 2 * options.legs_max, options.source_seed),
      legs_(options.legs_max, nullptr),
      due_(options.steps_per_tick),
      outbox_(kSendBatch, this),
      events_(kEventsPerStepMax) {
  free_slots_.reserve(options.legs_max);
  for (uint32_t slot = options.legs_max; slot > 0; --slot) free_slots_.push_back(slot - 1);
  for (int peer = 0; peer < options.workers; ++peer) {
    arrivals_.push_back(std::make_unique<SpscRing<MoveLegCommand*>>(options.commands_max));
  }
  peers_.assign(1, this);
}

void Worker::Step(MediaTime now) noexcept {
  DCHECK_CALLED_ON_OWNER(thread_);
  MediaPathScope scope;
  now_ = now;
  if (!has_opened_shared_sockets_) OpenSharedSockets();
  ApplyCommands();
  ReceivePackets();
  TickRooms();
  outbox_.Flush();
  CheckpointSome();
  PartFromMovers();
  PublishEvents();
  HandOverParted();
  phase_ = (phase_ + 1) % options_.steps_per_tick;
}

// Here rather than before the first step: the network belongs to this thread. Their receives never stop.
void Worker::OpenSharedSockets() noexcept {
  has_opened_shared_sockets_ = true;
  net::SocketTag tag = shared_tags_begin();
  for (const SharedHandles& handles : options_.shared_sockets) {
    network_.StartReceive(handles.rtp, tag++);
    network_.StartReceive(handles.rtcp, tag++);
  }
}

void Worker::ApplyCommands() noexcept {
  Command* command;
  for (int i = 0; i < kCommandsPerStepMax && commands_.TryPop(&command); ++i) {
    command->Apply(*this);
  }
  WelcomeArrivals();
}

void Worker::ReceivePackets() noexcept {
  network_.Submit();  // Receives that commands started or stopped.
  network_.Receive(*this);
  if (!removals_.is_empty()) FinishRemovals();
}

void Worker::ReceiveEarly(MediaTime now) noexcept {
  MediaPathScope scope;
  now_ = now;
  network_.Receive(*this);
}

// Legs that send nothing leave their state about once a second.
void Worker::CheckpointSome() noexcept {
  const size_t steps_per_second = static_cast<size_t>(Seconds(1) / step_length());
  const size_t count = (legs_.size() + steps_per_second - 1) / steps_per_second;
  for (size_t i = 0; i < count; ++i) {
    checkpointed_ = (checkpointed_ + 1) % legs_.size();
    if (legs_[checkpointed_] != nullptr) legs_[checkpointed_]->Checkpoint();
  }
}

void Worker::TickRooms() noexcept {
  due_.ForEachAt(phase_, [this](WorkerRoom& room) {
    if (!joining_.is_empty()) JoinMovers(room);
    room.Tick(now_, outbox_, events_);
    room.last_tick_ = now_;
    ++figures_.ticks;
    figures_.encodes += room.statistics().encodes_last_tick;
    RestIfIdle(room);
  });
}

void Worker::Carry(std::span<const room::OutgoingDatagram> datagrams) noexcept {
  for (const room::OutgoingDatagram& first :
       datagrams.first(std::min(datagrams.size(), kSendAhead)))
    BringNear(first);
  for (size_t i = 0; i < datagrams.size(); ++i) {
    const room::OutgoingDatagram& datagram = datagrams[i];
    if (i + kSendAhead < datagrams.size()) BringNear(datagrams[i + kSendAhead]);
    WorkerLeg& leg = *static_cast<WorkerLeg*>(datagram.leg);
    // Before the ring has the packet: its number is never used again, whenever we may be killed.
    leg.Checkpoint();
    network_.Send({.socket = leg.SocketFor(datagram.is_rtcp),
                   .destination = datagram.destination,
                   .head = datagram.header,
                   .body = datagram.payload});
  }
  network_.Submit();
}

// After the packets of this step have left, for they point into the legs.
void Worker::PartFromMovers() noexcept {
  if (movers_.is_empty() && parting_.is_empty()) return;
  movers_.TakeIf([this](MoveLegCommand& command) {
    WorkerRoom& from = *command.leg.room_;
    const bool has_just_ticked = from.last_tick_ == now_;
    if (!has_just_ticked) return false;
    if (command.stop_playback) command.leg.StopPlayback(0);
    Leave(command.leg);
    command.join_not_before = now_ + kMoveSpacingMin;
    if (command.to_worker == options_.index) {
      command.leg.room_ = &command.to;
      ++command.to.legs_expected_;
      MakeDue(command.to);
      joining_.PushBack(command);
    } else {
      StopReceiving(command.leg);
      parting_.PushBack(command);
    }
    return true;
  });
  if (parting_.is_empty()) return;
  network_.Submit();
  network_.Receive(*this);
}

// After everything that the leg told here has been published: the reader of the messages keeps that
// order by `after_position`.
void Worker::HandOverParted() noexcept {
  if (parting_.is_empty()) return;
  parting_.TakeIf([this](MoveLegCommand& command) {
    SpscRing<MoveLegCommand*>& ring = *peers_[static_cast<size_t>(command.to_worker)]
                                           ->arrivals_[static_cast<size_t>(options_.index)];
    if (command.leg.receives_running_ > 0 || ring.FreeForProducer() == 0) return false;
    FreeSlot(command.leg);
    command.after_worker = options_.index;
    command.after_position = told_;
    ring.TryPush(&command);
    return true;
  });
}

void Worker::WelcomeArrivals() noexcept {
  for (const auto& ring : arrivals_) {
    for (MoveLegCommand* command; ring->TryPop(&command);) {
      command->leg.room_ = &command->to;
      StartReceiving(command->leg);
      ++command->to.legs_expected_;
      MakeDue(command->to);
      joining_.PushBack(*command);
    }
  }
}

void Worker::JoinMovers(WorkerRoom& room) noexcept {
  joining_.TakeIf([&](MoveLegCommand& command) {
    if (&command.to != &room || now_ < command.join_not_before) return false;
    --room.legs_expected_;
    Enter(command.leg, room);
    Complete(command);
    return true;
  });
}

CommandOutcome Worker::AddLeg(WorkerLeg& leg, WorkerRoom& room) noexcept {
  if (free_slots_.empty()) return CommandOutcome::kWorkerFull;
  StartReceiving(leg);
  Enter(leg, room);
  return CommandOutcome::kDone;
}

CommandOutcome Worker::PlayToRoom(WorkerRoom& room, std::unique_ptr<media::PlaybackPlan>& plan,
                                  room::Queueing queueing) noexcept {
  if (!room.Play(plan, queueing)) return CommandOutcome::kPlaybacksPending;
  MakeDue(room);
  return CommandOutcome::kDone;
}

void Worker::CloseRoom(WorkerRoom& room) noexcept {
  CHECK(room.leg_count() == 0 && room.legs_expected_ == 0) << "a room is closed empty";
  room.Finish(now_, events_);
  if (room.phase_ != WorkerRoom::kNotDue) due_.Remove(room);
}

void Worker::StartRemoval(RemoveLegCommand& command) noexcept {
  StopReceiving(command.leg);
  removals_.PushBack(command);
}

void Worker::FinishRemovals() noexcept {
  removals_.TakeIf([this](RemoveLegCommand& command) {
    WorkerLeg& leg = command.leg;
    if (leg.receives_running_ > 0) return false;
    leg.Finish(now_, outbox_, events_);
    WorkerRoom& room = *leg.room_;
    Leave(leg);
    FreeSlot(leg);
    RestIfIdle(room);
    command.statistics = leg.statistics();
    CompleteAfterEvents(command);
    return true;
  });
}

void Worker::StartReceiving(WorkerLeg& leg) noexcept {
  CHECK(!free_slots_.empty()) << "admission let in more legs than there are places";
  leg.slot_ = free_slots_.back();
  free_slots_.pop_back();
  legs_[leg.slot_] = &leg;
  ++figures_.legs;
  if (leg.is_on_shared_sockets()) {
    leg.source_table_ = &source_table_;
    leg.EnterSourceTable();
    ++figures_.legs_on_shared_sockets;
    return;
  }
  leg.receives_running_ = 2;
  network_.StartReceive(leg.sockets().rtp.handle(), 2 * leg.slot_);
  network_.StartReceive(leg.sockets().rtcp.handle(), 2 * leg.slot_ + 1);
}

void Worker::StopReceiving(WorkerLeg& leg) noexcept {
  if (leg.is_on_shared_sockets()) {
    leg.LeaveSourceTable();
    leg.source_table_ = nullptr;
    found_ahead_ = {};  // It may soon be gone.
    --figures_.legs_on_shared_sockets;
    return;
  }
  network_.StopReceive(2 * leg.slot_);
  network_.StopReceive(2 * leg.slot_ + 1);
}

void Worker::FreeSlot(WorkerLeg& leg) noexcept {
  legs_[leg.slot_] = nullptr;
  free_slots_.push_back(leg.slot_);
  leg.slot_ = WorkerLeg::kNoSlot;
  --figures_.legs;
}

void Worker::Enter(WorkerLeg& leg, WorkerRoom& room) noexcept {
  leg.room_ = &room;
  room.Add(leg);
  if (room.phase_ == WorkerRoom::kNotDue) {
    MakeDue(room);
  } else {
    due_.Weigh(room, 1);
  }
}

void Worker::Leave(WorkerLeg& leg) noexcept {
  WorkerRoom& room = *leg.room_;
  room.Remove(leg);
  due_.Weigh(room, -1);
  leg.room_ = nullptr;
}

void Worker::MakeDue(WorkerRoom& room) noexcept {
  if (room.phase_ == WorkerRoom::kNotDue) due_.Insert(room);
}

void Worker::RestIfIdle(WorkerRoom& room) noexcept {
  const bool is_idle = room.leg_count() == 0 && room.legs_expected_ == 0 && !room.is_playing();
  if (is_idle && room.phase_ != WorkerRoom::kNotDue) due_.Remove(room);
}

void Worker::OnDatagram(net::SocketTag tag, std::span<const uint8_t> bytes,
                        const SocketAddress& source, MediaTime arrival) noexcept {
  const bool is_on_own_socket = tag < shared_tags_begin();
  WorkerLeg* const leg =
      is_on_own_socket ? legs_[tag / 2] : source_table_.Find(tag - shared_tags_begin(), source);
  if (leg == nullptr) {  // On a shared socket, from where no leg's far end says that it sends.
    ++figures_.dropped_source_unknown;
    return;
  }
  // The arrival may be later than now_: a late step has the time at which it was due.
  if (IsRtcp(tag)) {
    leg->ReceiveRtcp(bytes, source, arrival);
  } else {
    leg->ReceiveRtp(bytes, source, arrival);
  }
}

const WorkerLeg* Worker::FindLegAhead(const net::DatagramAhead& datagram) noexcept {
  if (datagram.tag < shared_tags_begin()) return legs_[datagram.tag / 2];
  if (datagram.ahead == net::DatagramAhead::kFirstHint) {
    FoundAhead& found = found_ahead_[next_found_ahead_++ % found_ahead_.size()];
    found = {.name = datagram.name,
             .leg = source_table_.Find(datagram.tag - shared_tags_begin(), datagram.source())};
    return found.leg;
  }
  for (const FoundAhead& found : found_ahead_) {
    if (found.name == datagram.name) return found.leg;
  }
  return nullptr;
}

void Worker::OnDatagramAhead(const net::DatagramAhead& datagram) noexcept {
  const WorkerLeg* const leg = FindLegAhead(datagram);
  if (leg != nullptr) leg->BringNear(room::Leg::Work::kReceive, datagram.ahead);
}

void Worker::OnReceiveStopped(net::SocketTag tag) noexcept { --legs_[tag / 2]->receives_running_; }

size_t Worker::SampleLegs(uint32_t slice, uint32_t slices,
                          std::span<LegSample> samples) const noexcept {
  size_t count = 0;
  for (size_t slot = slice; slot < legs_.size() && count < samples.size(); slot += slices) {
    if (legs_[slot] == nullptr) continue;
    samples[count++] = {.leg = legs_[slot]->id(), .statistics = legs_[slot]->statistics()};
  }
  return count;
}

void Worker::PublishEvents() noexcept {
  has_told_ = false;
  TellFinished(finished_before_events_);
  if (untold_lost_ > 0) {
    WorkerMessage lost;
    lost.kind = WorkerMessage::Kind::kEventsLost;
    lost.events_lost = untold_lost_;
    if (Tell(std::move(lost))) untold_lost_ = 0;
  }
  for (const room::RoomEvent& event : events_.events()) {
    WorkerMessage message;
    message.kind = WorkerMessage::Kind::kEvent;
    message.event = event;
    // Once one is lost the later ones are, too, until the loss could be told in its place.
    if (untold_lost_ > 0 || !Tell(std::move(message))) LoseEvents(1);
  }
  events_.Clear();
  LoseEvents(events_.dropped() - sink_dropped_seen_);
  sink_dropped_seen_ = events_.dropped();
  TellFinished(finished_after_events_);
  if (messages_.FreeForProducer() > 0) {
    if (media::PlaybackPlan* const plans = events_.TakeRetired(); plans != nullptr) {
      WorkerMessage retired;
      retired.kind = WorkerMessage::Kind::kRetiredPlans;
      retired.plans = plans;
      Tell(std::move(retired));
    }
  }
  if (has_told_ && options_.bell >= 0) {
    network_.Ring(options_.bell);
    network_.Submit();
  }
}

bool Worker::Tell(WorkerMessage&& message) noexcept {
  if (!messages_.TryPush(std::move(message))) return false;
  has_told_ = true;
  ++told_;
  return true;
}

void Worker::LoseEvents(uint64_t count) noexcept {
  untold_lost_ += count;
  figures_.events_lost += count;
}

void Worker::TellFinished(CommandList<Command>& commands) noexcept {
  // What does not fit stays for the next step.
  while (!commands.is_empty() && messages_.FreeForProducer() > 0) {
    WorkerMessage message;
    message.kind = WorkerMessage::Kind::kCommand;
    message.command = commands.PopFront();
    Tell(std::move(message));
  }
}

void Worker::RecordStep(MediaDuration lateness, MediaDuration busy,
                        int64_t ticks_skipped) noexcept {
  // The step is over: `phase_` names the next one.
  const int phase = (phase_ + options_.steps_per_tick - 1) % options_.steps_per_tick;
  const uint64_t lateness_ns = static_cast<uint64_t>(std::max<int64_t>(0, lateness.nanoseconds()));
  const uint64_t busy_ns = static_cast<uint64_t>(std::max<int64_t>(0, busy.nanoseconds()));
  if (lateness > step_length()) figures_.ticks_late += due_.CountAt(phase);
  figures_.ticks_missed += static_cast<uint64_t>(ticks_skipped) * due_.count();
  ++figures_.steps;
  figures_.busy_ns += busy_ns;
  window_busy_ns_ += busy_ns;
  window_lateness_max_ns_ = std::max(window_lateness_max_ns_, lateness_ns);
  if (now_ - window_start_ >= kLoadWindow) {
    const double window_ns = static_cast<double>((now_ - window_start_).nanoseconds());
    figures_.load = static_cast<double>(window_busy_ns_) / window_ns;
    figures_.legs_at_load = figures_.legs;
    figures_.lateness_max_ns = window_lateness_max_ns_;
    window_start_ = now_;
    window_busy_ns_ = window_lateness_max_ns_ = 0;
  }
  figures_.rooms_due = due_.count();
  figures_.network = network_.counters();
  status_.Publish(figures_);
}

}  // namespace narada::mixer::engine
