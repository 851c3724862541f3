#include "terraform/ephemeral.h"

#include "terraform/decode.h"

namespace landfall::terraform {

void open_ephemeral(const Engine::Impl& impl, const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition, Evaluation& evaluation, bool now,
                    hcl::Diagnostics& diagnostics) {
  const Schema& schema = *impl.schema_of(resource);
  evaluation.set_instance(address, Value::unknown(schema.type()).with_marks(hcl::Marks::ephemeral));
  hcl::Diagnostics found_wrong;
  check_region(schema, resource, evaluation, in, repetition, cloud.region, found_wrong);
  const Value config = decode(schema, resource.block->body, evaluation, in, repetition, true, found_wrong);
  check_conditions(resource, resource.lifecycle.preconditions, address, evaluation, in, repetition, found_wrong);
  const bool is_sound = !found_wrong.has_errors();
  diagnostics.append(std::move(found_wrong));
  if (!is_sound || !now || !config.is_wholly_known()) return;
  const auto found = read_data(impl, cloud, resource, config);
  if (!found) return diagnostics.push_back(call_failed(&resource, address, "opening", found.error()));
  const Value opened = found->with_marks(hcl::Marks::ephemeral);
  evaluation.set_instance(address, opened);
  const Repetition with_self{.count_index = repetition.count_index, .each_key = repetition.each_key, .each_value = repetition.each_value, .self = &opened};
  check_conditions(resource, resource.lifecycle.postconditions, address, evaluation, in, with_self, diagnostics);
}

bool is_ephemeral_variable(const Module& root, const std::string& name) {
  const auto found = root.variables.find(name);
  return found != root.variables.end() && found->second.is_ephemeral;
}

}  // namespace landfall::terraform
