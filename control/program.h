// Control as a whole: everything it is made of, in the order in which it depends on each other.
//   ASSIGN_OR_RETURN(auto program, Program::Start({.config = config}, clock));
//   while (!stopping) program->Poll();
// main reads flags and signals; tests start it with a clock and free ports of their own.

#ifndef NARADA_CONTROL_PROGRAM_H_
#define NARADA_CONTROL_PROGRAM_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "control/config/control_config.h"

namespace narada::control {

struct ProgramOptions {
  config::ControlConfig config;
  std::string health_listen;  // ADDRESS:PORT of plain health for probes; empty: none.
};

class Program {
 public:
  // Opens what lasts, then what talks; a failure names what is wrong and what to do, and leaves nothing
  // running. `clock` outlives the program.
  static absl::StatusOr<std::unique_ptr<Program>> Start(const ProgramOptions& options,
                                                        const Clock& clock);
  // Ends streams and threads; calls go on at the mixers.
  ~Program();

  // To be called every fraction of a second: reports readiness once a mixer is connected, and does
  // what is to be done now and then.
  void Poll();

  int grpc_port() const;
  int http_port() const;

 private:
  struct Parts;
  explicit Program(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_PROGRAM_H_
