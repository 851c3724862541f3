#include "cli/steady.h"

#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/picture.h"
#include "cli/root_session.h"

namespace landfall::cli {
namespace {

constexpr auto kPause = std::chrono::milliseconds(50);

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// One line: how far each service is, and how many targets are healthy.
std::string progress(const json::object& status) {
  std::string line;
  if (const json::array* services = array_member(status, "services")) {
    for (const json::value& row : *services) {
      const json::object& service = row.get_object();
      line += fmt::format("{}{} {} of {} running", line.empty() ? "" : ", ", string_member(service, "name"), int_member(service, "running"), int_member(service, "desired"));
    }
  }
  int healthy = 0, all = 0;
  if (const json::array* targets = array_member(status, "targets")) {
    for (const json::value& row : *targets) {
      const std::string_view state = string_member(row.get_object(), "state");
      all += state != "draining";
      healthy += state == "healthy";
    }
  }
  if (all > 0) line += fmt::format("; {} of {} targets healthy", healthy, all);
  return line;
}

}  // namespace

int wait_until_steady(const DaemonClient& daemon, std::chrono::seconds limit) {
  const auto start = std::chrono::steady_clock::now();
  std::string told;
  for (;;) {
    const auto body = daemon.get("/_landfall/status");
    if (!body) return complain(body.error());
    const auto value = parse_json(*body, "the daemon's status");
    if (!value || !value->is_object()) return complain({.code = "Daemon.Malformed", .what = "the daemon's status is not an object"});
    const json::object& status = value->get_object();
    if (const std::string line = progress(status); line != told) {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      print(fmt::format("{:6.1f}s  {}\n", seconds, line));
      told = line;
    }
    const json::value* steady = status.if_contains("steady");
    if (steady != nullptr && steady->is_bool() && steady->get_bool()) {
      print("\n" + picture(status) + how_to_try(status, daemon));
      return 0;
    }
    if (is_interrupted()) return complain({.code = "Interrupted", .what = "interrupted while waiting; everything goes on in the background, see `landfall status`"});
    if (std::chrono::steady_clock::now() - start > limit) {
      std::fprintf(stderr, "error: not steady after %lld s\n\n", static_cast<long long>(limit.count()));
      if (const auto why = daemon.get("/_landfall/why?thing=")) std::fputs(why->c_str(), stderr);
      return 1;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace landfall::cli
