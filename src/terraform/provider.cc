#include "terraform/provider.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "terraform/attempt.h"
#include "terraform/session.h"

namespace landfall::terraform {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(20);
constexpr auto kLongestPause = std::chrono::milliseconds(500);

/// Waits in short pieces so that an interrupt is felt. Grows the pause.
Result<void> rest(const Cloud& cloud, std::chrono::milliseconds& pause) {
  if (cloud.is_interrupted != nullptr && *cloud.is_interrupted) return fail("Interrupted", "interrupted while waiting");
  std::this_thread::sleep_for(pause);
  pause = std::min(pause * 2, std::chrono::milliseconds(kLongestPause));
  return {};
}

}  // namespace

Result<aws::Once> Cloud::next_call(std::string_view operation) const {
  if (attempt == nullptr || aws::is_read(operation)) return aws::Once{};
  return attempt->next_call(operation);
}

void Cloud::call_done() const { attempt->call_done(); }

Result<void> Cloud::wait_until(std::string_view what, std::chrono::seconds limit, const std::function<Result<bool>()>& done) const {
  limit = std::min(limit, longest_wait);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::chrono::milliseconds pause = kFirstPause;
  while (!TRY(done())) {
    if (std::chrono::steady_clock::now() > deadline) return fail("Timeout", fmt::format("timeout while waiting for {} (limit {} s)", what, limit.count()));
    TRY(rest(*this, pause));
  }
  return {};
}

Result<void> Cloud::retry_while(std::chrono::seconds limit, const std::function<bool(const Error&)>& is_passing, const std::function<Result<void>()>& attempt) const {
  limit = std::min(limit, longest_wait);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::chrono::milliseconds pause = kFirstPause;
  for (;;) {
    Result<void> done = attempt();
    if (done || !is_passing(done.error()) || std::chrono::steady_clock::now() > deadline) return done;
    TRY(rest(*this, pause));
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
