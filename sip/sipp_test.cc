// SIPp, a SIP client that is not ours, against the real gateway, by UDP and TCP.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sip/testing/fake_control.h"
#include "sip/testing/gateway_fixture.h"
#include "sip/testing/gateway_process.h"

namespace narada::sip {
namespace {

namespace pb = control::v1;

struct Scenario {
  const char* name;
  int calls;
};

class SippTest : public testing::TestWithParam<std::tuple<Scenario, const char*>> {};

// Runs a command; its output, and its exit code in `code`.
std::string RunCommand(const std::string& command, int* code) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  while (size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  *code = WEXITSTATUS(pclose(pipe));
  return output.size() > 6000 ? output.substr(output.size() - 6000) : output;
}

TEST_P(SippTest, ScenarioPasses) {
  const auto [scenario, transport] = GetParam();
  phone::PhoneLoop loop;
  MixerStandIn mixer(loop);
  FakeControl control;
  control.SetReaction([&](const pb::SignalRequest& event) -> std::vector<pb::SignalResponse> {
    // The scenario that gives up needs somebody who does not answer.
    if (event.has_offered() && event.offered().called_number() == "112") return {};
    return mixer.React(event);
  });
  GatewayProcess gateway(control.address());
  ASSERT_TRUE(gateway.WaitLog("sip is ready")) << gateway.Log();
  const char* const temp = std::getenv("TEST_TMPDIR");
  const bool is_cancel = std::string(scenario.name) == "cancel";
  int code = -1;
  const std::string output = RunCommand(
      absl::StrCat("R=$PWD; cd ", temp == nullptr ? "/tmp" : temp, " && sipp -sf $R/sip/testdata/",
                   scenario.name, ".xml -s ", is_cancel ? "112" : "+48608608608", " -t ", transport,
                   " -i 127.0.0.1 -p ", FreePort(), " -mi 127.0.0.1 -mp ", FreePort(), " -m ",
                   scenario.calls, " -r 10 -l ", scenario.calls,
                   " -nostdin -timeout 40 -timeout_error 127.0.0.1:", gateway.port()),
      &code);
  EXPECT_EQ(code, 0) << output << gateway.Log();
  EXPECT_TRUE(gateway.IsRunning());
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, SippTest,
    testing::Combine(testing::Values(Scenario{"basic_call", 10}, Scenario{"cancel", 2},
                                     Scenario{"reinvite_hold", 3}, Scenario{"info_dtmf", 3},
                                     Scenario{"options", 3}, Scenario{"bad_sdp", 3}),
                     testing::Values("u1", "t1")),
    [](const auto& info) {
      return absl::StrCat(std::get<0>(info.param).name, "_",
                          std::get<1>(info.param)[0] == 'u' ? "udp" : "tcp");
    });

}  // namespace
}  // namespace narada::sip
