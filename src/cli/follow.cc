#include "cli/follow.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "base/json.h"

namespace landfall::cli {
namespace {

constexpr auto kPause = std::chrono::milliseconds(300);

}  // namespace

Result<void> follow_events(const DaemonClient& client, const std::string& path, bool follow, const std::function<std::string(const json::object&)>& line_of) {
  int64_t after = 0;
  for (;;) {
    const json::value answer = TRY(parse_json(TRY(client.get(fmt::format("{}after={}", path, after))), "the daemon's answer"));
    const json::array* events = answer.is_object() ? array_member(answer.get_object(), "events") : nullptr;
    if (events == nullptr) return fail("Daemon.Malformed", "the daemon's answer has no events");
    for (const json::value& event : *events) {
      const std::string line = line_of(event.as_object());
      std::fwrite(line.data(), 1, line.size(), stdout);
      after = std::max(after, event.as_object().at("sequence").to_number<int64_t>());
    }
    std::fflush(stdout);
    if (!follow) return {};
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace landfall::cli
