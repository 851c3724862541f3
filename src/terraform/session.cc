#include "terraform/session.h"

#include <algorithm>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "terraform/decode.h"
#include "terraform/inert.h"
#include "terraform/state_value.h"
#include "terraform/variables.h"

namespace landfall::terraform {

using hcl::Diagnostics;

Cloud Engine::Impl::base_cloud() const {
  Cloud cloud;
  cloud.region = options.region;
  cloud.account = options.account;
  cloud.directory = options.directory;
  cloud.clock = &clock;
  cloud.is_interrupted = options.is_interrupted;
  cloud.ids = const_cast<IdSource*>(&ids);
  cloud.client = client;
  if (is_named_inert(options.inert, "all")) cloud.confirm_certificate = options.confirm_certificate;
  return cloud;
}

Cloud Engine::Impl::cloud_in(const std::string& region) const {
  Cloud cloud = base_cloud();
  if (region == cloud.region) return cloud;
  cloud.region = region;
  if (!cloud.client) return cloud;  // no daemon: nothing here asks the cloud
  aws::ClientOptions client = cloud.client->options();
  client.region = region;
  cloud.client = std::make_shared<aws::Client>(std::move(client));
  return cloud;
}

std::filesystem::path Engine::Impl::state_journal() const {
  const std::filesystem::path place = backend->place();
  if (place.is_absolute()) return place.parent_path() / ("." + place.filename().string() + ".journal");
  return options.data_dir / "journal" / to_hex(sha256(place.string())).substr(0, 16);
}

EvaluationOptions Engine::Impl::evaluation_options(bool defers_impure) const {
  const auto schema_of_block = [this](const BlockAddress& block) -> const Schema* { return provider.schema(block.is_data, block.type); };
  return {.working_directory = options.directory,
          .workspace = options.workspace,
          .functions = {.base_dir = options.directory, .clock = const_cast<SystemClock*>(&clock), .ids = const_cast<IdSource*>(&ids), .defer_impure = defers_impure, .plan_timestamp = plan_timestamp},
          .schema_of = schema_of_block};
}

namespace {

/// Those that name an account or an endpoint have no effect: there is one of each.
void check_provider_blocks(const ProviderConfig& config, Diagnostics& diagnostics) {
  static const std::set<std::string, std::less<>> known{"default_tags", "ignore_tags", "endpoints", "assume_role", "assume_role_with_web_identity"};
  for (const hcl::Block& block : config.block->body.blocks) {
    const std::string& name = block.type == "dynamic" && !block.labels.empty() ? block.labels[0].text : block.type;
    if (!known.contains(name)) diagnostics.error(block.type_range, "Unsupported block type", fmt::format("The block \"{}\" of provider \"aws\" is not supported by Landfall.", name));
  }
}

}  // namespace

bool Clouds::configure(const ProviderConfig& config, const Evaluation& evaluation, const ModuleInstance& in, Diagnostics& diagnostics) {
  static const std::set<std::string, std::less<>> unused{"alias", "version", "profile", "access_key", "secret_key", "token", "shared_credentials_file", "shared_credentials_files", "shared_config_files",
                                                         "max_retries", "skip_credentials_validation", "skip_metadata_api_check", "skip_region_validation", "skip_requesting_account_id",
                                                         "skip_get_ec2_platforms", "s3_force_path_style", "s3_use_path_style", "allowed_account_ids", "insecure",
                                                         "forbidden_account_ids", "retry_mode", "sts_region", "use_fips_endpoint", "use_dualstack_endpoint", "custom_ca_bundle", "http_proxy", "https_proxy", "no_proxy",
                                                         "ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode", "s3_us_east_1_regional_endpoint", "token_bucket_rate_limiter_capacity", "user_agent"};
  std::string chosen = impl_.options.region;
  if (config.name != "aws") return true;
  for (const hcl::Attribute& attribute : config.block->body.attributes) {
    if (unused.contains(attribute.name)) continue;
    if (attribute.name != "region") {
      diagnostics.error(attribute.name_range, "Unsupported argument", fmt::format("The argument \"{}\" of provider \"aws\" is not supported by Landfall.", attribute.name));
      continue;
    }
    hcl::Evaluated region = evaluation.evaluate(*attribute.value, in, {}, hcl::Type::string());
    const bool failed = !region.ok() || !region.value.has_value();
    if (region.ok() && !region.value.has_value()) diagnostics.error(attribute.value->range, "Invalid provider configuration", "The region must be known before anything is made.");
    diagnostics.append(std::move(region.diagnostics));
    if (!failed) chosen = region.value.as_string();
  }
  Cloud cloud = impl_.cloud_in(chosen);
  check_provider_blocks(config, diagnostics);
  static const Schema schema{.blocks = {one_block("default_tags", {.attributes = {text_map("tags")}}), one_block("ignore_tags", {.attributes = {text_set("keys"), text_set("key_prefixes")}})}};
  const Record written(decode(schema, config.block->body, evaluation, in, {}, true, diagnostics));
  for (const Record& tags : written.blocks("default_tags")) cloud.default_tags = tags.pairs("tags");
  for (const Record& tags : written.blocks("ignore_tags")) cloud.ignored_tags = {.keys = tags.texts("keys"), .prefixes = tags.texts("key_prefixes")};
  const std::lock_guard lock(mutex_);
  clouds_[{in.module, config.local_id()}] = std::move(cloud);
  return !diagnostics.has_errors();
}

Cloud Clouds::of(const Module& module, const std::string& provider_name) const { return at(place_of_provider(module, provider_name)); }

Result<Cloud> Clouds::of(const State& state, const BlockAddress& block) const { return at(TRY(place_in_state(*impl_.root, state, block))); }

Cloud Clouds::at(const ProviderPlace& place) const {
  const std::lock_guard lock(mutex_);
  const auto found = clouds_.find({place.module, place.name});
  return found == clouds_.end() ? impl_.base_cloud() : found->second;
}

hcl::Diagnostic call_failed(const ResourceConfig* config, const Address& address, const std::string& doing, const Error& error) {
  std::string what = error.what;
  for (const std::string& step : error.trail) what += fmt::format(" (while {})", step);
  const std::string summary = fmt::format("{} {}: {}: {}", doing, address.text(), error.code, what);
  if (config == nullptr) return {.summary = summary, .detail = ""};
  return hcl::diagnose(config->block->header_range, summary, "");
}

namespace {

/// A child's arguments have no other names than its variables.
void check_arguments(const ModuleCall& call, Diagnostics& diagnostics) {
  static const std::set<std::string, std::less<>> own{"source", "version", "count", "for_each", "depends_on", "providers"};
  std::vector<std::string> names;
  for (const auto& [name, variable] : call.module->variables) names.push_back(name);
  for (const hcl::Attribute& argument : call.block->body.attributes) {
    if (own.contains(argument.name) || call.module->variables.contains(argument.name)) continue;
    const std::string near = nearest(argument.name, names);
    diagnostics.error(argument.name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here.{}", argument.name, near.empty() ? "" : fmt::format(" Did you mean \"{}\"?", near)));
  }
  for (const auto& [name, variable] : call.module->variables) {
    if (variable.default_value == nullptr && call.block->body.find(name) == nullptr) {
      diagnostics.error(call.block->header_range, "Missing required argument", fmt::format("The argument \"{}\" is required, but no definition was found.", name));
    }
  }
}

