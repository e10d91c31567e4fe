// Rewrites the transcripts of a source tree after the dialogue or a catalogue has changed:
//   regenerate TREE
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "base/status.h"
#include "tests/dialogue/catalogues.h"
#include "tests/dialogue/transcript.h"

namespace narada::tests {
namespace {

absl::Status Regenerate(const std::string& tree) {
  ASSIGN_OR_RETURN(const auto catalogues, ShippedCatalogues(tree));
  for (const char* name : {"polish.txt", "english.txt"}) {
    const std::string path = tree + "/tests/dialogue/" + name;
    std::ostringstream written;
    written << std::ifstream(path).rdbuf();
    ASSIGN_OR_RETURN(const std::string replayed, Replay(written.str(), catalogues));
    if (!(std::ofstream(path) << replayed).flush()) {
      return absl::UnavailableError(path + ": cannot be written");
    }
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace narada::tests

int main(int argc, char** argv) {
  const absl::Status status = argc == 2 ? narada::tests::Regenerate(argv[1])
                                        : absl::InvalidArgumentError("usage: regenerate TREE");
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
