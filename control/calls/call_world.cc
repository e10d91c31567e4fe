#include "control/calls/call_world.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "control/storage/await.h"

namespace narada::control::calls {
namespace {

storage::SecretBox TestSecrets() {
  storage::SecretBox::Key key;
  key.fill(3);
  return storage::SecretBox(key);
}

// A phrase as text: "pl room_and_pin(12345)(678901)"; sounds belong to no language.
std::string TextOf(Language language, const Phrase& phrase) {
  std::string text;
  if (!IsSound(phrase.key)) {
    text = absl::StrCat(std::string(LanguageTag(phrase.language.value_or(language))), " ");
  }
  absl::StrAppend(&text, std::string(PromptKeyName(phrase.key)));
  for (const PhraseArgument& argument : phrase.arguments) {
    if (const Digits* digits = std::get_if<Digits>(&argument)) {
      absl::StrAppend(&text, "(", digits->digits, ")");
    } else if (const ParticipantCount* count = std::get_if<ParticipantCount>(&argument)) {
      absl::StrAppend(&text, "(", count->count, ")");
    } else if (const SpokenDuration* duration = std::get_if<SpokenDuration>(&argument)) {
      absl::StrAppend(&text, "(", absl::FormatDuration(duration->duration), ")");
    } else {
      absl::StrAppend(&text, "(", absl::FormatCivilTime(std::get<Moment>(argument).at), ")");
    }
  }
  return text;
}

std::string TextOf(const mixers::NewPlayback& playback) {
  std::vector<std::string> texts;
  for (const mixers::PlayItem& item : playback.items) {
    texts.push_back(std::get<mixers::PlayPrompt>(item).prompt_id);
  }
  return absl::StrCat(playback.loop ? "loop " : "", absl::StrJoin(texts, ", "));
}

std::vector<mixers::PlayItem> Speak(Language language, absl::Span<const Phrase> phrases) {
  std::vector<mixers::PlayItem> items;
  for (const Phrase& phrase : phrases) {
    items.push_back(mixers::PlayPrompt{TextOf(language, phrase)});
  }
  return items;
}

// A tenant's recordings bear the name of its set: "pl acme/greeting".
std::vector<mixers::PlayItem> SpeakFor(const Voice& voice, Language language,
                                       absl::Span<const Phrase> phrases) {
  std::vector<mixers::PlayItem> items = Speak(language, phrases);
  for (size_t i = 0; i < phrases.size(); ++i) {
    if (voice.prompt_set.empty() || phrases[i].key != PromptKey::kGreeting) continue;
    const std::string name = voice.greeting.empty() ? "greeting" : voice.greeting;
    items[i] = mixers::PlayPrompt{
        absl::StrCat(std::string(LanguageTag(language)), " ", voice.prompt_set, "/", name)};
  }
  return items;
}

}  // namespace

// ---- TestPhone ----------------------------------------------------------------------------

std::string TestPhone::leg_id() const {
  for (const auto& [id, leg] : world_->mixer().legs()) {
    const std::optional<LegOwner> owner = OwnerFromLabels(leg.labels);
    if (owner && owner->gateway_call_id == call_id_) return id;
  }
  return "";
}

std::string TestPhone::room_id() const {
  const std::string id = leg_id();
  return id.empty() ? "" : world_->mixer().leg(id).room_id;
}

void TestPhone::Press(absl::string_view keys) {
  for (const char key : keys) {
    const std::string id = leg_id();
    CHECK(!id.empty()) << "a caller without a leg presses a key";
    world_->mixer().PressDigit(id, key);
    world_->Settle();
  }
  world_->Advance(world_->settings.lookup_time);
}

void TestPhone::HangUp() { Reports(CallEnded{}); }

void TestPhone::Reports(GatewayEvent event) {
  world_->switchboard().OnGatewayEvent(world_->gateway_pointer(), call_id_, std::move(event));
  world_->Settle();
}

std::string TestPhone::Hears() {
  const std::string id = leg_id();
  if (id.empty()) return "(no leg)";
  const auto& played = world_->mixer().leg(id).played;
  std::vector<std::string> texts;
  for (; heard_ < played.size(); ++heard_) texts.push_back(TextOf(played[heard_]));
  return absl::StrJoin(texts, ", ");
}

std::string TestPhone::HearsOut() {
  std::vector<std::string> texts;
  for (int i = 0; i < 50 && !leg_id().empty(); ++i) {
    if (std::string text = Hears(); !text.empty()) texts.push_back(std::move(text));
    const auto& playing = world_->mixer().leg(leg_id()).playing;
    if (!playing || playing->loop) break;
    world_->mixer().EndPlayback(leg_id());
    world_->Settle();
  }
  return absl::StrJoin(texts, ", ");
}

bool TestPhone::IsHungUp() { return hangup_reason().has_value(); }

std::optional<HangupReason> TestPhone::hangup_reason() {
  const auto hangup = world_->gateway().Last<Hangup>(call_id_);
  return hangup ? std::optional<HangupReason>(hangup->reason) : std::nullopt;
}

// ---- CallWorld ----------------------------------------------------------------------------

CallWorld::CallWorld() : secrets_(TestSecrets()) {
  access_numbers = {
      {.number = *PhoneNumber::FromE164("+48608608608")},
      {.number = *PhoneNumber::FromE164("+48221234567"), .language = Language::kEnglish}};
  mixer_ = std::make_shared<mixers::FakeMixer>("mixer-1:50051", nullptr);
  directory_.Add(mixer_);
  gateway_ = std::make_shared<FakeGateway>("gw");
  StartControl();
  ConnectMixer();
  ConnectGateway({});
}

CallWorld::~CallWorld() {
  Settle();
  mixer_->SetListener(nullptr);
}

void CallWorld::StartControl() {
  executor_ = std::make_unique<ManualExecutor>(clock_);
  reservations_ = std::make_unique<reservations::Reservations>(
      database_.database(), secrets_, clock_, random_, reservations::ReservationSettings{},
      [](Language language, const PhoneNumber&, const RoomNumber& room, const Pin& pin) {
        return absl::StrCat(std::string(LanguageTag(language)), " ", room.digits(), " ",
                            pin.Reveal());
      });
  accounts_ = std::make_unique<accounts::Accounts>(database_.database(), secrets_, clock_, random_,
                                                   passwords_, accounts::AccountSettings{});
  numbers_ = std::make_unique<accounts::NumberBook>(database_.database(), settings.numbering,
                                                    access_numbers);
  CHECK(numbers_->Load().ok()) << "the access numbers cannot be read";
  throttle_ = std::make_unique<accounts::Throttle>(database_.database(), secrets_, clock_,
                                                   throttle_settings);
  door_ = std::make_unique<Door>(database_.database(), *reservations_, *accounts_, *throttle_,
                                 clock_, *executor_, settings.lookup_time);
  reports_ = std::make_unique<reports::Reports>(
      database_.database(), clock_, recordings_,
      reports::ReportSettings{.owner = absl::StrCat("control-", ++lives_)});
  invitations_ = std::make_unique<sms::Invitations>(
      database_.database(), secrets_, clock_, random_, sms_counters_,
      sms::InvitationSettings{
          .words = {
              {Language::kPolish, prompts::InvitationTemplate::Default(Language::kPolish)},
              {Language::kEnglish, prompts::InvitationTemplate::Default(Language::kEnglish)}}});
  ivr::IvrSettings dialogue;
  dialogue.time_zone = absl::UTCTimeZone();
  dialogue.asks_name = asks_name;
  services_.reset(new CallServices{.clock = clock_,
                                   .random = random_,
                                   .executor = *executor_,
                                   .mixers = directory_,
                                   .reservations = *reservations_,
                                   .invitations = *invitations_,
                                   .database = database_.database(),
                                   .reports = *reports_,
                                   .accounts = *accounts_,
                                   .numbers = *numbers_,
                                   .throttle = *throttle_,
                                   .door = *door_,
                                   .speak = Speak,
                                   .speak_for = SpeakFor,
                                   .invite =
                                       [this](InvitationOrder order, auto done) {
                                         std::vector<std::string> ids;
                                         for (const PhoneNumber& number : order.numbers) {
                                           ids.push_back(absl::StrCat("sms-", number.e164()));
                                         }
                                         invitations.push_back(std::move(order));
                                         done(std::move(ids));
                                       },
                                   .ivr_settings = dialogue,
                                   .settings = settings,
                                   .replicas = replicas});
  switchboard_ = std::make_unique<Switchboard>(*services_);
  mixer_->SetListener(switchboard_.get());
}

void CallWorld::RestartControl() {
  Settle();
  mixer_->SetListener(nullptr);
  // What the dead process would have done is not done: its closures are dropped with its executor.
  executor_->Drop();
  switchboard_.reset();
  services_.reset();
  door_.reset();
  throttle_.reset();
  numbers_.reset();
  accounts_.reset();
  reservations_.reset();
  executor_.reset();
  database_.Reopen();
  gateway_ = std::make_shared<FakeGateway>("gw");
  StartControl();
}

void CallWorld::ConnectMixer() {
  mixer_->TellSnapshot();
  Settle();
}

void CallWorld::ConnectGateway(const std::vector<std::string>& call_ids) {
  switchboard_->OnGatewayConnected(gateway_, call_ids);
  Settle();
}

void CallWorld::Settle() {
  do {
    executor_->RunUntilIdle();
    // Behind this stands nothing that was asked of the database before.
    CHECK(database_.database().Run([](storage::Transaction&) { return absl::OkStatus(); }).ok())
        << "the database does not answer";
  } while (executor_->RunUntilIdle() > 0);
}

void CallWorld::Advance(absl::Duration duration) {
  Settle();
  executor_->Advance(duration);
  Settle();
}

TestPhone CallWorld::Call(const std::string& number, const std::string& called) {
  TestPhone phone(*this, absl::StrCat("call-", ++calls_));
  phone.Reports(CallOffered{.called_number = called,
                            .calling_number = number,
                            .sdp_offer = kSdp,
                            .signaling_address = "192.0.2.1",
                            .trunk = "test"});
  if (!phone.leg_id().empty()) phone.Reports(CallConfirmed{});
  return phone;
}

TestPhone CallWorld::Join(const std::string& number, const reservations::MadeReservation& made) {
  TestPhone phone = Call(number);
  phone.Press("2");
  phone.Press(absl::StrCat(made.record.room.digits()));
  phone.Press(absl::StrCat(made.pin.Reveal()));
  return phone;
}

reservations::MadeReservation CallWorld::Reserve() {
  auto made = storage::Await<reservations::MadeReservation>([&](auto done) {
    reservations_->Make({.access_number = access_numbers.front().number}, std::move(done));
  });
  CHECK(made.ok()) << made.status();
  return *std::move(made);
}

std::vector<std::string> CallWorld::SoundsIn(const std::string& room_id) {
  std::vector<std::string> sounds;
  const auto room = mixer_->rooms().find(room_id);
  if (room == mixer_->rooms().end()) return sounds;
  for (const mixers::NewPlayback& playback : room->second.played) {
    sounds.push_back(TextOf(playback));
  }
  return sounds;
}

std::shared_ptr<ConferenceActor> CallWorld::conference() {
  const auto conferences = switchboard_->conferences();
  CHECK(conferences.size() == 1) << "there are " << conferences.size() << " conferences";
  return conferences.front();
}

Conference CallWorld::Snapshot() {
  std::optional<Conference> snapshot;
  conference()->Get([&](Conference conference) { snapshot = std::move(conference); });
  Settle();
  return *std::move(snapshot);
}

}  // namespace narada::control::calls