void visit_variable(const Engine::Impl& impl, const VariableConfig& variable, const ModuleInstance& in, Evaluation& evaluation, Diagnostics& diagnostics) {
  Value given;
  bool has_given = false;
  hcl::Range at = variable.range;
  if (in.parent == nullptr) {
    const auto found = impl.variables.find(variable.name);
    has_given = found != impl.variables.end();
    if (has_given) given = found->second;
  } else if (const hcl::Attribute* argument = in.call->block->body.find(variable.name)) {
    hcl::Evaluated found = evaluation.evaluate(*argument->value, *in.parent, in.repetition);
    if (!found.ok()) return diagnostics.append(std::move(found.diagnostics));
    diagnostics.append(std::move(found.diagnostics));
    given = found.value;
    has_given = true;
    at = argument->value->range;
  }
  evaluation.set_value(in, "var." + variable.name, variable_value(variable, has_given ? &given : nullptr, evaluation, in, at, diagnostics));
}

void visit_output(const OutputConfig& output, const ModuleInstance& in, Evaluation& evaluation, Diagnostics& diagnostics) {
  CheckFinding finding;
  for (const hcl::Block* condition : output.preconditions) finding.add(check_condition(*condition, *evaluation.scope(in, {}), "Module output value precondition failed", diagnostics));
  evaluation.checks().report(dotted(in.module->path, "output." + output.name), dotted(in.path, "output." + output.name), std::move(finding));
  hcl::Evaluated found = evaluation.evaluate(*output.value, in);
  Value value = found.value;
  const bool ok = found.ok();
  diagnostics.append(std::move(found.diagnostics));
  hcl::Marks marks = hcl::Marks::none;
  const Value plain = value.unmark_deep(marks);
  // Terraform 0.11 knew no sensitive values besides its providers' own, and told outputs of them.
  const bool is_exposed = in.parent == nullptr && in.module->dialect != hcl::Dialect::v011 && hcl::any(marks & hcl::Marks::sensitive) && !output.is_sensitive;
  if (ok && is_exposed) {
    diagnostics.error(output.range, "Output refers to sensitive values", "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, any root module output containing sensitive data must be explicitly marked as sensitive, to confirm your intent: add the argument sensitive = true.");
  }
  const bool is_ephemeral = hcl::any(marks & hcl::Marks::ephemeral);
  if (output.is_ephemeral && in.parent == nullptr) {
    diagnostics.error(output.range, "Ephemeral output not allowed", "Ephemeral outputs are not allowed in context of a root module.");
  } else if (is_ephemeral && !output.is_ephemeral) {
    diagnostics.error(output.value->range, "Ephemeral value not allowed", "This output value is not declared as returning an ephemeral value, so it cannot be set to a result derived from an ephemeral value.");
  }
  if (output.is_sensitive) value = plain.with_marks(marks).sensitive();
  if (output.is_ephemeral) value = value.with_marks(hcl::Marks::ephemeral);
  evaluation.set_value(in, "output." + output.name, value);
}

