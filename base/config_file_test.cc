#include "base/config_file.h"

#include <fstream>
#include <string>

#include "base/status.h"
#include "gtest/gtest.h"
#include "narada/config/v1/narada.pb.h"

namespace narada {
namespace {

using ::narada::config::v1::Narada;

std::string ErrorOf(absl::string_view text) {
  Narada narada;
  const auto file = ConfigFile::Parse("narada.textproto", text, narada);
  return file.ok() ? "" : std::string(file.status().message());
}

TEST(ConfigFile, ReadsASectionOfEachProgram) {
  Narada narada;
  const auto file = ConfigFile::Parse(
      "narada.textproto", "mixer { rtp { port_min: 30000 } }\nsip { port: 5080 }", narada);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(narada.mixer().rtp().port_min(), 30000u);
  EXPECT_EQ(narada.sip().port(), 5080u);
}

TEST(ConfigFile, AnUnknownFieldIsNamedWithItsLine) {
  EXPECT_EQ(ErrorOf("sip {\n  prot: 5060\n}\n"),
            "narada.textproto:2:7: Message type \"narada.config.v1.Sip\" has no field named "
            "\"prot\".");
}

TEST(ConfigFile, AValueOfTheWrongTypeIsAnErrorAtItsLine) {
  EXPECT_EQ(ErrorOf("sip {\n  port: \"5060\"\n}\n").substr(0, 20), "narada.textproto:2:9");
}

TEST(ConfigFile, AFieldGivenTwiceIsAnError) {
  EXPECT_EQ(ErrorOf("sip {\n  port: 1\n  port: 2\n}\n").substr(0, 19), "narada.textproto:3:");
}

TEST(ConfigFile, AnUnclosedMessageIsAnError) { EXPECT_NE(ErrorOf("sip {\n  port: 1\n"), ""); }

TEST(ConfigFile, AnErrorOfMeaningNamesTheLineOfItsField) {
  Narada narada;
  const auto file = ConfigFile::Parse("narada.textproto",
                                      "control {\n  sms {\n    invitations { language: \"pl\" }\n"
                                      "    invitations {\n      text: \"x\"\n    }\n  }\n}\n",
                                      narada);
  ASSERT_TRUE(file.ok());
  const absl::Status status = file->Error("control.sms.invitations[1].text", "no {room}");
  EXPECT_EQ(status.message(), "narada.textproto:5: control.sms.invitations[1].text: no {room}");
  EXPECT_EQ(ReasonOf(status), "CONFIG_INVALID");
}

TEST(ConfigFile, AnErrorOfAMissingFieldNamesTheMessageAroundIt) {
  Narada narada;
  const auto file = ConfigFile::Parse("n", "\ncontrol {\n}\n", narada);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->Error("control.sms.sender", "is missing").message(),
            "n:2: control.sms.sender: is missing");
}

TEST(ConfigFile, WithoutAFileAnErrorNamesTheField) {
  EXPECT_EQ(ConfigFile().Error("sip.port", "is taken").message(), "sip.port: is taken");
}

TEST(ConfigFile, AMissingFileIsUnreadable) {
  Narada narada;
  const auto file = ConfigFile::Load("/nonexistent/narada.textproto", narada);
  EXPECT_EQ(ReasonOf(file.status()), "CONFIG_UNREADABLE");
}

TEST(ConfigFile, AnEmptyFileIsAllDefaults) {
  const std::string path = testing::TempDir() + "/empty.textproto";
  std::ofstream(path).close();
  Narada narada;
  const auto file = ConfigFile::Load(path, narada);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_FALSE(narada.has_mixer());
}

TEST(ConfigFile, AFolderIsUnreadable) {
  Narada narada;
  EXPECT_EQ(ReasonOf(ConfigFile::Load(testing::TempDir(), narada).status()), "CONFIG_UNREADABLE");
}

}  // namespace
}  // namespace narada
