#include <CLI/CLI.hpp>

#include <cstdio>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"

namespace landfall::cli {
namespace {

/// One `landfall` command line: what it may hold, and what was found in it.
struct CommandLine {
  CLI::App app{"Runs the AWS container stack that your Terraform describes, for real, on this machine."};
  Global global;
  ServeArguments serve;
  bool as_json = false, follow = false, purge = false;
  std::string name;
  std::vector<std::string> words;

  CommandLine() {
    app.require_subcommand(1);
    app.failure_message(CLI::FailureMessage::help);
    app.add_option("--data-dir", global.data_dir, "where state, database, images and logs live")->capture_default_str();
    app.add_option("--chdir", global.chdir, "change to this folder first");
  }

  CLI::App* command(const std::string& called, const std::string& what, const std::string& example) {
    CLI::App* made = app.add_subcommand(called, what);
    made->footer("Example:\n  " + example);
    return made;
  }
};

void add_serve(CommandLine& line, const char* name, const char* what) {
  CLI::App* serve = line.command(name, what, std::string("landfall --data-dir /tmp/lf ") + name + " --port 4570");
  serve->add_option("--port", line.serve.port, "of the AWS endpoint on 127.0.0.1")->capture_default_str()->check(CLI::Range(1, 65535));
  serve->add_option("--region", line.serve.region, "default region")->capture_default_str();
  serve->add_option("--account-id", line.serve.account, "12 digits")->capture_default_str()->check([](const std::string& text) {
    const bool ok = text.size() == 12 && text.find_first_not_of("0123456789") == std::string::npos;
    return ok ? std::string() : fmt::format("'{}' is not an account id of 12 digits", text);
  });
  serve->add_option("--public-pool", line.serve.public_pool, "CIDR block of public addresses (default: a free /24 of 198.18.0.0/15)");
  serve->add_option("--dns-port", line.serve.dns_port, "DNS for this host on 127.0.0.1 (default 4653)");
}

int dispatch(CommandLine& line, const Entrypoints& entrypoints) {
  const std::string chosen = line.app.get_subcommands().at(0)->get_name();
  line.serve.data_dir = line.global.data_dir;
  if (chosen == "serve") return serve_command(line.global, line.serve, entrypoints);
  if (chosen == "start") return start_command(line.serve);
  if (chosen == "stop") return stop_command(line.global, line.purge);
  if (chosen == "status") return status_command(line.global, line.as_json);
  if (chosen == "why") return why_command(line.global, line.words, line.as_json);
  if (chosen == "logs") return logs_command(line.global, line.name, line.follow);
  if (chosen == "env") return env_command(line.global);
  if (chosen == "ca") return ca_command(line.global);
  if (chosen == "alb") return entrypoints.alb(line.name);
  if (chosen == "support") return std::fputs(entrypoints.support().c_str(), stdout) < 0 ? 1 : 0;
  return confirm_command(line.global, line.name);
}

}  // namespace

int complain(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message().c_str());
  return 1;
}

int run(const std::vector<std::string>& arguments, const Entrypoints& entrypoints) {
  CommandLine line;
  add_serve(line, "serve", "Run the daemon in the foreground");
  add_serve(line, "start", "Run the daemon in the background, if none runs");
  line.command("stop", "End the daemon; containers and load balancers keep serving", "landfall stop")
      ->add_flag("--purge", line.purge, "take everything away first");
  line.command("status", "What is served and how it is", "landfall status --json")->add_flag("--json", line.as_json, "for programs");
  CLI::App* why = line.command("why", "Why something is not as wanted", "landfall why https://staging.matabit.org/");
  why->add_option("thing", line.words, "service/NAME, task/ID, URL, ARN, Terraform address, or 'apply'; everything if left out");
  why->add_flag("--json", line.as_json, "for programs");
  CLI::App* logs = line.command("logs", "What a service's containers wrote", "landfall logs matabit-prod-service --follow");
  logs->add_option("service", line.name, "service or task id")->required();
  logs->add_flag("--follow,-f", line.follow, "go on until interrupted");
  line.command("env", "Shell exports for the aws CLI and SDKs", "eval \"$(landfall env)\"");
  line.command("ca", "Path of the root certificate", "curl --cacert \"$(landfall ca)\" https://www.matabit.org/");
  line.command("alb", "The load balancer alone", "landfall alb --config config.json")
      ->add_option("--config", line.name, "its configuration (docs/formats/alb-config.md); read again whenever it is replaced")->required();
  line.command("support", "Operations and arguments of the AWS endpoint that are carried", "landfall support > docs/support.md");
  line.command("confirm-certificate", "Confirm the e-mail validation of a certificate", "landfall confirm-certificate ARN")
      ->add_option("arn", line.name, "of the certificate")->required();
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    line.app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return line.app.exit(error) == 0 ? 0 : 2;
  }
  std::error_code moved;
  if (!line.global.chdir.empty()) std::filesystem::current_path(line.global.chdir, moved);
  if (moved) return complain({.code = "Chdir", .what = fmt::format("--chdir {}: {}", line.global.chdir, moved.message())});
  line.global.data_dir = std::filesystem::absolute(line.global.data_dir);
  return dispatch(line, entrypoints);
}

}  // namespace landfall::cli