/// A check that does not hold is a warning.
void visit_check(const CheckConfig& check, const ModuleInstance& in, Evaluation& evaluation, Diagnostics& diagnostics) {
  Diagnostics failed;
  CheckFinding finding;
  for (const hcl::Block* assertion : check.assertions) {
    CheckFinding one = check_condition(*assertion, *evaluation.scope(in, {}), "Check block assertion failed", failed);
    const hcl::Attribute* condition = assertion->body.find("condition");
    if (one.status == CheckStatus::unknown && condition != nullptr) failed.error(condition->value->range, "Check block assertion known after apply", "The condition could not be evaluated at this time, a result will be known when this plan is applied.");
    finding.add(std::move(one));
  }
  for (hcl::Diagnostic& one : failed) one.severity = hcl::Severity::warning;
  diagnostics.append(std::move(failed));
  evaluation.checks().report(dotted(in.module->path, "check." + check.name), dotted(in.path, "check." + check.name), std::move(finding));
}

}  // namespace

void check_conditions(const ResourceConfig& resource, const std::vector<const hcl::Block*>& conditions, const Address& address, const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, Diagnostics& diagnostics) {
  if (conditions.empty()) return;
  const bool is_before = &conditions == &resource.lifecycle.preconditions;
  const auto scope = evaluation.scope(in, repetition);
  CheckFinding finding;
  for (const hcl::Block* condition : conditions) finding.add(check_condition(*condition, *scope, is_before ? "Resource precondition failed" : "Resource postcondition failed", diagnostics));
  evaluation.checks().report(dotted(in.module->path, resource.local_id()), address.text(), std::move(finding));
}

void tell_check(const ResourceConfig& source, hcl::Diagnostic problem, const Evaluation& evaluation, const ModuleInstance& in, Diagnostics& diagnostics) {
  const std::string name = "check." + source.check;
  evaluation.checks().report(dotted(in.module->path, name), dotted(in.path, name), {.status = CheckStatus::fail, .problems = {fmt::format("{}: {}", problem.summary, problem.detail)}});
  problem.severity = hcl::Severity::warning;
  diagnostics.push_back(std::move(problem));
}

bool visit_plain(const Engine::Impl& impl, const Node& node, Evaluation& evaluation, Clouds& clouds, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::call) check_arguments(*static_cast<const ModuleCall*>(node.config), diagnostics);
  for (const ModuleInstance* in : evaluation.instances_of(*node.module)) {
    switch (node.kind) {
      case Node::Kind::variable: visit_variable(impl, *static_cast<const VariableConfig*>(node.config), *in, evaluation, diagnostics); break;
      case Node::Kind::local: {
        const auto& local = *static_cast<const LocalConfig*>(node.config);
        hcl::Evaluated found = evaluation.evaluate(*local.value, *in);
        evaluation.set_value(*in, "local." + local.name, found.value);
        diagnostics.append(std::move(found.diagnostics));
        break;
      }
      case Node::Kind::output: visit_output(*static_cast<const OutputConfig*>(node.config), *in, evaluation, diagnostics); break;
      case Node::Kind::provider: clouds.configure(*static_cast<const ProviderConfig*>(node.config), evaluation, *in, diagnostics); break;
      case Node::Kind::call: {
        const auto& call = *static_cast<const ModuleCall*>(node.config);
        evaluation.add_instances(call, *in, evaluation.expand(call.count, call.for_each, *in, diagnostics));
        break;
      }
      case Node::Kind::check: visit_check(*static_cast<const CheckConfig*>(node.config), *in, evaluation, diagnostics); break;
      case Node::Kind::resource: break;
    }
  }
  return !diagnostics.has_errors();
}

