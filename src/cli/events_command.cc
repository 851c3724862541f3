#include <fmt/format.h>

#include "base/json.h"
#include "cli/daemon_client.h"
#include "cli/door_commands.h"
#include "cli/follow.h"

namespace landfall::cli {
namespace {

std::string line_of(const json::object& event) {
  const auto text = [&](const char* name) { return std::string(string_member(event, name)); };
  const json::object* who = object_member(event, "userIdentity");
  const std::string error = text("errorCode");
  return fmt::format("{}  {}  {}:{}  {}  {}{}\n", text("eventTime"), text("awsRegion"), text("eventSource").substr(0, text("eventSource").find('.')), text("eventName"),
                     who == nullptr ? "" : std::string(string_member(*who, "arn")), error.empty() ? "ok" : error + ": ", error.empty() ? "" : text("errorMessage"));
}

}  // namespace

int events_command(const Global& global, bool follow, bool as_json) {
  const auto client = DaemonClient::connect(global.data_dir);
  if (!client) return complain(client.error());
  const auto done = follow_events(*client, "/_landfall/events?", follow, [&](const json::object& event) { return as_json ? json::serialize(event) + "\n" : line_of(event); });
  return done ? 0 : complain(done.error());
}

}  // namespace landfall::cli
