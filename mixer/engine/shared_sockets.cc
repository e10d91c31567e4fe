#include "mixer/engine/shared_sockets.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/net/patient_reopen.h"

namespace narada::mixer::engine {
namespace {

std::vector<std::pair<bool, SocketAddress>> ListOf(const LegSources& sources) {
  std::vector<std::pair<bool, SocketAddress>> list;
  if (sources.rtp.is_set()) list.emplace_back(false, sources.rtp);
  if (sources.rtcp.is_set()) list.emplace_back(true, sources.rtcp);
  return list;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SharedSockets>> SharedSockets::Open(
    const SharedSocketsOptions& options, net::SocketPairs& pairs) {
  std::unique_ptr<SharedSockets> sockets(new SharedSockets(options, pairs));
  const int count = options.workers * options.per_worker;
  sockets->shared_.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    const auto port = static_cast<uint16_t>(options.first_port + 2 * i);
    absl::StatusOr<net::SocketPair> pair = net::ReopenPatiently(pairs, port);
    if (!pair.ok()) return WithContext(pair.status(), "shared sockets");
    sockets->receive_buffer_bytes_ =
        std::min(sockets->receive_buffer_bytes_, pair->rtp.Widen(kBufferBytes));
    pair->rtcp.Widen(kBufferBytes);
    sockets->shared_.push_back({.pair = *std::move(pair), .sources = {}});
  }
  return sockets;
}

SharedSockets::~SharedSockets() {
  for (Shared& shared : shared_) pairs_.Close(std::move(shared.pair));
}

std::vector<SharedHandles> SharedSockets::HandlesOf(int worker) const {
  std::vector<SharedHandles> handles;
  for (int i = 0; i < options_.per_worker; ++i) {
    const net::SocketPair& the_pair = pair({.worker = worker, .index = i});
    handles.push_back({.rtp = the_pair.rtp.handle(), .rtcp = the_pair.rtcp.handle()});
  }
  return handles;
}

std::vector<SharedPlace> SharedSockets::PlacesOf(int worker) const {
  std::vector<SharedPlace> places;
  for (int i = 0; i < options_.per_worker; ++i) places.push_back({.worker = worker, .index = i});
  std::lock_guard lock(mutex_);
  std::stable_sort(places.begin(), places.end(), [this](SharedPlace a, SharedPlace b) {
    return shared_[IndexOf(a)].seats < shared_[IndexOf(b)].seats;
  });
  return places;
}

std::optional<SharedPlace> SharedSockets::PlaceAt(uint16_t rtp_port) const {
  for (size_t i = 0; i < shared_.size(); ++i) {
    if (shared_[i].pair.rtp.local().port() != rtp_port) continue;
    return SharedPlace{.worker = static_cast<int>(i) / options_.per_worker,
                       .index = static_cast<int>(i) % options_.per_worker};
  }
  return std::nullopt;
}

SharedSeat::SharedSeat(SharedSockets& sockets, SharedPlace place)
    : sockets_(sockets), place_(place) {
  std::lock_guard lock(sockets_.mutex_);
  ++sockets_.shared_[sockets_.IndexOf(place_)].seats;
}

SharedSeat::~SharedSeat() {
  KeepOnly({});
  std::lock_guard lock(sockets_.mutex_);
  --sockets_.shared_[sockets_.IndexOf(place_)].seats;
}

absl::Status SharedSeat::Claim(const LegSources& sources) {
  std::vector<SharedSockets::Source> fresh = ListOf(sources);
  std::erase_if(fresh, [this](const SharedSockets::Source& source) {
    return std::find(held_.begin(), held_.end(), source) != held_.end();
  });
  std::lock_guard lock(sockets_.mutex_);
  auto& taken = sockets_.shared_[sockets_.IndexOf(place_)].sources;
  for (const SharedSockets::Source& source : fresh) {
    if (!taken.contains(source)) continue;
    return ErrorWithReason(
        absl::StatusCode::kAlreadyExists, "SHARED_SOURCE_TAKEN",
        absl::StrCat(
            "another leg on the shared socket at port ", sockets_.rtp_address(place_).port(),
            " has a far end at ", source.second.ToString(),
            " as well, and their packets could not be told apart; give the far ends ports of "
            "their own, or the leg a socket of its own"));
  }
  taken.insert(fresh.begin(), fresh.end());
  held_.insert(held_.end(), fresh.begin(), fresh.end());
  return absl::OkStatus();
}

void SharedSeat::KeepOnly(const LegSources& sources) {
  const std::vector<SharedSockets::Source> kept = ListOf(sources);
  std::lock_guard lock(sockets_.mutex_);
  auto& taken = sockets_.shared_[sockets_.IndexOf(place_)].sources;
  std::erase_if(held_, [&](const SharedSockets::Source& source) {
    if (std::find(kept.begin(), kept.end(), source) != kept.end()) return false;
    taken.erase(source);
    return true;
  });
}

net::SocketPair SharedSeat::View() const {
  const net::SocketPair& pair = sockets_.pair(place_);
  return {.rtp = net::UdpSocket(pair.rtp.handle(), pair.rtp.local(), nullptr),
          .rtcp = net::UdpSocket(pair.rtcp.handle(), pair.rtcp.local(), nullptr)};
}

}  // namespace narada::mixer::engine
