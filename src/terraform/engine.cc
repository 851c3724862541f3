#include "terraform/engine.h"
#include "terraform/backend_settings.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/convert.h"
#include "terraform/applier.h"
#include "terraform/decode.h"
#include "terraform/ephemeral.h"
#include "terraform/inert.h"
#include "terraform/missing_types.h"
#include "terraform/planner.h"
#include "terraform/saved_plan.h"
#include "terraform/workspace.h"
#include "terraform/variables.h"

namespace landfall::terraform {
namespace {

using hcl::Diagnostics;

std::string who() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  const passwd* user = getpwuid(getuid());
  return fmt::format("{}@{}", user == nullptr ? "?" : user->pw_name, host);
}

/// Whether something is not one of the utilities.
bool needs_aws(const Engine::Impl& impl) {
  return !impl.options.inert.empty() || std::ranges::any_of(impl.graph.nodes, [&](const Node& node) {
    if (node.kind == Node::Kind::provider) return true;
    return node.kind == Node::Kind::resource && impl.schema_of(*static_cast<const ResourceConfig*>(node.config)) == nullptr;
  });
}

bool needs_aws(const Engine::Impl& impl, const State& state) {
  const auto is_unknown = [&](const auto& entry) { return impl.provider.schema(entry.first.block.is_data, entry.first.block.type) == nullptr; };
  return std::ranges::any_of(state.instances, is_unknown) || std::ranges::any_of(state.deposed, is_unknown);
}

/// Types and names that do not exist, before anything is asked of anybody.
void check_types(Engine::Impl& impl, Diagnostics& diagnostics) {
  impl.put_off = put_off_missing_types(impl.provider, impl.graph, *impl.root, diagnostics);
  for (const Node& node : impl.graph.nodes) {
    if (node.kind != Node::Kind::resource) continue;
    const auto& resource = *static_cast<const ResourceConfig*>(node.config);
    if (const Schema* schema = impl.schema_of(resource)) check_names(*schema, resource.block->body, node.module->dialect, true, diagnostics);
  }
}

/// Without a daemon only what needs none can be worked on.
void check_cloud(const Engine::Impl& impl, Diagnostics& diagnostics) {
  if (impl.client || impl.options.is_offline) return;
  const auto refuse = [&](const hcl::Range& at, const std::string& who) {
    diagnostics.error(at, "Daemon not running", fmt::format("{} needs the AWS endpoint of a Landfall daemon, and none runs for the data directory {}. Start one: landfall --data-dir {} start", who, impl.options.data_dir.string(), impl.options.data_dir.string()));
  };
  if (impl.root->backend && impl.root->backend->type == "s3") return refuse(impl.root->backend->block->header_range, "The backend \"s3\"");
  if (impl.options.takes_any_type) return;
  for (const Node& node : impl.graph.nodes) {
    if (node.kind != Node::Kind::resource) continue;
    const auto& resource = *static_cast<const ResourceConfig*>(node.config);
    if (plain_type(resource.type).starts_with("aws_") && !is_inert(impl.provider, resource.type, resource.is_data)) return refuse(resource.block->header_range, resource.local_id());
  }
}

/// A backend that Landfall does not have: with --inert all, and once there is a state, the state is a file of the root.
std::unique_ptr<Backend> open_other_backend(const Engine::Impl& impl, const BackendConfig& config, Diagnostics& diagnostics) {
  const EngineOptions& options = impl.options;
  const std::filesystem::path file = workspace_state(options.directory / "terraform.tfstate", options.workspace);
  const hcl::Range& at = config.block->labels.empty() ? config.block->header_range : config.block->labels[0].range;
  if (options.is_offline || std::ranges::count(options.inert, "all") > 0 || std::filesystem::exists(file)) {
    if (!options.is_offline) diagnostics.warning(at, "Backend not used", fmt::format("Landfall does not have the backend \"{}\": the state is kept in {}.", config.type, file.filename().string()));
    return open_file_backend(file);
  }
  diagnostics.error(at, "Unsupported backend type", fmt::format("The backend \"{}\" is not supported by Landfall; \"local\", \"s3\" and \"http\" are. With --inert all the state would be kept in {}.", config.type, file.filename().string()));
  return nullptr;
}

bool is_same_value(const VariableConfig& variable, const Value& a, const Value& b) {
  const auto x = hcl::convert(a.without_marks(), variable.type), y = hcl::convert(b.without_marks(), variable.type);
  return x && y && *x == *y;
}

/// What is given, or, of a saved plan, what was; what no plan keeps is given again.
std::map<std::string, Value> variables_for(const Module& root, const EngineOptions& options, Diagnostics& diagnostics) {
  if (options.saved == nullptr) return given_variables(root, options.variables, options.variable_files, diagnostics);
  std::map<std::string, Value> variables = options.saved->plan.variables;
  Diagnostics told_already;
  for (auto& [name, value] : given_variables(root, options.variables, options.variable_files, told_already)) {
    if (is_ephemeral_variable(root, name)) variables.insert_or_assign(name, std::move(value));
  }
  for (const auto& [name, value] : chosen_variables(root, options.variables, options.variable_files, diagnostics)) {
    const auto kept = variables.find(name);
    if (kept != variables.end() && is_same_value(root.variables.at(name), kept->second, value)) continue;
    diagnostics.push_back({.summary = "Can't change variable when applying a saved plan", .detail = fmt::format("The plan has a value of variable \"{}\" already. To settle it anew, plan again; a variable that is declared with ephemeral = true is in no plan, and given again.", name)});
  }
  return variables;
}

/// The root's backend; without one the state lies in the data directory, under a name made of the root's path.
std::unique_ptr<Backend> open_backend(const Engine::Impl& impl, Diagnostics& diagnostics) {
  const EngineOptions& options = impl.options;
  if (!impl.root->backend) return open_file_backend(workspace_state(options.directory / "terraform.tfstate", options.workspace));
  const BackendConfig& config = *impl.root->backend;
  const EarlyScope scope(*impl.root, [&](const Module&) { return impl.variables; }, options.workspace);
  const auto kept = backend_settings(options.directory, config.type);
  if (!kept) diagnostics.error(config.block->header_range, "Backend settings not readable", kept.error().message());
  const auto text = [&](std::string_view name) -> std::string {
    const hcl::Attribute* attribute = config.block->body.find(name);
    const std::string written = attribute == nullptr ? "" : scope.text(*attribute->value, fmt::format("The argument \"{}\" of a backend", name), diagnostics).value_or("");
    const std::string* given = kept ? kept->in_place_of(written, name) : nullptr;
    return given == nullptr ? written : *given;
  };
  if (config.type == "local") {
    const std::string path = text("path");
    return open_file_backend(workspace_state((options.directory / (path.empty() ? "terraform.tfstate" : path)).lexically_normal(), options.workspace));
  }
  if (config.type == "http") {
    auto location = http_location([&](std::string_view name) { return text(name); });
    if (!diagnostics.has_errors() && !location) diagnostics.error(config.block->header_range, "Invalid backend configuration", location.error().what);
    if (options.workspace != "default") diagnostics.error(config.block->header_range, "Workspaces not supported", "The backend \"http\" keeps one state; the workspace that is selected is \"" + options.workspace + "\".");
    return diagnostics.has_errors() ? nullptr : open_http_backend(std::move(*location));
  }
  if (config.type != "s3") {
    return open_other_backend(impl, config, diagnostics);
  }
  S3Location location{.bucket = text("bucket"), .key = text("key"), .region = text("region"), .dynamodb_table = text("dynamodb_table"), .uses_lockfile = text("use_lockfile") == "true", .is_encrypted = text("encrypt") == "true"};
  if (location.dynamodb_table.empty()) location.dynamodb_table = text("lock_table");  // its name before 0.10
  if (diagnostics.has_errors()) return nullptr;
  if (location.bucket.empty() || location.key.empty()) {
    if (options.is_offline) return open_file_backend(options.directory / "terraform.tfstate");  // nobody asks for the state
    diagnostics.error(config.block->header_range, "Missing required argument", "The backend \"s3\" needs the arguments \"bucket\" and \"key\": in its block, or by landfall init -backend-config=NAME=VALUE.");
    return nullptr;
  }
  if (options.workspace != "default") {
    const std::string prefix = text("workspace_key_prefix");
    location.key = (prefix.empty() ? "env:" : prefix) + "/" + options.workspace + "/" + location.key;
  }
  const Cloud cloud = impl.cloud_in(region_of_state(impl.cloud_in(location.region.empty() ? options.region : location.region), location.bucket));
  if (options.makes_backend) {
    if (const auto made = prepare_s3(cloud, location); !made) diagnostics.push_back({.summary = "Backend not ready", .detail = made.error().message()});
  }
  return open_s3_backend(cloud, std::move(location));
}

}  // namespace

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

