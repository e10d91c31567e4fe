#include "control/mixers/mixer_subject.h"

#include <grpcpp/security/credentials.h>
#include <stdlib.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "control/mixers/fake_mixer.h"
#include "control/mixers/grpc_mixer.h"
#include "control/mixers/mixer_process.h"
#include "control/mixers/prompt_files.h"
#include "gtest/gtest.h"

namespace narada::control::mixers {
namespace {

std::string LittleEndian(uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  return text;
}

// A square wave of 500 Hz at 8 kHz.
std::string BeepWav() {
  std::string data;
  for (int i = 0; i < 800; ++i) data += LittleEndian(i % 16 < 8 ? 4000 : 65536 - 4000, 2);
  const auto size = static_cast<uint32_t>(data.size());
  return absl::StrCat("RIFF", LittleEndian(36 + size, 4), "WAVEfmt ", LittleEndian(16, 4),
                      LittleEndian(1, 2), LittleEndian(1, 2), LittleEndian(8000, 4),
                      LittleEndian(16000, 4), LittleEndian(2, 2), LittleEndian(16, 2), "data",
                      LittleEndian(size, 4), data);
}

class FakeSubject final : public MixerSubject {
 public:
  explicit FakeSubject(MixerRecorder& recorder)
      : mixer_(std::make_shared<FakeMixer>("mixer-1", &recorder)) {
    mixer_->TellSnapshot();
  }
  Mixer& mixer() override { return *mixer_; }
  void Watch(MixerRecorder& recorder) override {
    mixer_->SetListener(&recorder);
    mixer_->TellSnapshot();
  }
  void LetPlaybackEnd(const std::string& leg_id) override { mixer_->EndPlayback(leg_id); }
  void Restart() override { mixer_->Restart(); }
  void Stop() override {}

 private:
  const std::shared_ptr<FakeMixer> mixer_;
};

class RealSubject final : public MixerSubject {
 public:
  explicit RealSubject(MixerRecorder& recorder)
      : recordings_(MakeFolder()), process_(NewProcess(FreePort())) {
    Watch(recorder);
  }
  Mixer& mixer() override { return *clients_.front(); }
  void Watch(MixerRecorder& recorder) override {
    clients_.push_back(std::make_shared<GrpcMixer>(process_->address(),
                                                   grpc::InsecureChannelCredentials(), prompts_));
    clients_.back()->Start(recorder);
    EXPECT_TRUE(recorder.WaitForSnapshot().has_value()) << process_->Log();
  }
  void LetPlaybackEnd(const std::string&) override {}
  void Restart() override {
    const int port = process_->port();
    process_->Kill();
    process_ = NewProcess(port);
  }
  void Stop() override {
    for (const auto& client : clients_) client->Stop();
    EXPECT_EQ(process_->Stop(), 0) << process_->Log();
  }

 private:
  static std::string MakeFolder() {
    const char* temp = std::getenv("TEST_TMPDIR");
    std::string folder = absl::StrCat(temp == nullptr ? "/tmp" : temp, "/recordings-XXXXXX");
    EXPECT_NE(mkdtemp(folder.data()), nullptr) << folder;
    return folder;
  }
  std::unique_ptr<MixerProcess> NewProcess(int port) const {
    return std::make_unique<MixerProcess>(
        port, absl::ZeroDuration(),
        std::vector<std::string>{absl::StrCat("--recordings=", recordings_)});
  }

  const std::string recordings_;
  const std::vector<PromptFile> prompts_ = {{kSubjectPrompt, BeepWav()}};
  std::unique_ptr<MixerProcess> process_;
  std::vector<std::shared_ptr<GrpcMixer>> clients_;
};

}  // namespace

std::unique_ptr<MixerSubject> NewFakeSubject(MixerRecorder& recorder) {
  return std::make_unique<FakeSubject>(recorder);
}

std::unique_ptr<MixerSubject> NewRealSubject(MixerRecorder& recorder) {
  return std::make_unique<RealSubject>(recorder);
}

}  // namespace narada::control::mixers
