#include "control/model/phrase.h"

#include <array>

namespace narada::control {
namespace {

// In the order of PromptKey.
constexpr std::array<absl::string_view, kPromptKeyCount> kNames = {
    "greeting",
    "offer_language",
    "language_changed",
    "main_menu",
    "enter_room",
    "enter_pin",
    "enter_pin_only",
    "wrong_room_or_pin",
    "locked_out",
    "no_input",
    "wrong_input",
    "goodbye",
    "service_unavailable",
    "call_limit_reached",
    "enter_mobile",
    "not_a_mobile",
    "confirm_mobile",
    "reserved",
    "room_and_pin",
    "room_and_pin_again",
    "valid_until",
    "sms_to_caller",
    "sms_to_number",
    "no_sms",
    "after_reservation",
    "reservation_refused",
    "extended",
    "extension_too_far",
    "extension_refused",
    "first_in_conference",
    "participants",
    "room_full",
    "room_locked",
    "muted",
    "unmuted",
    "help_mute",
    "help_count",
    "help_extend",
    "help_raise_hand",
    "help_help",
    "unknown_key",
    "expires_soon",
    "conference_ended",
    "removed",
    "recording_started",
    "recording_stopped",
    "recording_runs",
    "locked",
    "unlocked",
    "hand_raised",
    "hand_lowered",
    "wait_for_moderator",
    "moderators_only",
    "guessers_locked",
    "not_possible",
    "moderator_joined",
    "moderator_left",
    "held",
    "resumed",
    "presenter",
    "lecture_started",
    "lecture_ended",
    "all_muted",
    "all_unmuted",
    "someone_raised_hand",
    "recording_paused",
    "recording_resumed",
    "roll_call_number",
    "roll_call_withheld",
    "enter_call_out",
    "call_out_started",
    "call_out_failed",
    "call_out_barred",
    "call_out_invitation",
    "call_out_confirm",
    "help_lock",
    "help_mute_all",
    "help_lecture",
    "help_record",
    "help_roll_call",
    "help_dial_out",
    "help_end_conference",
    "say_name",
    "name_not_heard",
    "name_joins",
    "name_leaves",
    "announce_break",
    "announce_continue",
    "announce_ends_soon",
    "announce_mute_yourself",
    "announce_questions",
    "entry_tone",
    "exit_tone",
    "recording_tone",
    "music_on_hold",
};
static_assert(!kNames.back().empty());  // As many names as keys.

}  // namespace

absl::string_view PromptKeyName(PromptKey key) { return kNames[static_cast<size_t>(key)]; }

std::optional<PromptKey> PromptKeyFromName(absl::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<PromptKey>(i);
  }
  return std::nullopt;
}

bool IsSound(PromptKey key) { return key >= PromptKey::kEntryTone; }

}  // namespace narada::control
