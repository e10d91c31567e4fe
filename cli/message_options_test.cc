#include "cli/message_options.h"

#include <google/protobuf/field_mask.pb.h>

#include <string>

#include "cli/message_text.h"
#include "gtest/gtest.h"
#include "narada/control/v1/account.pb.h"
#include "narada/control/v1/report.pb.h"

namespace narada::cli {
namespace {

namespace v1 = control::v1;

// What the options of a command line make of a message; empty if they are refused.
template <typename Message>
std::string Parsed(const std::string& line, google::protobuf::FieldMask* mask = nullptr) {
  Message message;
  CLI::App app;
  AddMessageOptions(app, message, {.without = {"create_time"}, .mask = mask});
  try {
    app.parse(line);
  } catch (const CLI::ParseError& error) {
    return std::string("refused: ") + error.what();
  }
  return JsonLine(message);
}

TEST(MessageOptions, EveryFieldHasItsOption) {
  EXPECT_EQ(Parsed<v1::AccessNumber>("--number +48221234567 --tariff-kind toll_free --country PL "
                                     "--entry-mode pin --language english"),
            "{\"number\":\"+48221234567\",\"language\":\"LANGUAGE_ENGLISH\",\"tariff_kind\":"
            "\"TARIFF_KIND_TOLL_FREE\",\"country\":\"PL\",\"entry_mode\":\"ENTRY_MODE_PIN\"}");
}

TEST(MessageOptions, NestedFieldsAndRepeatedOnesAndMaps) {
  EXPECT_EQ(
      Parsed<v1::Tenant>("--languages polish english --participants-max 50 "
                         "--call-out-prefixes +48 +49 --sms-templates \"en={number} {room}\""),
      "{\"languages\":[\"LANGUAGE_POLISH\",\"LANGUAGE_ENGLISH\"],\"limits\":"
      "{\"participants_max\":50,\"call_out_prefixes\":[\"+48\",\"+49\"]},\"sms_templates\":"
      "{\"en\":\"{number} {room}\"}}");
}

TEST(MessageOptions, NestedMessageStaysUnsetWhereNoneOfItsFieldsIsGiven) {
  EXPECT_EQ(Parsed<v1::Tenant>("--display-name Acme"), "{\"display_name\":\"Acme\"}");
}

TEST(MessageOptions, MaskNamesWhatWasGiven) {
  google::protobuf::FieldMask mask;
  Parsed<v1::Tenant>("--display-name Acme --recording-allowed false", &mask);
  ASSERT_EQ(mask.paths_size(), 2);
  EXPECT_EQ(mask.paths(0), "display_name");
  EXPECT_EQ(mask.paths(1), "limits.recording_allowed");
}

TEST(MessageOptions, TimesAreInstantsOrDays) {
  EXPECT_EQ(Parsed<v1::TimeRange>("--start-time 2026-11-22 --end-time 2026-11-22T18:30:00+01:00"),
            "{\"start_time\":\"2026-11-22T00:00:00Z\",\"end_time\":\"2026-11-22T17:30:00Z\"}");
}

TEST(MessageOptions, WhatIsNoValueIsRefusedWithWhatWouldBe) {
  EXPECT_EQ(Parsed<v1::AccessNumber>("--tariff-kind free"),
            "refused: --tariff-kind: \"free\" is not local|toll_free|shared_cost|mobile");
  EXPECT_EQ(Parsed<v1::Tenant>("--participants-max -1"),
            "refused: --participants-max: \"-1\" is not NUMBER");
  EXPECT_EQ(Parsed<v1::TimeRange>("--start-time yesterday"),
            "refused: --start-time: \"yesterday\" is not TIME");
  EXPECT_NE(Parsed<v1::Tenant>("--create-time 2026-11-22").find("refused"), std::string::npos);
}

}  // namespace
}  // namespace narada::cli
