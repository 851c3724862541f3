#include "cli/root_session.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/json.h"
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

void print_line(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::fwrite((line + "\n").data(), 1, line.size() + 1, stdout);
  std::fflush(stdout);
}

std::string text_of(const json::object& attributes, std::string_view name) { return std::string(string_member(attributes, name)); }

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
                                   .say = print_line,
                                   .is_interrupted = &interrupted};
  if (!daemon) return options;
  options.endpoint_url = daemon->address().url();
  options.region = daemon->address().region;
  options.account = daemon->address().account;
  options.access_key = daemon->key().access_key;
  options.secret_key = daemon->key().secret_key;
  return options;
}

std::unique_ptr<RootSession> RootSession::open(std::optional<DaemonClient> daemon, const std::filesystem::path& data_dir, const std::filesystem::path& directory, const TerraformArguments& arguments, bool makes_backend) {
  catch_interrupts();
  terraform::EngineOptions options = engine_options(daemon, data_dir, directory, arguments);
  options.makes_backend = makes_backend;
  options.takes_any_type = arguments.only_state;
  std::unique_ptr<RootSession> session(new RootSession(std::move(daemon), directory));
  hcl::Diagnostics diagnostics;
  session->engine_ = terraform::Engine::open(options, diagnostics);
  print_diagnostics(diagnostics);
  return session->engine_ ? std::move(session) : nullptr;
}

RootSession::~RootSession() {
  if (!is_locked_) return;
  if (const auto done = engine_->unlock(); !done) complain(done.error());
}

bool RootSession::lock(const std::string& operation, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  auto done = engine_->lock(operation);
  if (!done && done.error().code == "State.Locked" && limit.count() > 0) print_line(fmt::format("{} is held by somebody else; waiting up to {} s for it.", engine_->state_place(), limit.count()));
  while (!done && done.error().code == "State.Locked" && std::chrono::steady_clock::now() < deadline && !interrupted) {
    std::this_thread::sleep_for(kLockPause);
    done = engine_->lock(operation);
  }
  if (!done) complain(done.error());
  is_locked_ = done.has_value();
  return is_locked_;
}

bool RootSession::plan(const terraform::PlanOptions& options, terraform::Plan& into) {
  hcl::Diagnostics diagnostics;
  into = engine_->plan(options, diagnostics);
  print_diagnostics(diagnostics);
  return !diagnostics.has_errors();
}

bool RootSession::apply(const terraform::Plan& plan) {
  hcl::Diagnostics diagnostics;
  const terraform::Applied applied = engine_->apply(plan, diagnostics);
  print_diagnostics(diagnostics);
  tell_origins(applied);
  if (diagnostics.has_errors()) return false;
  if (plan.is_destroy) print_line(fmt::format("\nDestroy complete! Resources: {} destroyed.", applied.destroyed));
  else print_line(fmt::format("\nApply complete! Resources: {} added, {} changed, {} destroyed.", applied.added, applied.changed, applied.destroyed));
  return true;
}

/// Which line of which file made what, and which calls were refused: for `why`. A daemon that is gone loses nothing.
void RootSession::tell_origins(const terraform::Applied& applied) {
  if (!daemon_) return;
  json::array origins, failures, cleared;
  const auto place = [&](const terraform::ResourceConfig& config) {
    const hcl::Range& at = config.block->header_range;
    return std::pair<std::string, int>{(directory_ / at.source->name).lexically_normal().string(), static_cast<int>(at.start.line)};
  };
  for (const auto& [address, instance] : applied.state.instances) {
    const auto config = engine_->root().resources.find(address.block.type + "." + address.block.name);
    if (address.block.is_data || !address.block.module.empty() || config == engine_->root().resources.end()) continue;
    const auto attributes = parse_json(instance.attributes);
    if (!attributes || !attributes->is_object()) continue;
    const auto [file, line] = place(config->second);
    for (const char* name : {"id", "arn"}) {
      const std::string id = text_of(attributes->get_object(), name);
      if (!id.empty()) origins.push_back(json::object{{"id", id}, {"address", address.text()}, {"file", file}, {"line", line}});
    }
  }
  for (const auto& failure : applied.failures) {
    if (failure.config == nullptr) continue;
    const auto [file, line] = place(*failure.config);
    failures.push_back(json::object{{"address", failure.address.text()}, {"file", file}, {"line", line}, {"operation", failure.address.block.type}, {"code", failure.error.code}, {"message", failure.error.what}});
  }
  for (const auto& address : applied.succeeded) cleared.emplace_back(address.text());
  const json::object body{{"root", directory_.string()}, {"origins", origins}, {"failures", failures}, {"cleared", cleared}};
  if (const auto told = daemon_->post("/_landfall/origins", json::serialize(body)); !told) complain(told.error());
}

}  // namespace landfall::cli
