#include "terraform/plan.h"

#include <algorithm>
#include <array>

namespace landfall::terraform {
namespace {

/// Source  Terraform, "JSON Output Format", Plan Representation: action_reason.
constexpr std::array<std::pair<Reason, std::string_view>, 11> kCodes{{
    {Reason::cannot_update, "replace_because_cannot_update"},
    {Reason::tainted, "replace_because_tainted"},
    {Reason::by_request, "replace_by_request"},
    {Reason::by_triggers, "replace_by_triggers"},
    {Reason::no_resource_config, "delete_because_no_resource_config"},
    {Reason::wrong_repetition, "delete_because_wrong_repetition"},
    {Reason::count_index, "delete_because_count_index"},
    {Reason::each_key, "delete_because_each_key"},
    {Reason::no_module, "delete_because_no_module"},
    {Reason::config_unknown, "read_because_config_unknown"},
    {Reason::dependency_pending, "read_because_dependency_pending"},
}};

}  // namespace

std::string_view code_of(Reason reason) {
  const auto found = std::ranges::find(kCodes, reason, &std::pair<Reason, std::string_view>::first);
  return found == kCodes.end() ? std::string_view() : found->second;
}

Reason reason_of_code(std::string_view code) {
  const auto found = std::ranges::find(kCodes, code, &std::pair<Reason, std::string_view>::second);
  return found == kCodes.end() ? Reason::none : found->first;
}

bool Plan::has_changes() const {
  for (const auto& [address, change] : changes) {
    if (change.action != Action::none && change.action != Action::read) return true;
  }
  for (const auto& [name, output] : outputs) {
    if (output.is_change()) return true;
  }
  return !state.deposed.empty() || !moved.empty() || std::ranges::any_of(changes, [](const auto& entry) { return !entry.second.imported.empty(); });
}

int Plan::count(Action action) const {
  return static_cast<int>(std::ranges::count_if(changes, [&](const auto& entry) { return entry.second.action == action; }));
}

}  // namespace landfall::terraform
