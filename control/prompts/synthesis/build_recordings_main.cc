// Makes the folder of recordings from the text catalogues:
//   build_recordings OUT CATALOGUE...
// writes OUT/LANGUAGE/KEY.wav and OUT/LANGUAGE/catalogue.textproto for each catalogue, OUT/sounds/*.wav,
// and OUT/manifest.tsv, which tells an operator what each file says and how long it is.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/model/language.h"
#include "control/model/phrase.h"
#include "control/prompts/catalogue.h"
#include "control/prompts/synthesis/espeak.h"
#include "control/prompts/synthesis/sounds.h"
#include "control/prompts/synthesis/speech_audio.h"
#include "control/prompts/wav.h"

namespace narada::control::prompts {
namespace {

namespace fs = std::filesystem;

absl::Status WriteFile(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  if (!file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())) || !file.flush()) {
    return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be written"));
  }
  return absl::OkStatus();
}

absl::Status WriteRecording(const fs::path& out, const std::string& name, const Audio& audio,
                            const std::string& words, std::string& manifest) {
  absl::StrAppend(&manifest, name, "\t", audio.size() * 1000 / kRecordingRateHz, "\t", words, "\n");
  return WriteFile(out / name, WriteWav(ToPcm(audio), kRecordingRateHz));
}

absl::Status BuildLanguage(const fs::path& out, const std::string& catalogue_path,
                           std::string& manifest) {
  ASSIGN_OR_RETURN(const Catalogue catalogue, Catalogue::Load(catalogue_path));
  const std::string tag(LanguageTag(catalogue.language()));
  std::error_code error;
  fs::create_directories(out / tag, error);
  if (error) return absl::UnavailableError(absl::StrCat(out.string(), ": ", error.message()));
  fs::copy_file(catalogue_path, out / tag / "catalogue.textproto",
                fs::copy_options::overwrite_existing, error);
  if (error) return absl::UnavailableError(absl::StrCat(catalogue_path, ": ", error.message()));
  for (const auto& [file, text] : catalogue.texts()) {
    ASSIGN_OR_RETURN(const Pcm pcm, SpeakWithEspeak(catalogue.voice(), text));
    const Audio words =
        Trimmed(Resampled(ToAudio(pcm.samples), pcm.rate_hz, kRecordingRateHz), kRecordingRateHz);
    if (words.empty()) {
      return absl::InternalError(absl::StrCat(tag, "/", file, ": the synthesiser says nothing"));
    }
    RETURN_IF_ERROR(WriteRecording(out, absl::StrCat(tag, "/", file, ".wav"),
                                   Levelled(words, kRecordingRateHz), text, manifest));
  }
  return absl::OkStatus();
}

absl::Status BuildSounds(const fs::path& out, std::string& manifest) {
  std::error_code error;
  fs::create_directories(out / "sounds", error);
  if (error) return absl::UnavailableError(absl::StrCat(out.string(), ": ", error.message()));
  for (int i = 0; i < kPromptKeyCount; ++i) {
    const PromptKey key = static_cast<PromptKey>(i);
    if (!IsSound(key)) continue;
    RETURN_IF_ERROR(WriteRecording(out, absl::StrCat("sounds/", PromptKeyName(key), ".wav"),
                                   ComposeSound(key), "(no words)", manifest));
  }
  return absl::OkStatus();
}

absl::Status Build(int argc, char** argv) {
  if (argc < 3) return absl::InvalidArgumentError("usage: build_recordings OUT CATALOGUE...");
  const fs::path out = argv[1];
  std::string manifest = "file\tmilliseconds\twords\n";
  for (int i = 2; i < argc; ++i) RETURN_IF_ERROR(BuildLanguage(out, argv[i], manifest));
  RETURN_IF_ERROR(BuildSounds(out, manifest));
  return WriteFile(out / "manifest.tsv", manifest);
}

}  // namespace
}  // namespace narada::control::prompts

int main(int argc, char** argv) {
  const absl::Status status = narada::control::prompts::Build(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
