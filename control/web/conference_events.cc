#include "control/web/conference_events.h"

#include <grpcpp/support/client_callback.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "narada/control/v1/conference.grpc.pb.h"

namespace narada::control::web {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(150);
constexpr char kGone[] = "event: gone\ndata: {}\n\n";

std::string Event(absl::string_view id, absl::string_view json) {
  return absl::StrCat(id.empty() ? "" : "id: ", id, id.empty() ? "" : "\n",
                      "event: change\ndata: ", json, "\n\n");
}

// One watch of a conference, from its start to OnDone, which deletes it. Its methods are called one at a
// time, by gRPC.
class Watch final : public grpc::ClientReadReactor<v1::WatchConferenceResponse> {
 public:
  Watch(const std::shared_ptr<grpc::Channel>& channel, std::string life,
        std::shared_ptr<TextStream> stream)
      : stub_(v1::ConferenceService::NewStub(channel)),
        life_(std::move(life)),
        stream_(std::move(stream)),
        context_(std::make_shared<grpc::ClientContext>()) {}

  void Start(const Requester& requester, const v1::WatchConferenceRequest& request) {
    AddRequester(requester, *context_);
    request_ = request;
    stub_->async()->WatchConference(context_.get(), &request_, this);
    StartRead(&change_);
    // The context outlives the watch here: who is gone may be told of it later.
    stream_->WhenGone([context = context_] { context->TryCancel(); });
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    const std::string id = absl::StrCat(life_, ".", change_.sequence());
    if (!stream_->Send(Event(id, ToJson(change_)))) {
      context_->TryCancel();
      return;
    }
    change_.Clear();
    StartRead(&change_);
  }

  void OnDone(const grpc::Status& status) override {
    if (FromGrpcStatus(status).code() == absl::StatusCode::kNotFound) stream_->Send(kGone);
    stream_->Close();
    delete this;
  }

 private:
  const std::unique_ptr<v1::ConferenceService::Stub> stub_;
  const std::string life_;
  const std::shared_ptr<TextStream> stream_;
  const std::shared_ptr<grpc::ClientContext> context_;
  v1::WatchConferenceRequest request_;
  v1::WatchConferenceResponse change_;
};

}  // namespace

std::optional<uint64_t> SequenceOf(absl::string_view event_id, absl::string_view life) {
  uint64_t sequence = 0;
  if (!absl::ConsumePrefix(&event_id, life) || !absl::ConsumePrefix(&event_id, ".") ||
      !absl::SimpleAtoi(event_id, &sequence)) {
    return std::nullopt;
  }
  return sequence;
}

void WatchConference(const RpcBridge& bridge, const Requester& requester,
                     const std::string& conference_id, std::optional<uint64_t> after,
                     const std::string& life, std::shared_ptr<TextStream> stream) {
  v1::WatchConferenceRequest request;
  request.set_conference_id(conference_id);
  if (after) request.set_cursor(*after);
  (new Watch(bridge.channel(), life, std::move(stream)))->Start(requester, request);
}

// ---- The list

ConferenceLists::ConferenceLists(RpcBridge& bridge)
    : bridge_(bridge), thread_([this] { ThreadMain(); }) {}

ConferenceLists::~ConferenceLists() {
  stopping_.Notify();
  thread_.join();
}

void ConferenceLists::Watch(const Requester& requester, std::shared_ptr<TextStream> stream) {
  auto is_gone = std::make_shared<std::atomic<bool>>(false);
  stream->WhenGone([is_gone] { *is_gone = true; });
  const std::lock_guard lock(mutex_);
  new_watchers_.push_back({requester, std::move(stream), std::move(is_gone), ""});
}

void ConferenceLists::ThreadMain() {
  std::vector<Watcher> watchers;
  while (!stopping_.WaitForNotificationWithTimeout(kLook)) {
    {
      const std::lock_guard lock(mutex_);
      for (Watcher& watcher : new_watchers_) watchers.push_back(std::move(watcher));
      new_watchers_.clear();
    }
    for (Watcher& watcher : watchers) Tell(watcher);
    watchers.erase(std::remove_if(watchers.begin(), watchers.end(),
                                  [](const Watcher& watcher) { return watcher.is_gone->load(); }),
                   watchers.end());
  }
}

void ConferenceLists::Tell(Watcher& watcher) {
  const absl::StatusOr<std::string> json =
      bridge_.Call(watcher.requester, "ConferenceService/ListConferences", "{\"pageSize\":1000}");
  if (!json.ok() || *json == watcher.told) return;
  watcher.told = *json;
  if (!watcher.stream->Send(Event("", *json))) *watcher.is_gone = true;
}

}  // namespace narada::control::web
