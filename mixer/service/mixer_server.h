// The mixer's gRPC server with all its services, health and reflection, and the chores that go on
// beside them (empty rooms, quality reports, the end of a drain).
//   ASSIGN_OR_RETURN(std::unique_ptr<MixerServer> server, MixerServer::Start(context, options));
//   server->Drain(absl::Seconds(5));
//   server->WaitUntilDrained();
// Thread-safe.
#ifndef NARADA_MIXER_SERVICE_MIXER_SERVER_H_
#define NARADA_MIXER_SERVICE_MIXER_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/rpc/credentials.h"
#include "mixer/service/event_service.h"
#include "mixer/service/leg_service.h"
#include "mixer/service/mixer_context.h"
#include "mixer/service/mixer_service.h"
#include "mixer/service/playback_service.h"
#include "mixer/service/recording_service.h"
#include "mixer/service/room_service.h"

namespace narada::mixer::service {

struct MixerServerOptions {
  std::string listen = "127.0.0.1:50051";  // Port 0: the system chooses.
  RpcTlsFiles tls;
  // A second port with nothing but health, plain, for probes that cannot do mTLS. Empty: none.
  std::string health_listen;
};

class MixerServer {
 public:
  // First brings back what a killed mixer left in its state folder. Errors: as MakeServerCredentials(), ALREADY_EXISTS / PORT_TAKEN.
  static absl::StatusOr<std::unique_ptr<MixerServer>> Start(MixerContext& context,
                                                            const MixerServerOptions& options);
  // Ends all calls at once.
  ~MixerServer();
  MixerServer(const MixerServer&) = delete;
  MixerServer& operator=(const MixerServer&) = delete;

  // Takes nothing new; legs that are left after `grace` are removed.
  void Drain(absl::Duration grace) { mixer_service_.Drain(grace); }
  // Until a drain, whoever asked for it, is over.
  void WaitUntilDrained() { drained_.WaitForNotification(); }

  int port() const { return port_; }

 private:
  explicit MixerServer(MixerContext& context);
  absl::Status Listen(const MixerServerOptions& options);
  absl::Status ListenForHealth(const std::string& address);
  // Health of the service "ready"; that of "" says that the process lives.
  void SetReady(bool is_ready);
  void DoChores();

  RoomService room_service_;
  LegService leg_service_;
  PlaybackService playback_service_;
  EventService event_service_;
  MixerService mixer_service_;
  RecordingService recording_service_;
  QualityMonitor& quality_;
  engine::Engine& engine_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::Server> health_server_;
  int port_ = 0;
  absl::Notification drained_;
  absl::Notification stop_chores_;
  std::thread chores_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_MIXER_SERVER_H_
