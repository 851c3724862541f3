#include "cli/root_session.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "terraform/workspace.h"

namespace landfall::cli {
namespace {

constexpr auto kLockPause = std::chrono::milliseconds(200);

std::atomic<bool> interrupted = false;

/// The first interrupt is for the engine; the second ends the process at once.
void on_interrupt(int) {
  if (interrupted.exchange(true)) _exit(130);
  constexpr std::string_view said = "\nInterrupt received: finishing what runs. Interrupt again to stop at once.\n";
  (void)!write(STDERR_FILENO, said.data(), said.size());
}

void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

void print_diagnostics(const hcl::Diagnostics& diagnostics) {
  if (diagnostics.empty()) return;
  std::fflush(stdout);
  std::fprintf(stderr, "\n%s", hcl::render(diagnostics).c_str());
}

bool is_interrupted() { return interrupted; }

terraform::EngineOptions engine_options(const std::optional<DaemonClient>& daemon, const std::filesystem::path& data_dir, const std::filesystem::path& directory, const TerraformArguments& arguments) {
  terraform::EngineOptions options{.directory = directory,
                                   .data_dir = data_dir,
                                   .variables = arguments.variables,
                                   .variable_files = arguments.variable_files,
                                   .workspace = terraform::chosen_workspace(directory),
                                   .parallelism = arguments.parallelism,
                                   .refreshes = !arguments.no_refresh,
                                   .inert = arguments.inert,
                                   .is_interrupted = &interrupted};
  if (!daemon) return options;
  options.endpoint_url = daemon->address().url();
  options.region = daemon->address().region;
  options.account = daemon->address().account;
  options.access_key = daemon->key().access_key;
  options.secret_key = daemon->key().secret_key;
  return options;
}

std::unique_ptr<RootSession> RootSession::open(std::optional<DaemonClient> daemon, const std::filesystem::path& data_dir, const std::filesystem::path& directory, const TerraformArguments& arguments, bool makes_backend, const terraform::SavedPlan* saved) {
  catch_interrupts();
  terraform::EngineOptions options = engine_options(daemon, data_dir, directory, arguments);
  options.makes_backend = makes_backend;
  options.takes_any_type = arguments.only_state;
  options.saved = saved;
  std::unique_ptr<RootSession> session(new RootSession(std::move(daemon), directory, make_voice(arguments)));
  session->takes_lock_ = !arguments.no_lock;
  options.say = [voice = session->voice_.get()](const std::string& line) { voice->line(line); };
  if (session->daemon_) options.confirm_certificate = [daemon = *session->daemon_, voice = session->voice_.get()](const std::string& arn) -> Result<void> {
    TRY(daemon.post("/_landfall/certificates/confirm?arn=" + percent_encode(arn), ""));
    voice->line(arn + ": inert: issued without its validation records, which are in no zone of this account");
    return {};
  };
  options.tell = [voice = session->voice_.get()](const terraform::Event& event) { voice->event(event); };
  hcl::Diagnostics diagnostics;
  session->engine_ = terraform::Engine::open(options, diagnostics);
  session->voice_->problems(diagnostics);
  if (session->engine_) return session;
  RootReport report(directory);
  report.add_problems(diagnostics);
  session->tell(report);
  return nullptr;
}

std::unique_ptr<RootSession> RootSession::open_here(const Global& global, const TerraformArguments& arguments, const terraform::SavedPlan* saved) {
  auto daemon = DaemonClient::connect(global.data_dir);
  return open(daemon ? std::optional(std::move(*daemon)) : std::nullopt, global.data_dir, std::filesystem::current_path(), arguments, false, saved);
}

RootSession::~RootSession() {
  if (!is_locked_) return;
  if (const auto done = engine_->unlock(); !done) voice_->failure(done.error());
}

bool RootSession::lock(const std::string& operation, std::chrono::seconds limit) {
  if (!takes_lock_) return true;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  auto done = engine_->lock(operation);
  if (!done && done.error().code == "State.Locked" && limit.count() > 0) voice_->line(fmt::format("{} is held by somebody else; waiting up to {} s for it.", engine_->state_place(), limit.count()));
  while (!done && done.error().code == "State.Locked" && std::chrono::steady_clock::now() < deadline && !interrupted) {
    std::this_thread::sleep_for(kLockPause);
    done = engine_->lock(operation);
  }
  if (!done) voice_->failure(done.error());
  is_locked_ = done.has_value();
  return is_locked_;
}

bool RootSession::lock_to_change(std::chrono::seconds limit) {
  if (!lock("OperationTypeApply", limit)) return false;
  const auto recovered = engine_->recover();
  if (!recovered) voice_->failure(recovered.error());
  return recovered.has_value();
}

bool RootSession::plan(const terraform::PlanOptions& options, terraform::Plan& into) {
  hcl::Diagnostics diagnostics;
  into = engine_->plan(options, diagnostics);
  voice_->problems(diagnostics);
  // A plan with changes says nothing yet of whether they can be made.
  if (!diagnostics.has_errors() && into.has_changes()) return true;
  RootReport report(directory_);
  report.add_problems(diagnostics);
  if (!diagnostics.has_errors()) report.add_instances(into.state, engine_->root());
  tell(report);
  return !diagnostics.has_errors();
}

bool RootSession::take_up(terraform::Plan& into) {
  auto plan = engine_->saved_plan();
  if (!plan) {
    voice_->failure(plan.error());
    return false;
  }
  hcl::Diagnostics diagnostics;
  const bool is_fresh = engine_->is_fresh(*plan, diagnostics);
  voice_->problems(diagnostics);
  into = std::move(*plan);
  return is_fresh;
}

bool RootSession::apply(const terraform::Plan& plan) {
  hcl::Diagnostics diagnostics;
  const terraform::Applied applied = engine_->apply(plan, diagnostics);
  voice_->problems(diagnostics);
  RootReport report(directory_);
  report.add_instances(applied.state, engine_->root());
  report.add_failures(applied);
  if (applied.failures.empty()) report.add_problems(diagnostics);
  tell(report);
  if (diagnostics.has_errors()) return false;
  voice_->applied(applied, plan.is_destroy);
  return true;
}

/// For `why`. A daemon that is gone loses nothing.
void RootSession::tell(const RootReport& report) {
  if (!daemon_) return;
  if (const auto told = daemon_->post("/_landfall/origins", report.body()); !told) complain(told.error());
}

}  // namespace landfall::cli
