#include "cli/message_text.h"

#include "gtest/gtest.h"
#include "narada/control/v1/conference.pb.h"
#include "narada/control/v1/reservation.pb.h"

namespace narada::cli {
namespace {

namespace v1 = control::v1;

v1::ListReservationsResponse TwoReservations() {
  v1::ListReservationsResponse response;
  v1::Reservation& first = *response.add_reservations();
  first.set_room_number("12345");
  first.set_state(v1::RESERVATION_STATE_LIVE);
  first.mutable_expire_time()->set_seconds(1'795'000'000);
  first.set_extension_count(2);
  response.add_reservations()->set_room_number("7");
  return response;
}

TEST(MessageText, TableHasALineForEachItem) {
  EXPECT_EQ(Table({{"ROOM", "room_number"},
                   {"STATE", "state"},
                   {"UNTIL", "expire_time"},
                   {"EXTENDED", "extension_count"}},
                  TwoReservations(), "reservations"),
            "ROOM   STATE  UNTIL                 EXTENDED\n"
            "12345  live   2026-11-18 11:06:40Z  2\n"
            "7                                   0\n");
}

TEST(MessageText, EmptyTableSaysSo) {
  EXPECT_EQ(Table({{"ROOM", "room_number"}}, v1::ListReservationsResponse(), "reservations"),
            "none\n");
}

TEST(MessageText, ColumnsStayStraightWithPolishLetters) {
  v1::Conference conference;
  conference.add_participants()->set_name("Zażółć");
  conference.mutable_participants(0)->set_number("+48601");
  conference.add_participants()->set_name("Jan");
  conference.mutable_participants(1)->set_number("+48602");
  EXPECT_EQ(Table({{"NAME", "name"}, {"NUMBER", "number"}}, conference, "participants"),
            "NAME    NUMBER\nZażółć  +48601\nJan     +48602\n");
}

TEST(MessageText, NameOfACallerCannotSteerTheTerminal) {
  v1::Participant participant;
  participant.set_name("\x1b[2Jroot\r\n\xc2\x9bx\x7f");
  EXPECT_EQ(Value(participant, "name"), "?[2Jroot???x?");
  EXPECT_EQ(Fields(participant), "name: ?[2Jroot???x?\n");
}

TEST(MessageText, FieldsAreThoseThatAreSet) {
  v1::Participant participant;
  participant.set_participant_id("p-1");
  participant.set_state(v1::PARTICIPANT_STATE_JOINED);
  participant.set_is_muted(true);
  participant.mutable_quality()->set_mos(4.25f);
  participant.mutable_quality()->mutable_interarrival_jitter()->set_nanos(2'500'000);
  EXPECT_EQ(Fields(participant),
            "participant_id: p-1\nstate: joined\nis_muted: yes\nquality:\n  mos: 4.25\n"
            "  interarrival_jitter: 2ms\n");
  EXPECT_EQ(Value(participant, "quality.mos"), "4.25");
  EXPECT_EQ(Value(v1::Participant(), "quality.mos"), "");
}

TEST(MessageText, JsonNamesFieldsAsTheProtoDoes) {
  v1::Reservation reservation;
  reservation.set_room_number("12345");
  EXPECT_EQ(JsonLine(reservation), "{\"room_number\":\"12345\"}");
  EXPECT_NE(Json(reservation).find("\"extension_count\": 0"), std::string::npos);
}

}  // namespace
}  // namespace narada::cli
