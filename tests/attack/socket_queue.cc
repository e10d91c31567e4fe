#include "tests/attack/socket_queue.h"

#include <arpa/inet.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace narada::attack {

SocketQueue QueueOf(uint16_t port) {
  const std::string address = absl::StrFormat("%08X:%04X", htonl(INADDR_LOOPBACK), port);
  std::ifstream table("/proc/net/udp");
  for (std::string line; std::getline(table, line);) {
    // sl local rem st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops
    const std::vector<std::string> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (fields.size() < 13 || fields[1] != address) continue;
    const std::string received = fields[4].substr(fields[4].find(':') + 1);
    return {.waiting_bytes = std::stoull(received, nullptr, 16),
            .dropped = std::stoull(fields[12])};
  }
  CHECK(false) << "no UDP socket at port " << port;
  return {};
}

}  // namespace narada::attack
