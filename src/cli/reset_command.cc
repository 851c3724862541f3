#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "cli/daemon_client.h"
#include "cli/door_commands.h"

namespace landfall::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(120);
constexpr auto kPause = std::chrono::milliseconds(50);

/// The daemon takes everything down and starts over; its health then names another start.
Result<void> reset(const std::filesystem::path& data_dir) {
  const DaemonClient client = TRY(DaemonClient::connect(data_dir));
  const std::string before = TRY(client.get("/_landfall/health"));
  // The answer may be lost with the connection: what counts is that it comes back as another start.
  (void)client.post("/_landfall/reset", "");
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    const auto again = DaemonClient::connect(data_dir);
    const auto health = again ? again->get("/_landfall/health") : Result<std::string>(std::unexpected(again.error()));
    if (health && *health != before) return {};
  }
  return fail("Reset.Late", fmt::format("the daemon did not come back within {} s; its log tells why", kPatience.count()), Blame::host);
}

}  // namespace

int reset_command(const Global& global) {
  const auto done = reset(global.data_dir);
  return done ? 0 : complain(done.error());
}

}  // namespace landfall::cli
