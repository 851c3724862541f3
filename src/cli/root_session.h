#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cli/daemon_client.h"
#include "cli/root_report.h"
#include "cli/terraform_commands.h"
#include "cli/voice.h"
#include "terraform/engine.h"

namespace landfall::cli {

/// One root module with the daemon that it is applied to. Interrupts (SIGINT, SIGTERM) are caught from the first one on:
/// what runs is finished, nothing new is begun.
class RootSession {
 public:
  /// Tells what is wrong; null after errors. Without a daemon: for configurations that need no cloud.
  static std::unique_ptr<RootSession> open(std::optional<DaemonClient> daemon, const std::filesystem::path& data_dir, const std::filesystem::path& directory, const TerraformArguments& arguments, bool makes_backend, const terraform::SavedPlan* saved = nullptr);
  /// The root of the working directory, with the daemon if one runs; or what a saved plan kept of it.
  static std::unique_ptr<RootSession> open_here(const Global& global, const TerraformArguments& arguments, const terraform::SavedPlan* saved = nullptr);
  ~RootSession();

  terraform::Engine& engine() { return *engine_; }
  Voice& voice() { return *voice_; }
  /// Waits up to `limit` for whoever holds the state.
  bool lock(const std::string& operation, std::chrono::seconds limit = {});
  /// Locks, and takes up what an interrupted apply left behind.
  bool lock_to_change(std::chrono::seconds limit = {});
  /// Tells what is wrong. False after errors.
  bool plan(const terraform::PlanOptions& options, terraform::Plan& into);
  /// The saved plan that the session was opened with, if it still fits the state. False after errors.
  bool take_up(terraform::Plan& into);
  /// Carries it out, tells the daemon which line made what, prints the sum. False after errors.
  bool apply(const terraform::Plan& plan);

 private:
  RootSession(std::optional<DaemonClient> daemon, std::filesystem::path directory, std::unique_ptr<Voice> voice) : daemon_(std::move(daemon)), directory_(std::move(directory)), voice_(std::move(voice)) {}
  void tell(const RootReport& report);

  std::optional<DaemonClient> daemon_;
  std::filesystem::path directory_;
  std::unique_ptr<Voice> voice_;
  std::unique_ptr<terraform::Engine> engine_;
  bool is_locked_ = false, takes_lock_ = true;
};

/// What the engine is told of a root: the daemon's address where there is one, and what the command line says.
terraform::EngineOptions engine_options(const std::optional<DaemonClient>& daemon, const std::filesystem::path& data_dir, const std::filesystem::path& directory, const TerraformArguments& arguments);

/// "", or " red text"-free rendering of what is wrong, on stderr.
void print_diagnostics(const hcl::Diagnostics& diagnostics);

/// Whether SIGINT or SIGTERM came since the first RootSession.
bool is_interrupted();

}  // namespace landfall::cli
