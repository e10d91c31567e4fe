// The dialogue outside a conference: what each key means, and what is asked for in return.
#include <algorithm>
#include <utility>

#include "control/ivr/dialogue.h"

namespace narada::control::ivr {
namespace {

// The longest number that can be dialled: 15 digits of E.164 after "00".
constexpr size_t kMobileDigitsMax = 17;
// Who ends "12345" with '#' although five digits were enough does so at once; a later '#' is meant.
constexpr absl::Duration kHashIsSpare = absl::Seconds(3);

}  // namespace

// ---- Keys

bool Dialogue::TakesKeys() const {
  switch (state_.stage) {
    case Stage::kConfirmInvitation:
    case Stage::kMainMenu:
    case Stage::kEnterRoom:
    case Stage::kEnterPin:
    case Stage::kEnterMobile:
    case Stage::kConfirmMobile:
    case Stage::kAfterReservation:
    case Stage::kSayName:
    case Stage::kRecordingName:
    case Stage::kInConference:
      return true;
    default:
      return false;
  }
}

void Dialogue::IgnoreHashAWhile() { state_.hash_is_spare_until = now_ + kHashIsSpare; }

bool Dialogue::IsSpareHash() const { return now_ < state_.hash_is_spare_until; }

void Dialogue::OnKey(char key) {
  const bool is_spare = key == '#' && IsSpareHash();
  state_.hash_is_spare_until = absl::InfinitePast();
  if (is_spare) {
    // The prompt goes on; if none plays, its timer does.
  } else if (state_.stage == Stage::kInConference) {
    OnConferenceKey(key);
  } else if (state_.stage == Stage::kConfirmInvitation) {
    OnInvitationKey(key);
  } else if (state_.stage == Stage::kMainMenu) {
    OnMenuKey(key);
  } else if (state_.stage == Stage::kConfirmMobile) {
    OnConfirmMobileKey(key);
  } else if (state_.stage == Stage::kAfterReservation) {
    OnAfterReservationKey(key);
  } else if (state_.stage == Stage::kSayName || state_.stage == Stage::kRecordingName) {
    OnNameKey(key);
  } else {
    OnEntryKey(key);
  }
}

void Dialogue::OnInvitationKey(char key) {
  switch (key) {
    case '1':
      state_.failures = 0;
      RequestJoin();
      return;
    case '2':
      Leave({});
      return;
    case '0':
    case '*':
      Ask(Stage::kConfirmInvitation);
      return;
    default:
      AskAgain(PromptKey::kWrongInput);
      return;
  }
}

void Dialogue::OnMenuKey(char key) {
  switch (key) {
    case '1':
      state_.failures = 0;
      IgnoreHashAWhile();
      state_.language = OtherLanguage(state_.language);
      actions_.push_back(SetLanguage{state_.language});
      Ask(Stage::kMainMenu, {{.key = PromptKey::kLanguageChanged}});
      return;
    case '2':
    case '4':
      state_.failures = 0;
      IgnoreHashAWhile();
      state_.is_extending = key == '4';
      Ask(Stage::kEnterRoom);
      return;
    case '3':
      state_.failures = 0;
      IgnoreHashAWhile();
      StartReserving();
      return;
    case '0':
    case '*':
      Ask(Stage::kMainMenu);
      return;
    default:
      AskAgain(PromptKey::kWrongInput);
      return;
  }
}

void Dialogue::OnEntryKey(char key) {
  if (key == '*') {
    GoHome();
    return;
  }
  if (key == '#') {
    OnEntryComplete();
    return;
  }
  StopSaying();
  state_.digits.push_back(key);
  if (IsEntryComplete()) {
    IgnoreHashAWhile();
    OnEntryComplete();
    return;
  }
  StartTimer(settings().inter_digit);
}

bool Dialogue::IsEntryComplete() const {
  const size_t length = state_.digits.size();
  const auto reaches = [length](int configured, size_t limit) {
    return length >= std::min(static_cast<size_t>(std::max(configured, 1)), limit);
  };
  switch (state_.stage) {
    case Stage::kEnterRoom:
      return reaches(settings().room_digits_max, RoomNumber::kDigitsMax);
    case Stage::kEnterPin:
      return reaches(settings().pin_digits_max, Pin::kDigitsMax);
    case Stage::kEnterMobile:
      return length >= kMobileDigitsMax ||
             settings().numbering.IsWholeNationalMobile(state_.digits);
    default:
      return false;
  }
}

void Dialogue::OnEntryComplete() {
  if (state_.digits.empty() && state_.stage != Stage::kEnterMobile) {
    AskAgain(PromptKey::kWrongInput);
    return;
  }
  switch (state_.stage) {
    case Stage::kEnterRoom:
      state_.failures = 0;
      state_.room = RoomNumber::Parse(state_.digits);
      Ask(Stage::kEnterPin);
      return;
    case Stage::kEnterPin:
      state_.failures = 0;
      state_.pin = Pin::Parse(state_.digits);
      state_.digits.clear();
      RequestRoom();
      return;
    case Stage::kEnterMobile: {
      if (state_.digits.empty()) {  // '#' alone, as the prompt offers: no message is wanted.
        state_.failures = 0;
        RequestReservation(std::nullopt);
        return;
      }
      state_.sms_to = settings().numbering.FromDialled(state_.digits);
      if (!state_.sms_to || !settings().numbering.IsMobile(*state_.sms_to)) {
        state_.sms_to.reset();
        AskAgain(PromptKey::kNotAMobile);
        return;
      }
      state_.failures = 0;
      Ask(Stage::kConfirmMobile);
      return;
    }
    default:
      return;
  }
}

void Dialogue::OnConfirmMobileKey(char key) {
  switch (key) {
    case '1':
      state_.failures = 0;
      IgnoreHashAWhile();
      RequestReservation(state_.sms_to);
      return;
    case '2':
      state_.failures = 0;
      IgnoreHashAWhile();
      Ask(Stage::kEnterMobile);
      return;
    case '0':
      Ask(Stage::kConfirmMobile);
      return;
    case '*':
      GoHome();
      return;
    default:
      AskAgain(PromptKey::kWrongInput);
      return;
  }
}

void Dialogue::OnAfterReservationKey(char key) {
  switch (key) {
    case '2':
      state_.failures = 0;
      EnterRoom(settings().asks_name);
      return;
    case '0':
      Ask(Stage::kAfterReservation,
          {{.key = PromptKey::kRoomAndPin,
            .arguments = {Digits{state_.room->digits()}, Digits{state_.pin->Reveal()}}}});
      return;
    case '*':
      GoHome();
      return;
    default:
      AskAgain(PromptKey::kWrongInput);
      return;
  }
}

// ---- Requests

bool Dialogue::Awaits(Stage stage, uint32_t request) const {
  return state_.stage == stage && state_.request == request;
}

uint32_t Dialogue::NextRequest(Stage stage) {
  state_.stage = stage;
  state_.digits.clear();
  StopSaying();
  StartTimer(settings().answer_max);
  return ++state_.request;
}

void Dialogue::StartReserving() {
  const Caller& caller = state_.caller;
  if (caller.number && !caller.is_withheld && settings().numbering.IsMobile(*caller.number)) {
    RequestReservation(caller.number);
    return;
  }
  Ask(Stage::kEnterMobile);
}

void Dialogue::RequestReservation(std::optional<PhoneNumber> sms_to) {
  state_.sms_to = std::move(sms_to);
  const uint32_t request = NextRequest(Stage::kReserving);
  actions_.push_back(
      Reserve{.request = request, .language = state_.language, .sms_to = state_.sms_to});
}

void Dialogue::RequestRoom() {
  if (state_.is_extending) {
    const uint32_t request = NextRequest(Stage::kExtending);
    actions_.push_back(Extend{.request = request, .room = *state_.room, .pin = *state_.pin});
    return;
  }
  const uint32_t request = NextRequest(Stage::kLookingUp);
  actions_.push_back(
      LookUpRoom{.request = request,
                 .room = state_.entry == EntryKind::kPin ? std::nullopt : state_.room,
                 .pin = *state_.pin});
}

void Dialogue::RequestJoin() {
  const uint32_t request = NextRequest(Stage::kJoining);
  actions_.push_back(JoinRoom{.request = request, .reservation_id = state_.reservation_id});
}

void Dialogue::OnRoomRefused() {
  state_.type_ahead.clear();
  state_.pin.reset();
  if (++state_.pin_failures >= settings().tries_max) {
    Leave({{.key = PromptKey::kWrongRoomOrPin}});
    return;
  }
  const Stage again = state_.entry == EntryKind::kPin ? Stage::kEnterPin : Stage::kEnterRoom;
  Ask(again, {{.key = PromptKey::kWrongRoomOrPin}});
}

}  // namespace narada::control::ivr
