#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

/// data aws_iam_principal_policy_simulation: what somebody's policies would say to actions.
namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

std::optional<std::vector<std::string>> some(std::vector<std::string> texts) { return texts.empty() ? std::nullopt : std::optional(std::move(texts)); }

iam::SimulatePrincipalPolicyRequest request_of(const Record& state) {
  iam::SimulatePrincipalPolicyRequest request{.action_names = state.texts("action_names"), .policy_source_arn = state.text("policy_source_arn")};
  request.resource_arns = some(state.texts("resource_arns"));
  request.policy_input_list = some(state.texts("additional_policies_json"));
  request.permissions_boundary_policy_input_list = some(state.texts("permissions_boundary_policies_json"));
  if (!state.text("caller_arn").empty()) request.caller_arn = state.text("caller_arn");
  if (!state.text("resource_policy_json").empty()) request.resource_policy = state.text("resource_policy_json");
  if (!state.text("resource_owner_account_id").empty()) request.resource_owner = state.text("resource_owner_account_id");
  if (!state.text("resource_handling_option").empty()) request.resource_handling_option = state.text("resource_handling_option");
  for (const Record& entry : state.blocks("context")) {
    if (!request.context_entries) request.context_entries.emplace();
    request.context_entries->push_back({.context_key_name = entry.text("key"), .context_key_type = entry.text("type"), .context_key_values = entry.texts("values")});
  }
  return request;
}

Record told(const iam::EvaluationResult& result) {
  Record one;
  const std::string decision = result.eval_decision.value_or("");
  one.set("action_name", result.eval_action_name.value_or(""));
  one.set("resource_arn", result.eval_resource_name.value_or(""));
  one.set("decision", decision);
  one.set("allowed", decision == "allowed");
  one.set("decision_details", result.eval_decision_details.value_or(std::map<std::string, std::string>{}));
  one.set("missing_context_keys", result.missing_context_values.value_or(std::vector<std::string>{}));
  std::vector<Record> statements;
  for (const auto& statement : result.matched_statements.value_or(std::vector<iam::Statement>{})) {
    Record& row = statements.emplace_back();
    row.set("source_policy_id", statement.source_policy_id.value_or(""));
    row.set("source_policy_type", statement.source_policy_type.value_or(""));
  }
  one.set("matched_statements", statements);
  return one;
}

Result<void> read_simulation(const Cloud& cloud, Record& state) {
  iam::SimulatePrincipalPolicyRequest request = request_of(state);
  std::vector<Record> results;
  bool are_all_allowed = true;
  do {
    const auto page = TRY(cloud.call<iam::SimulatePolicyResponse>("iam", "SimulatePrincipalPolicy", request));
    for (const auto& result : page.evaluation_results.value_or(std::vector<iam::EvaluationResult>{})) {
      results.push_back(told(result));
      are_all_allowed = are_all_allowed && results.back().flag("allowed");
    }
    request.marker = page.marker;
  } while (request.marker);
  state.set("id", "-");
  state.set("results", results);
  state.set("all_allowed", are_all_allowed);
  return {};
}

Type result_type() {
  return Type::object({{.name = "action_name", .type = Type::string()}, {.name = "allowed", .type = Type::boolean()}, {.name = "decision", .type = Type::string()}, {.name = "decision_details", .type = Type::map(Type::string())},
                       {.name = "matched_statements", .type = Type::set(Type::object({{.name = "source_policy_id", .type = Type::string()}, {.name = "source_policy_type", .type = Type::string()}}))},
                       {.name = "missing_context_keys", .type = Type::set(Type::string())}, {.name = "resource_arn", .type = Type::string()}});
}

}  // namespace

void add_iam_simulation(Provider& provider) {
  add_source(provider, "aws_iam_principal_policy_simulation",
             {.attributes = {text("id").read_only(), text("policy_source_arn").required(), text_set("action_names").required(), text_set("resource_arns"), text_set("additional_policies_json"), text_set("permissions_boundary_policies_json"), text("caller_arn"),
                             text("resource_policy_json"), text("resource_owner_account_id"), text("resource_handling_option"), flag("all_allowed").read_only(), of_type("results", Type::set(result_type())).read_only()},
              .blocks = {set_block("context", {.attributes = {text("key").required(), text("type").required(), text_set("values").required()}})}},
             read_simulation);
}

}  // namespace landfall::terraform::aws_types
