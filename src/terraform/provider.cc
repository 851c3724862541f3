#include "terraform/provider.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "terraform/attempt.h"
#include "terraform/session.h"

namespace landfall::terraform {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kShortestPause = std::chrono::milliseconds(5);
constexpr auto kLongestPause = std::chrono::milliseconds(500);
constexpr int kPausesOfAWait = 8;  // a wait is at most this share longer than what it waits for

/// Pauses before the next look, the longer the longer the wait has been; short enough for an interrupt to be felt.
Result<void> rest(const Cloud& cloud, Steady::time_point begun) {
  if (cloud.is_interrupted != nullptr && *cloud.is_interrupted) return fail("Interrupted", "interrupted while waiting");
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begun);
  std::this_thread::sleep_for(std::clamp(waited / kPausesOfAWait, kShortestPause, kLongestPause));
  return {};
}

}  // namespace

bool IgnoredTags::covers(std::string_view key) const {
  return std::ranges::find(keys, key) != keys.end() || std::ranges::any_of(prefixes, [&](const std::string& prefix) { return key.starts_with(prefix); });
}

Result<aws::Once> Cloud::next_call(std::string_view operation) const {
  if (attempt == nullptr || aws::is_read(operation)) return aws::Once{};
  return attempt->next_call(operation);
}

void Cloud::call_done() const { attempt->call_done(); }

Result<void> Cloud::wait_until(std::string_view what, std::chrono::seconds limit, const std::function<Result<bool>()>& done) const {
  limit = std::min(limit, longest_wait);
  const auto begun = Steady::now();
  while (!TRY(done())) {
    if (Steady::now() > begun + limit) return fail("Timeout", fmt::format("timeout while waiting for {} (limit {} s)", what, limit.count()));
    TRY(rest(*this, begun));
  }
  return {};
}

Result<void> Cloud::retry_while(std::chrono::seconds limit, const std::function<bool(const Error&)>& is_passing, const std::function<Result<void>()>& attempt) const {
  limit = std::min(limit, longest_wait);
  const auto begun = Steady::now();
  for (;;) {
    Result<void> done = attempt();
    if (done || !is_passing(done.error()) || Steady::now() > begun + limit) return done;
    TRY(rest(*this, begun));
  }
}

Result<void> ResourceType::update(const Cloud&, const Record&, const Record&) const {
  return fail("Provider.NoUpdate", "this type has no argument that can be changed in place");
}

Result<Record> ResourceType::import(const Cloud&, const std::string& id) const {
  Record record;
  record.set("id", id);
  return record;
}

const ResourceType* Provider::resource(std::string_view type) const {
  const auto found = resources.find(type);
  return found == resources.end() ? nullptr : found->second.get();
}

const DataSource* Provider::data_source(std::string_view type) const {
  const auto found = data_sources.find(type);
  return found == data_sources.end() ? nullptr : found->second.get();
}

const Schema* Provider::schema(bool is_data, std::string_view type) const {
  if (!is_data) {
    const ResourceType* found = resource(type);
    return found == nullptr ? nullptr : &found->schema();
  }
  if (type == "terraform_remote_state") return &remote_state_schema();
  const DataSource* found = data_source(type);
  return found == nullptr ? nullptr : &found->schema();
}

}  // namespace landfall::terraform
