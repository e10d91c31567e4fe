// The commands of the client, one function for each of control's services. Each adds its commands to the
// command line; `session` outlives it.

#ifndef NARADA_CLI_COMMANDS_H_
#define NARADA_CLI_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "cli/session.h"

namespace narada::cli {

void AddAccountCommands(CLI::App& app, Session& session);
void AddConferenceCommands(CLI::App& app, Session& session);
void AddOperationCommands(CLI::App& app, Session& session);
void AddReportCommands(CLI::App& app, Session& session);
void AddReservationCommands(CLI::App& app, Session& session);
void AddSmsCommands(CLI::App& app, Session& session);
void AddConfigCommands(CLI::App& app, Session& session);

}  // namespace narada::cli

#endif  // NARADA_CLI_COMMANDS_H_
