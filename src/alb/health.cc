#include "alb/health.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

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
  told_.last_check = result.kind == CheckResult::Kind::answered ? fmt::format("status {}", result.status) : result.kind == CheckResult::Kind::timed_out ? "timed out" : result.detail;
  if (result.kind == CheckResult::Kind::answered && codes_.size() < kMaxCodes && std::ranges::find(codes_, result.status) == codes_.end()) codes_.push_back(result.status);
  if (++failures_ < check.unhealthy_threshold && told_.state != "unhealthy") return;
  told_.state = "unhealthy";
  switch (tells_less_ ? CheckResult::Kind::failed : result.kind) {
    case CheckResult::Kind::answered:
      told_.reason = "Target.ResponseCodeMismatch";
      told_.description = fmt::format("Health checks failed with these codes: [{}]", list_of(codes_));
      return;
    case CheckResult::Kind::timed_out:
      told_.reason = "Target.Timeout";
      told_.description = "Request timed out";
      return;
    case CheckResult::Kind::connected:  // passes
    case CheckResult::Kind::failed:
      told_.reason = "Target.FailedHealthChecks";
      told_.description = "Health checks failed";
      return;
  }
}

void Health::recall(HealthTold told) {
  told_ = std::move(told);
  is_recalled_ = true;
}

bool Health::take_look(const CheckResult& result, const model::HealthCheck& check) { return passes(result, check) && take(result, check); }

bool Health::take(const CheckResult& result, const model::HealthCheck& check) {
  const auto before = std::tuple(told_.state, told_.reason, told_.description);
  const bool was_recalled = std::exchange(is_recalled_, false), passed = passes(result, check);
  if (was_recalled && !passed && is_healthy()) told_ = {};
  told_.last_check.clear();
  if (!passed) {
    fail(result, check);
  } else {
    failures_ = 0;
    codes_.clear();
    ++passes_;
    if (told_.state == "initial" || passes_ >= check.healthy_threshold) {
      told_.state = "healthy";
      told_.reason.clear();
      told_.description.clear();
    }
  }
  return before != std::tuple(told_.state, told_.reason, told_.description);
}

}  // namespace landfall::alb