void configure_providers(const Engine::Impl& impl, Clouds& clouds, Diagnostics& diagnostics) {
  const auto node = [&](int i) -> const Node& { return impl.graph.nodes[static_cast<size_t>(i)]; };
  std::set<int> wanted;
  const auto add = [&](auto self, int i) -> void {
    if (!wanted.insert(i).second) return;
    for (const int needed : node(i).needs) self(self, needed);
  };
  for (int i = 0; i < static_cast<int>(impl.graph.nodes.size()); ++i) {
    if (node(i).kind == Node::Kind::provider) add(add, i);
  }
  Evaluation evaluation(*impl.root, impl.evaluation_options(true));
  walk(impl.graph.nodes.size(), [&](int i) -> const std::vector<int>& { return node(i).needs; }, 1, [&](int i) {
    return node(i).kind == Node::Kind::resource || !wanted.contains(i) || visit_plain(impl, node(i), evaluation, clouds, diagnostics);
  }, [] { return false; });
}

std::string config_address(const BlockAddress& block) { return dotted(without_keys(block.module), block_id(block.is_data, block.type, block.name)); }

const Module* module_at(const Module& root, std::string_view path) {
  const std::string plain = without_keys(path);
  const Module* at = &root;
  for (std::string_view left = plain; !left.empty() && at != nullptr;) {
    left.remove_prefix(std::string_view("module.").size());
    const size_t end = std::min(left.find('.'), left.size());
    const auto call = at->calls.find(std::string(left.substr(0, end)));
    at = call == at->calls.end() ? nullptr : call->second.module.get();
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return at;
}

const ResourceConfig* config_of(const Module& root, const BlockAddress& block) {
  const Module* module = module_at(root, block.module);
  if (module == nullptr) return nullptr;
  const auto found = module->resources.find(block_id(block.is_data, block.type, block.name));
  return found == module->resources.end() ? nullptr : &found->second;
}

std::vector<std::string> dependencies_of(const Graph& graph, int node, const std::function<bool(const Node&)>& is_empty) {
  std::set<std::string> found;
  std::set<int> seen;
  std::vector<int> open(graph.nodes[static_cast<size_t>(node)].needs);
  while (!open.empty()) {
    const int next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    const Node& other = graph.nodes[static_cast<size_t>(next)];
    const bool is_kept = other.kind == Node::Kind::resource && !static_cast<const ResourceConfig*>(other.config)->is_ephemeral();
    if (is_kept) found.insert(other.id());
    if (!is_kept || (is_empty && is_empty(other))) open.insert(open.end(), other.needs.begin(), other.needs.end());
  }
  return {found.begin(), found.end()};
}

namespace {

/// An argument that is sensitive stays so; what a data source finds by it is not for that.
Value with_marks_of_arguments(const Value& found, const Value& config) {
  if (!config.has_marks_inside()) return found;
  std::vector<Value::Field> fields;
  for (const auto& [name, value] : found.fields()) {
    const Value* argument = config.find(name);
    fields.push_back({name, argument != nullptr && argument->has_marks_inside() ? with_marks_of(value, *argument) : value});
  }
  return Value::object(std::move(fields)).with_marks(config.marks());
}

/// To 0.11 a state that is not there yet has no outputs; later it is an error.
Result<void> read_old_or_new_remote_state(const Engine::Impl& impl, const Cloud& cloud, const ResourceConfig& resource, Record& state) {
  const auto& arguments = resource.block->body.attributes;
  const bool is_old = !arguments.empty() && arguments[0].value->dialect == hcl::Dialect::v011 && !state.has("defaults");
  if (is_old) state.set("defaults", Value::object({}));
  TRY(read_remote_state(impl, cloud, state));
  if (is_old) state.clear("defaults");
  return {};
}

}  // namespace

Result<Value> read_data(const Engine::Impl& impl, const Cloud& cloud, const ResourceConfig& resource, const Value& config) {
  hcl::Marks marks = hcl::Marks::none;
  Record state(config.unmark_deep(marks));
  const Schema* schema = impl.schema_of(resource);
  for (const Attribute& attribute : schema->attributes) {
    if (!attribute.default_value.is_null() && !state.has(attribute.name)) state.set(attribute.name, attribute.default_value);
  }
  const auto found = resource.type == "terraform_remote_state" ? read_old_or_new_remote_state(impl, cloud, resource, state) : impl.provider.data_source(resource.type)->read(cloud, state);
  const bool is_made_up = !found && is_named_inert(impl.options.inert, "all") && make_up_public_parameter(cloud, resource.type, state);
  if (!found && !is_made_up) return std::unexpected(found.error());
  return with_marks_of_arguments(TRY(fit(state.to_value(), schema->type())), config);
}

void in_parallel(size_t count, int threads, const std::function<void(size_t)>& each) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) each(i);
  };
  std::vector<std::jthread> helpers;
  for (int i = 1; i < threads && static_cast<size_t>(i) < count; ++i) helpers.emplace_back(work);
  work();
}

}  // namespace landfall::terraform
