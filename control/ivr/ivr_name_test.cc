// The recorded name: asked for, said, kept, or left out.
#include <string>

#include "absl/time/time.h"
#include "control/ivr/dialogue_script.h"
#include "control/ivr/ivr.h"
#include "gtest/gtest.h"

namespace narada::control::ivr {
namespace {

using Looked = RoomLookedUp::Outcome;
using Name = NameRecorded::Outcome;

// A caller whose room and PIN were right, where names are said.
DialogueScript AtTheDoor() {
  IvrSettings settings = DialogueScript::TestSettings();
  settings.asks_name = true;
  DialogueScript script(settings);
  script.Start({.number = PhoneNumber::FromE164("+48601234567")});
  script.Press("212345678901");
  return script;
}

TEST(RecordedName, IsAskedForSaidAndKeptBeforeTheCallerJoins) {
  DialogueScript script = AtTheDoor();
  EXPECT_EQ(script.LookedUp(Looked::kAccepted), "say say_name recording_tone");
  EXPECT_EQ(script.PromptEnds(), "record name");
  EXPECT_EQ(script.timer(), absl::Seconds(5));
  script.Pass(absl::Seconds(4));
  EXPECT_EQ(script.Press("#"), "keep name");
  EXPECT_EQ(script.NameKept(Name::kRecorded), "join r1");
  EXPECT_EQ(script.Joined(2), "");
}

TEST(RecordedName, EndsByItselfAfterAWhile) {
  DialogueScript script = AtTheDoor();
  script.LookedUp(Looked::kAccepted);
  script.PromptEnds();
  EXPECT_EQ(script.Wait(), "keep name");
  EXPECT_EQ(script.NameKept(Name::kRecorded), "join r1");
}

TEST(RecordedName, IsAskedForOnceMoreWhereNothingWasSaid) {
  DialogueScript script = AtTheDoor();
  script.LookedUp(Looked::kAccepted);
  script.PromptEnds();
  script.Wait();
  EXPECT_EQ(script.NameKept(Name::kSilent), "say name_not_heard say_name recording_tone");
  EXPECT_EQ(script.PromptEnds(), "record name");
  EXPECT_EQ(script.Wait(), "keep name");
  EXPECT_EQ(script.NameKept(Name::kSilent), "join r1");
}

TEST(RecordedName, HashBeforeTheToneMeansWithoutAName) {
  DialogueScript script = AtTheDoor();
  script.LookedUp(Looked::kAccepted);
  EXPECT_EQ(script.Press("#"), "") << "it still belongs to the PIN";
  script.Pass(absl::Seconds(4));
  EXPECT_EQ(script.Press("#"), "stop\njoin r1");
}

TEST(RecordedName, AnotherKeyBeforeTheToneBeginsAtOnce) {
  DialogueScript script = AtTheDoor();
  script.LookedUp(Looked::kAccepted);
  EXPECT_EQ(script.Press("5"), "stop\nrecord name");
}

TEST(RecordedName, CallerJoinsWithoutItWhereNothingCanBeRecorded) {
  DialogueScript script = AtTheDoor();
  script.LookedUp(Looked::kAccepted);
  script.PromptEnds();
  EXPECT_EQ(script.NameKept(Name::kUnavailable), "join r1");
}

TEST(RecordedName, CallerJoinsWithoutItWhereNoAnswerComes) {
  DialogueScript script = AtTheDoor();
  script.LookedUp(Looked::kAccepted);
  script.PromptEnds();
  script.Wait();
  EXPECT_EQ(script.Wait(), "join r1");
  EXPECT_EQ(script.NameKept(Name::kRecorded), "") << "too late: the caller joins already";
}

TEST(RecordedName, IsAskedForAfterAReservationToo) {
  IvrSettings settings = DialogueScript::TestSettings();
  settings.asks_name = true;
  DialogueScript script(settings);
  script.Start({.number = PhoneNumber::FromE164("+48601234567")});
  script.Press("3");
  script.Reserved("12345", "678901");
  EXPECT_EQ(script.Press("2"), "say say_name recording_tone");
}

TEST(RecordedName, KeysPressedAheadAreNotTakenForTheEndOfTheName) {
  DialogueScript script = AtTheDoor();
  script.Press("56#");  // While the room is looked up.
  EXPECT_EQ(script.LookedUp(Looked::kAccepted), "say say_name recording_tone");
  EXPECT_EQ(script.state().stage, Stage::kSayName);
}

}  // namespace
}  // namespace narada::control::ivr
