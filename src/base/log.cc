#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace landfall {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("landfall", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %L %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"\n\t=") != std::string_view::npos;
}

std::string line(std::string_view fact, LogFields fields) {
  std::string text(fact);
  for (const auto& [name, value] : fields) {
    text += ' ';
    text += name;
    text += '=';
    if (!needs_quotes(value)) {
      text += value;
      continue;
    }
    text += '"';
    for (const char c : value) {
      if (c == '\n') {
        text += "\\n";
      } else {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
    }
    text += '"';
  }
  return text;
}

}  // namespace

void log_info(std::string_view fact, LogFields fields) { logger().info("{}", line(fact, fields)); }
void log_warn(std::string_view fact, LogFields fields) { logger().warn("{}", line(fact, fields)); }
void log_error(std::string_view fact, LogFields fields) { logger().error("{}", line(fact, fields)); }

}  // namespace landfall
