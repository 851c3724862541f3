#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace landfall {

/// One log line: a past-tense fact and its fields, to stderr (the daemon redirects it to its log file).
/// Never a key, a token or state.   log_info("task stopped", {{"task", id}, {"code", code}});
using LogFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;
void log_info(std::string_view fact, LogFields fields = {});
void log_warn(std::string_view fact, LogFields fields = {});
void log_error(std::string_view fact, LogFields fields = {});

}  // namespace landfall