std::unique_ptr<Engine> Engine::open(const EngineOptions& options, Diagnostics& diagnostics) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (!options.endpoint_url.empty()) {
    impl->client = std::make_shared<aws::Client>(aws::ClientOptions{.endpoint_url = options.endpoint_url, .region = options.region, .access_key = options.access_key, .secret_key = options.secret_key, .session_token = "", .ca_file = options.ca_file});
  }
  impl->plan_timestamp = iso8601(impl->clock.wall());
  const SavedPlan* saved = options.saved;
  if (saved != nullptr) {
    impl->options.workspace = saved->workspace;
    impl->plan_timestamp = saved->made_at;
    for (const std::string& type : saved->inert) {
      if (std::ranges::count(impl->options.inert, type) == 0) impl->options.inert.push_back(type);
    }
  }
  const auto given = [&](const Module& root) {
    Diagnostics later;  // what is wrong with them is said below
    return saved != nullptr ? saved->plan.variables : given_variables(root, options.variables, options.variable_files, later);
  };
  Loaded loaded = load_configuration(options.directory, {.kept = saved == nullptr ? nullptr : &saved->sources, .given = given, .workspace = impl->options.workspace});
  diagnostics.append(std::move(loaded.diagnostics));
  impl->root = std::move(loaded.root);
  register_utilities(impl->provider);
  if (diagnostics.has_errors()) return nullptr;
  impl->graph = build_graph(*impl->root);
  diagnostics.append(std::move(impl->graph.diagnostics));
  if (needs_aws(*impl) || (saved != nullptr && needs_aws(*impl, saved->plan.before))) impl->carry_aws();
  if (!impl->options.inert.empty()) add_inert_types(impl->provider, impl->options.inert, *impl->root, diagnostics);
  if (!options.takes_any_type) check_types(*impl, diagnostics);
  impl->variables = variables_for(*impl->root, options, diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  check_cloud(*impl, diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  impl->backend = open_backend(*impl, diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  impl->journal = std::make_unique<Journal>(options.data_dir / "unfinished", impl->backend->place());
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

void Engine::Impl::carry_aws() {
  if (provider.resource("aws_vpc") == nullptr) register_aws(provider);
}

Result<void> Engine::lock(const std::string& operation) {
  return impl_->backend->lock({.id = impl_->ids.uuid(), .operation = operation, .info = this_process(), .who = who(), .version = "landfall", .created = iso8601(impl_->clock.wall(), true), .path = impl_->backend->place()});
}

Result<void> Engine::unlock() { return impl_->backend->unlock(); }

Result<void> Engine::break_lock(const std::string& id) { return impl_->backend->break_lock(id); }

/// Provider blocks and what they need are worked out, resources are not.
Result<Cloud> Engine::cloud_of(const BlockAddress& block) const {
  Clouds clouds(*impl_);
  Diagnostics diagnostics;
  configure_providers(*impl_, clouds, diagnostics);
  if (diagnostics.has_errors()) return fail("Provider.Config", fmt::format("{}: {}", diagnostics[0].summary, diagnostics[0].detail));
  const Module* module = module_at(*impl_->root, block.module);
  const ResourceConfig* resource = config_of(*impl_->root, block);
  return module == nullptr || resource == nullptr ? impl_->base_cloud() : clouds.of(*module, resource->provider);
}

Result<State> Engine::read_state() {
  auto found = TRY(impl_->backend->read().while_doing("reading the state at " + impl_->backend->place()));
  if (found) {
    TRY(replay_journal(impl_->state_journal(), *found));
    if (needs_aws(*impl_, *found)) impl_->carry_aws();
    return std::move(*found);
  }
  State fresh;
  TRY(replay_journal(impl_->state_journal(), fresh));
  if (needs_aws(*impl_, fresh)) impl_->carry_aws();
  if (fresh.lineage.empty()) fresh.lineage = impl_->ids.uuid();
  return fresh;
}

Result<void> Engine::write_state(State state) {
  ++state.serial;
  TRY(impl_->backend->write(state).while_doing("writing the state to " + impl_->backend->place()));
  std::error_code ignored;
  std::filesystem::remove(impl_->state_journal(), ignored);
  return {};
}

Plan Engine::plan(const PlanOptions& options, Diagnostics& diagnostics) {
  auto state = read_state();
  if (!state) {
    diagnostics.push_back({.summary = "Failed to load state", .detail = state.error().message()});
    return {};
  }
  add_inert_types(impl_->provider, impl_->options.inert, *state);
  return Planner(*impl_, options, std::move(*state)).run(diagnostics);
}

Applied Engine::apply(const Plan& plan, Diagnostics& diagnostics) { return Applier(*impl_, plan).run(diagnostics); }

SavedPlan Engine::save(Plan plan) const {
  SavedPlan saved{.workspace = impl_->options.workspace, .made_at = impl_->plan_timestamp, .sources = sources_of(*impl_->root), .inert = impl_->options.inert, .plan = std::move(plan)};
  for (const auto& [address, change] : saved.plan.changes) {
    if (change.config != nullptr) saved.configured.insert(address);
  }
  return saved;
}

Result<Plan> Engine::saved_plan() const {
  const SavedPlan& saved = *impl_->options.saved;
  Plan plan = saved.plan;
  for (auto& [address, change] : plan.changes) {
    if (saved.configured.contains(address)) change.config = config_of(*impl_->root, address.block);
    const bool is_carried = address.block.is_data ? change.config != nullptr && impl_->schema_of(*change.config) != nullptr : impl_->provider.resource(address.block.type) != nullptr;
    const bool has_block = change.config != nullptr || change.action == Action::remove || change.action == Action::forget;
    const bool has_objects = std::ranges::all_of(std::array{&change.prior, &change.planned}, [](const Value* v) { return v->is_null() || v->is(hcl::Type::Kind::object); });
    if (!is_carried || !has_block || !has_objects) return fail("Plan.Malformed", fmt::format("the saved plan changes {}, which its configuration does not have", address.text()));
  }
  return plan;
}

/// Source  Terraform 1.11, backend/local: the checks of an apply of a plan file.
bool Engine::is_fresh(const Plan& saved, Diagnostics& diagnostics) {
  const auto now = read_state();
  const State& then = saved.before;
  if (!now) {
    diagnostics.push_back({.summary = "Failed to load state", .detail = now.error().message()});
  } else if (then.serial != 0 && now->lineage != then.lineage) {  // the first plan of all is made before there is a lineage
    diagnostics.push_back({.summary = "Saved plan does not match the given state", .detail = fmt::format("The given plan file can not be applied because it was created from a different state lineage: {} then, {} now at {}.", then.lineage, now->lineage, impl_->backend->place())});
  } else if (now->serial != then.serial) {
    diagnostics.push_back({.summary = "Saved plan is stale", .detail = fmt::format("The given plan file can no longer be applied because the state was changed by another operation after the plan was created: {} had serial {} then and has {} now. Plan again.", impl_->backend->place(), then.serial, now->serial)});
  }
  return !diagnostics.has_errors();
}

const Module& Engine::root() const { return *impl_->root; }
const Provider& Engine::provider() const { return impl_->provider; }
std::string Engine::state_place() const { return impl_->backend->place(); }

}  // namespace landfall::terraform
