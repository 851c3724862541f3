#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/daemon_client.h"
#include "cli/door_commands.h"

namespace landfall::cli {
namespace {

constexpr auto kFollowPause = std::chrono::milliseconds(300);

std::string line_of(const json::object& event) {
  const auto text = [&](const char* name) { return std::string(string_member(event, name)); };
  const json::object* who = object_member(event, "userIdentity");
  const std::string error = text("errorCode");
  return fmt::format("{}  {}  {}:{}  {}  {}{}\n", text("eventTime"), text("awsRegion"), text("eventSource").substr(0, text("eventSource").find('.')), text("eventName"),
                     who == nullptr ? "" : std::string(string_member(*who, "arn")), error.empty() ? "ok" : error + ": ", error.empty() ? "" : text("errorMessage"));
}

Result<void> show(const DaemonClient& client, bool follow, bool as_json) {
  int64_t after = 0;
  for (;;) {
    const json::value answer = TRY(parse_json(TRY(client.get(fmt::format("/_landfall/events?after={}", after))), "the daemon's answer"));
    const json::array* events = answer.is_object() ? array_member(answer.get_object(), "events") : nullptr;
    if (events == nullptr) return fail("Daemon.Malformed", "the daemon's answer has no events");
    for (const json::value& event : *events) {
      const std::string line = as_json ? json::serialize(event) + "\n" : line_of(event.get_object());
      std::fwrite(line.data(), 1, line.size(), stdout);
      after = std::max(after, event.get_object().at("sequence").to_number<int64_t>());
    }
    std::fflush(stdout);
    if (!follow) return {};
    std::this_thread::sleep_for(kFollowPause);
  }
}

}  // namespace

int events_command(const Global& global, bool follow, bool as_json) {
  const auto client = DaemonClient::connect(global.data_dir);
  if (!client) return complain(client.error());
  const auto done = show(*client, follow, as_json);
  return done ? 0 : complain(done.error());
}

}  // namespace landfall::cli
