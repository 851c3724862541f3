#include "terraform/aws/name_filter.h"

#include <memory>

#include <fmt/format.h>
#include <re2/re2.h>

namespace landfall::terraform::aws_types {
namespace {

std::unique_ptr<re2::RE2> compiled(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return std::make_unique<re2::RE2>(pattern, options);
}

}  // namespace

std::string check_pattern(const Value& value) {
  const auto pattern = compiled(value.as_string());
  return pattern->ok() ? "" : "to be a regular expression: " + pattern->error();
}

Result<std::function<bool(const std::string&)>> name_filter(const Record& state) {
  if (!state.has("name_regex")) return std::function<bool(const std::string&)>([](const std::string&) { return true; });
  const std::shared_ptr<const re2::RE2> pattern = compiled(state.text("name_regex"));
  if (!pattern->ok()) return fail("Config.Regex", fmt::format("name_regex \"{}\" is no regular expression: {}", state.text("name_regex"), pattern->error()));
  return std::function<bool(const std::string&)>([pattern](const std::string& name) { return re2::RE2::PartialMatch(name, *pattern); });
}

}  // namespace landfall::terraform::aws_types
