// Everything around a call, for tests: a database, a mixer and a gateway that the test moves by hand, and a
// clock that stands still. What a caller hears is text.
//
//   CallWorld world;
//   TestPhone phone = world.Call("+48601234567");     // offered, answered, confirmed
//   phone.Press("3");
//   EXPECT_EQ(phone.Hears(), "pl reserved, pl room_and_pin(12345)(678901)");
//   world.Advance(absl::Minutes(5));

#ifndef NARADA_CONTROL_CALLS_CALL_WORLD_H_
#define NARADA_CONTROL_CALLS_CALL_WORLD_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/accounts/accounts.h"
#include "control/accounts/number_book.h"
#include "control/accounts/password_hasher.h"
#include "control/accounts/throttle.h"
#include "control/calls/call_services.h"
#include "control/calls/door.h"
#include "control/calls/gateway.h"
#include "control/calls/manual_executor.h"
#include "control/calls/mixer_recordings.h"
#include "control/calls/replicas.h"
#include "control/calls/switchboard.h"
#include "control/mixers/fake_mixer.h"
#include "control/reports/reports.h"
#include "control/reservations/reservations.h"
#include "control/sms/invitations.h"
#include "control/sms/sms_counters.h"
#include "control/storage/secret_box.h"
#include "control/storage/test_database.h"

namespace narada::control::calls {

// Keeps what control sends.
class FakeGateway final : public Gateway {
 public:
  explicit FakeGateway(std::string id) : id_(std::move(id)) {}

  const std::string& id() const override { return id_; }
  void Send(const std::string& gateway_call_id, GatewayCommand command) override {
    commands_[gateway_call_id].push_back(std::move(command));
  }
  const std::vector<GatewayCommand>& commands(const std::string& gateway_call_id) {
    return commands_[gateway_call_id];
  }
  // The last command, if it is a T.
  template <typename T>
  std::optional<T> Last(const std::string& gateway_call_id) {
    const auto& commands = commands_[gateway_call_id];
    if (commands.empty()) return std::nullopt;
    const T* command = std::get_if<T>(&commands.back());
    return command == nullptr ? std::nullopt : std::optional<T>(*command);
  }

 private:
  const std::string id_;
  std::map<std::string, std::vector<GatewayCommand>> commands_;
};

class CallWorld;

// A caller, by the gateway's name for the call.
class TestPhone {
 public:
  TestPhone(CallWorld& world, std::string call_id) : world_(&world), call_id_(std::move(call_id)) {}

  const std::string& call_id() const { return call_id_; }
  // The leg at the mixer; empty if it has none.
  std::string leg_id() const;
  // The room that the leg is in; empty if it has no leg.
  std::string room_id() const;

  // Presses keys, each after the answer to the one before, and lets time for what control looks up.
  void Press(absl::string_view keys);
  void HangUp();
  void Reports(GatewayEvent event);

  // What was played since the last question, such as "pl main_menu, loop music_on_hold".
  std::string Hears();
  // Lets each prompt come to its end until nothing (or music) plays; returns all that was heard.
  std::string HearsOut();
  bool IsHungUp();
  std::optional<HangupReason> hangup_reason();

 private:
  CallWorld* world_;
  std::string call_id_;
  size_t heard_ = 0;
};

class CallWorld {
 public:
  static constexpr char kSdp[] = "v=0 m=audio";

  CallWorld();
  ~CallWorld();

  // A call from the offer to the confirmation; "" is a number unknown.
  TestPhone Call(const std::string& number, const std::string& called = "+48608608608");
  // A caller in the room's conference.
  TestPhone Join(const std::string& number, const reservations::MadeReservation& made);
  reservations::MadeReservation Reserve();

  // Until nothing more can happen without time passing.
  void Settle();
  void Advance(absl::Duration duration);

  // Control dies and starts again; mixer, database and gateway live on.
  void RestartControl();
  void ConnectGateway(const std::vector<std::string>& call_ids);
  void ConnectMixer();

  FakeGateway& gateway() { return *gateway_; }
  const std::shared_ptr<FakeGateway>& gateway_pointer() { return gateway_; }
  mixers::FakeMixer& mixer() { return *mixer_; }
  mixers::FakeMixerDirectory& directory() { return directory_; }
  Switchboard& switchboard() { return *switchboard_; }
  reservations::Reservations& reservations() { return *reservations_; }
  accounts::Accounts& accounts() { return *accounts_; }
  accounts::NumberBook& numbers() { return *numbers_; }
  accounts::Throttle& throttle() { return *throttle_; }
  Door& door() { return *door_; }
  storage::TestDatabase& database() { return database_; }
  reports::Reports& reports() { return *reports_; }
  ManualClock& clock() { return clock_; }
  ManualExecutor& executor() { return *executor_; }
  // Sounds that were played to the room, in order.
  std::vector<std::string> SoundsIn(const std::string& room_id);
  // The only conference.
  std::shared_ptr<ConferenceActor> conference();
  Conference Snapshot();

  // These take effect with RestartControl.
  CallSettings settings;
  std::vector<AccessNumber> access_numbers;
  accounts::ThrottleSettings throttle_settings;
  bool asks_name = false;
  std::vector<InvitationOrder> invitations;  // That were sent, in order.
  Replicas* replicas = nullptr;              // Others beside this one; as the settings.

 private:
  void StartControl();

  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  SeededRandom random_{1};
  storage::SecretBox secrets_;
  storage::TestDatabase database_;
  mixers::FakeMixerDirectory directory_;
  MixerRecordings recordings_{directory_};
  int lives_ = 0;  // Of control.
  std::shared_ptr<mixers::FakeMixer> mixer_;
  std::shared_ptr<FakeGateway> gateway_;
  int calls_ = 0;
  accounts::PasswordHasher passwords_{accounts::PasswordHasher::Cost::kLeast};

  // One life of control.
  std::unique_ptr<ManualExecutor> executor_;
  std::unique_ptr<reservations::Reservations> reservations_;
  std::unique_ptr<accounts::Accounts> accounts_;
  std::unique_ptr<accounts::NumberBook> numbers_;
  std::unique_ptr<accounts::Throttle> throttle_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<reports::Reports> reports_;
  sms::SmsCounters sms_counters_;
  std::unique_ptr<sms::Invitations> invitations_;
  std::unique_ptr<CallServices> services_;
  std::unique_ptr<Switchboard> switchboard_;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_CALL_WORLD_H_
