// The client `narada`: control's gRPC services for operators and scripts. docs/cli.md.
//   narada --server control:50061 --tls-cert me.crt --tls-key me.key --tls-ca ca.crt reservations list
// The environment may name the same: NARADA_SERVER, NARADA_TLS_CERT, NARADA_TLS_KEY, NARADA_TLS_CA.

#include <signal.h>

#include "CLI/CLI.hpp"
#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/session.h"

namespace narada::cli {
namespace {

void AddGlobalOptions(CLI::App& app, SessionSettings& settings) {
  app.add_option("--server", settings.server, "control's gRPC port, HOST:PORT")
      ->envname("NARADA_SERVER")
      ->take_last()
      ->capture_default_str();
  app.add_option("--tls-cert", settings.tls.certificate, "PEM file of our certificate")
      ->envname("NARADA_TLS_CERT");
  app.add_option("--tls-key", settings.tls.key, "PEM file of its key")->envname("NARADA_TLS_KEY");
  app.add_option("--tls-ca", settings.tls.client_ca, "PEM file of control's authority")
      ->envname("NARADA_TLS_CA");
  app.add_option("--timeout", settings.timeout_s, "seconds to wait for an answer")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  app.add_flag("--json", settings.is_json, "answers as JSON, fields as in the .proto files");
}

int Run(int argc, char** argv) {
  Session session;
  CLI::App app("Narada's client, for operators and scripts.", "narada");
  app.fallthrough();  // --json may stand behind the command, too; subcommands inherit it here.
  AddGlobalOptions(app, session.settings());
  AddAccountCommands(app, session);
  AddReservationCommands(app, session);
  AddConferenceCommands(app, session);
  AddOperationCommands(app, session);
  AddSmsCommands(app, session);
  AddReportCommands(app, session);
  AddConfigCommands(app, session);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 refused, 2 the command line is wrong, 3 no control answers, 4 it does "
      "not exist.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // --help is one, too.
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return session.exit_code();
}

}  // namespace
}  // namespace narada::cli

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // `narada records export | head` ends without a word of the shell's.
  return narada::cli::Run(argc, argv);
}
