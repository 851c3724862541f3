#include "alb/health.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr size_t kMaxCodes = 16;

bool passes(const CheckResult& result, const model::HealthCheck& check) { return result.kind == CheckResult::Kind::connected || (result.kind == CheckResult::Kind::answered && matcher_accepts(check.matcher, result.status)); }

std::string list_of(const std::vector<int>& codes) {
  std::vector<std::string> texts;
  for (const int code : codes) texts.push_back(std::to_string(code));
  return join(texts, ", ");
}

}  // namespace

bool matcher_accepts(std::string_view matcher, int status) {
  for (const std::string& part : split(matcher, ',')) {
    const size_t dash = part.find('-');
    const int low = std::atoi(part.c_str());
    const int high = dash == std::string::npos ? low : std::atoi(part.c_str() + dash + 1);
    if (status >= low && status <= high) return true;
  }
  return false;
}

void Health::fail(const CheckResult& result, const model::HealthCheck& check) {
  passes_ = 0;
  last_check_ = result.kind == CheckResult::Kind::answered ? fmt::format("status {}", result.status) : result.kind == CheckResult::Kind::timed_out ? "timed out" : result.detail;
  if (result.kind == CheckResult::Kind::answered && codes_.size() < kMaxCodes && std::ranges::find(codes_, result.status) == codes_.end()) codes_.push_back(result.status);
  if (++failures_ < check.unhealthy_threshold && state_ != "unhealthy") return;
  state_ = "unhealthy";
  switch (tells_less_ ? CheckResult::Kind::failed : result.kind) {
    case CheckResult::Kind::answered:
      reason_ = "Target.ResponseCodeMismatch";
      description_ = fmt::format("Health checks failed with these codes: [{}]", list_of(codes_));
      return;
    case CheckResult::Kind::timed_out:
      reason_ = "Target.Timeout";
      description_ = "Request timed out";
      return;
    case CheckResult::Kind::connected:  // passes
    case CheckResult::Kind::failed:
      reason_ = "Target.FailedHealthChecks";
      description_ = "Health checks failed";
      return;
  }
}

bool Health::take_look(const CheckResult& result, const model::HealthCheck& check) { return passes(result, check) && take(result, check); }

bool Health::take(const CheckResult& result, const model::HealthCheck& check) {
  const auto before = std::tuple(state_, reason_, description_);
  last_check_.clear();
  if (!passes(result, check)) {
    fail(result, check);
  } else {
    failures_ = 0;
    codes_.clear();
    ++passes_;
    if (state_ == "initial" || passes_ >= check.healthy_threshold) {
      state_ = "healthy";
      reason_.clear();
      description_.clear();
    }
  }
  return before != std::tuple(state_, reason_, description_);
}

}  // namespace landfall::alb
