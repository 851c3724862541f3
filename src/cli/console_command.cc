#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "cli/root_session.h"
#include "terraform/console.h"

namespace landfall::cli {

/// Each expression on standard input, on one line or on several while a bracket is open; its value on standard output.
/// The first that fails ends it, unless a person is typing.
int console_command(const Global& global, const TerraformArguments& arguments) {
  terraform::EngineOptions options = engine_options(std::nullopt, global.data_dir, std::filesystem::current_path(), arguments);
  options.is_offline = true;
  hcl::Diagnostics diagnostics;
  const auto console = terraform::Console::open(options, diagnostics);
  print_diagnostics(diagnostics);
  if (!console) return 1;
  const bool is_person = isatty(STDIN_FILENO) == 1;
  std::string line, open;
  bool goes_on = true;
  while (goes_on) {
    if (is_person) std::fputs(open.empty() ? "> " : ": ", stdout), std::fflush(stdout);
    goes_on = static_cast<bool>(std::getline(std::cin, line));
    if (!goes_on && open.empty()) break;
    if (goes_on) open += (open.empty() ? "" : "\n") + line;
    if (goes_on && terraform::Console::is_open(open)) continue;
    const std::string expression = std::exchange(open, "");
    if (trim(expression).empty()) continue;
    if (trim(expression) == "exit") break;
    const auto answer = console->answer(expression);
    print_diagnostics(answer.diagnostics);
    if (answer.ok()) std::fputs((answer.text + "\n").c_str(), stdout);
    else if (!is_person) return 1;
  }
  return 0;
}

}  // namespace landfall::cli
