#include "control/prompts/synthesis/espeak.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::control::prompts {
namespace {

constexpr char kProgram[] = "/usr/bin/espeak-ng";

absl::Status Failed(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "SYNTHESISER_FAILED",
                         absl::StrCat(kProgram, ": ", why));
}

}  // namespace

absl::StatusOr<Pcm> SpeakWithEspeak(const Voice& voice, const std::string& text) {
  std::vector<std::string> arguments = {kProgram, "--stdout",
                                        "-v",     voice.name,
                                        "-s",     absl::StrCat(voice.words_per_minute),
                                        "-p",     absl::StrCat(voice.pitch),
                                        "-g",     absl::StrCat(voice.word_gap_10ms),
                                        "--",     text};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return Failed(std::strerror(errno));
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, pipe_ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int error = posix_spawn(&child, kProgram, &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  close(pipe_ends[1]);
  if (error != 0) {
    close(pipe_ends[0]);
    return Failed(absl::StrCat(std::strerror(error), "; is the package espeak-ng installed?"));
  }
  std::string wav;
  char buffer[65536];
  ssize_t got = 0;
  while ((got = read(pipe_ends[0], buffer, sizeof(buffer))) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0) wav.append(buffer, static_cast<size_t>(got));
  }
  close(pipe_ends[0]);
  int exit_status = 0;
  while (waitpid(child, &exit_status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(exit_status) || WEXITSTATUS(exit_status) != 0) {
    return Failed(absl::StrCat("failed with status ", exit_status, "; does it have the voice ",
                               voice.name, "?"));
  }
  absl::StatusOr<Pcm> pcm = ReadMonoPcm(wav);
  if (!pcm.ok()) return Failed(absl::StrCat("its output ", pcm.status().message()));
  return pcm;
}

}  // namespace narada::control::prompts
