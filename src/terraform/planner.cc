#include "terraform/planner.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/decode.h"
#include "terraform/state_value.h"
#include "terraform/variables.h"

namespace landfall::terraform {

using hcl::Diagnostics;

Planner::Planner(const Engine::Impl& impl, const PlanOptions& options, State prior)
    : impl_(impl), options_(options), evaluation_(*impl.root, impl.evaluation_options(true)), clouds_(impl) {
  plan_.is_destroy = options.is_destroy;
  plan_.is_targeted = !options.targets.empty();
  plan_.state = std::move(prior);
}

Plan Planner::run(Diagnostics& diagnostics) {
  for (const std::string& target : options_.targets) {
    std::vector<int> open;
    for (size_t i = 0; i < impl_.graph.nodes.size(); ++i) {
      const Node& node = impl_.graph.nodes[i];
      const std::string id = node.id();
      if (node.kind == Node::Kind::resource && (id == target || target.starts_with(id + "[") || id.starts_with(target + "."))) open.push_back(static_cast<int>(i));
    }
    if (open.empty()) diagnostics.push_back({.summary = "Invalid target", .detail = fmt::format("The configuration holds no resource \"{}\".", target)});
    while (!open.empty()) {
      const int next = open.back();
      open.pop_back();
      if (!targeted_.insert(next).second) continue;
      const auto& needs = impl_.graph.nodes[static_cast<size_t>(next)].needs;
      open.insert(open.end(), needs.begin(), needs.end());
    }
  }
  if (diagnostics.has_errors()) return std::move(plan_);
  walk(impl_.graph.nodes.size(), [this](int i) -> const std::vector<int>& { return impl_.graph.nodes[static_cast<size_t>(i)].needs; }, impl_.options.parallelism,
       [this](int i) { return visit(i); }, [this] { return impl_.is_interrupted(); });
  diagnostics.append(collected_.take());
  if (impl_.is_interrupted()) diagnostics.push_back({.summary = "Interrupted", .detail = "The plan was not finished; nothing was changed."});
  if (diagnostics.has_errors()) return std::move(plan_);
  plan_removals(diagnostics);
  spread_creates_first();
  plan_outputs();
  return std::move(plan_);
}

bool Planner::is_targeted(int node) const { return options_.targets.empty() || targeted_.contains(node); }

bool Planner::visit(int index) {
  const Node& node = impl_.graph.nodes[static_cast<size_t>(index)];
  if (node.kind == Node::Kind::resource) return visit_resource(index);
  if (!options_.targets.empty() && !targeted_.contains(index) && node.kind == Node::Kind::output) return true;
  Diagnostics diagnostics;
  const bool done = visit_plain(impl_, node, evaluation_, clouds_, diagnostics);
  collected_.add(std::move(diagnostics));
  return done;
}

bool Planner::visit_resource(int index) {
  const Node& node = impl_.graph.nodes[static_cast<size_t>(index)];
  const auto& resource = *static_cast<const ResourceConfig*>(node.config);
  if (!is_targeted(index)) return true;
  Diagnostics diagnostics;
  const bool waits = has_pending_change(resource, index);
  const Cloud cloud = clouds_.of(*node.module, resource.provider);
  for (const ModuleInstance* in : evaluation_.instances_of(*node.module)) {
    const BlockAddress block{.module = in->path, .is_data = resource.is_data, .type = resource.type, .name = resource.name};
    Diagnostics unclear;  // what is to be destroyed is in the state, whatever its count says now
    const Expansion expansion = evaluation_.expand(resource.count, resource.for_each, *in, options_.is_destroy ? unclear : diagnostics);
    move_between_counted_and_not(block, expansion);
    evaluation_.set_block(block, expansion.mode);
    std::vector<Diagnostics> found(expansion.keys.size());
    in_parallel(expansion.keys.size(), impl_.options.parallelism, [&](size_t i) {
      const auto& [key, repetition] = expansion.keys[i];
      if (resource.is_data) plan_data(resource, *in, cloud, {block, key}, repetition, waits, found[i]);
      else plan_instance(resource, *in, cloud, {block, key}, repetition, waits, found[i]);
    });
    for (Diagnostics& one : found) diagnostics.append(std::move(one));
  }
  const bool done = !diagnostics.has_errors();
  collected_.add(std::move(diagnostics));
  return done;
}

/// Whether something that the block needs has a change: a data source with depends_on on such is read in the apply.
bool Planner::has_pending_change(const ResourceConfig& resource, int node) {
  if (!resource.is_data || resource.depends_on.empty()) return false;
  for (const std::string& dependency : dependencies_of(impl_.graph, node)) {
    const std::lock_guard lock(mutex_);
    for (const auto& [address, change] : plan_.changes) {
      if (change.action != Action::none && config_address(address.block) == dependency) return true;
    }
  }
  return false;
}

/// A block that gets or loses `count` keeps its first instance.
void Planner::move_between_counted_and_not(const BlockAddress& block, const Expansion& expansion) {
  const std::lock_guard lock(mutex_);
  const Address single{block, {}}, first{block, Key::of(0)};
  auto& instances = plan_.state.instances;
  const auto move = [&](const Address& from, const Address& to) {
    if (!instances.contains(from) || instances.contains(to)) return;
    auto node = instances.extract(from);
    node.key() = to;
    instances.insert(std::move(node));
  };
  if (expansion.mode == Expansion::Mode::count && !expansion.keys.empty()) move(single, first);
  if (expansion.mode == Expansion::Mode::single) move(first, single);
}

/// What there is of one instance: read from the cloud, or as the state has it. Nothing: it is gone.
Result<std::optional<Value>> Planner::refresh(const std::string& type_name, const Cloud& cloud, const Address& address, const Schema& schema) {
  StateInstance kept;
  {
    const std::lock_guard lock(mutex_);
    const auto found = plan_.state.instances.find(address);
    if (found == plan_.state.instances.end()) return std::optional<Value>();
    kept = found->second;
  }
  Value there = TRY(value_of_instance(kept, schema).while_doing("reading the state of " + address.text()));
  if (!impl_.options.refreshes) return std::optional<Value>(there);
  const ResourceType* type = impl_.provider.resource(type_name);
  Record record(there);
  if (!TRY(type->read(cloud, record))) {
    const std::lock_guard lock(mutex_);
    plan_.state.instances.erase(address);
    return std::optional<Value>();
  }
  Value now = TRY(fit(record.to_value(), schema.type()));
  const std::lock_guard lock(mutex_);
  auto& instance = plan_.state.instances.at(address);
  if (!(now == there) || instance.is_flat) set_attributes(instance, now, schema);
  instance.schema_version = type->schema_version();
  return std::optional<Value>(now);
}

/// ignore_changes: what there is stands in for what is written.
Value Planner::keep_ignored(const ResourceConfig& resource, const Value& prior, Value config) const {
  const Lifecycle& lifecycle = resource.lifecycle;
  if (prior.is_null() || (!lifecycle.ignores_all && lifecycle.ignored.empty())) return config;
  const auto is_ignored = [&](std::string_view name) {
    return lifecycle.ignores_all || std::ranges::any_of(lifecycle.ignored, [&](const hcl::Reference& r) { return r.root() == name; });
  };
  std::vector<Value::Field> fields;
  for (const auto& [name, value] : config.fields()) {
    const Value* there = prior.find(name);
    if (there == nullptr || !is_ignored(name)) {
      fields.push_back({name, value});
      continue;
    }
    const hcl::Reference* one_key = nullptr;  // tags["x"]: that member only
    for (const hcl::Reference& reference : lifecycle.ignored) {
      if (reference.root() == name && reference.steps.size() == 2 && value.type().is(hcl::Type::Kind::map)) one_key = &reference;
    }
    if (one_key == nullptr || !value.is_known()) {
      fields.push_back({name, *there});
      continue;
    }
    const std::string key = one_key->steps[1].is_name() ? one_key->steps[1].name() : one_key->steps[1].index().is(hcl::Type::Kind::string) ? one_key->steps[1].index().as_string() : "";
    std::vector<Value::Field> members;
    if (value.has_value()) {
      for (const auto& field : value.fields()) if (field.name != key) members.push_back(field);
    }
    const Value* kept = there->has_value() ? there->find(key) : nullptr;
    if (kept != nullptr) members.push_back({key, *kept});
    fields.push_back({name, Value::map(value.type().element(), std::move(members))});
  }
  return Value::object(std::move(fields));
}

bool Planner::is_replaced_on_demand(const Address& address) const { return std::ranges::find(options_.replaced, address.text()) != options_.replaced.end(); }

void Planner::note(PlannedChange change) {
  const std::lock_guard lock(mutex_);
  const Address address = change.address;
  plan_.changes.insert_or_assign(address, std::move(change));
}

void Planner::plan_instance(const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition, bool, Diagnostics& diagnostics) {
  const ResourceType& type = *impl_.provider.resource(resource.type);
  const Schema& schema = type.schema();
  auto there = refresh(resource.type, cloud, address, schema);
  if (!there) return diagnostics.push_back(call_failed(&resource, address, "reading", there.error()));
  const Value prior = *there ? **there : Value();
  bool is_tainted = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = plan_.state.instances.find(address);
    is_tainted = found != plan_.state.instances.end() && found->second.is_tainted;
  }
  PlannedChange planned{.address = address, .prior = prior, .is_tainted = is_tainted, .creates_first = resource.lifecycle.creates_first, .config = &resource};
  if (options_.is_destroy) {
    evaluation_.set_instance(address, prior.is_null() ? Value::unknown(schema.type()) : prior);
    if (prior.is_null()) return;
    planned.action = Action::remove;
    if (resource.lifecycle.is_protected) diagnostics.error(resource.block->header_range, "Instance cannot be destroyed", fmt::format("Resource {} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.", address.text()));
    return note(std::move(planned));
  }
  const auto scope = evaluation_.scope(in, repetition);
  for (const hcl::Block* condition : resource.lifecycle.preconditions) check_condition(*condition, *scope, "Resource precondition failed", diagnostics);
  Value config = decode(schema, resource.block->body, evaluation_, in, repetition, true, diagnostics);
  if (diagnostics.has_errors()) return;
  config = keep_ignored(resource, prior, std::move(config));
  const bool is_anew = is_tainted || is_replaced_on_demand(address);
  auto change = plan_change(type, cloud, prior, config);
  if (change && is_anew && !prior.is_null()) {
    change = plan_change(type, cloud, Value(), config);
    if (change) change->action = Action::replace;
  }
  if (!change) return diagnostics.push_back(call_failed(&resource, address, "planning", change.error()));
  if (change->action == Action::replace && resource.lifecycle.is_protected) {
    return diagnostics.error(resource.block->header_range, "Instance cannot be destroyed", fmt::format("Resource {} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.", address.text()));
  }
  planned.action = change->action;
  planned.planned = change->planned;
  planned.replaced_by = std::move(change->replaced_by);
  evaluation_.set_instance(address, change->planned);
  note(std::move(planned));
}

void Planner::plan_data(const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition, bool waits_for_changes, Diagnostics& diagnostics) {
  const Schema& schema = *impl_.schema_of(resource);
  const Value config = decode(schema, resource.block->body, evaluation_, in, repetition, true, diagnostics);
  if (diagnostics.has_errors()) return;
  if (config.is_wholly_known() && !waits_for_changes) {
    auto found = read_data(impl_, cloud, resource, config);
    // What is to be destroyed may have lost what it looked up already.
    if (!found && options_.is_destroy) return evaluation_.set_instance(address, Value::unknown(schema.type()));
    if (!found) return diagnostics.push_back(call_failed(&resource, address, "reading", found.error()));
    evaluation_.set_instance(address, *found);
    return note({.address = address, .planned = *found, .config = &resource});
  }
  Value planned = propose(schema, Value(), config);
  evaluation_.set_instance(address, planned);
  if (!options_.is_destroy) note({.address = address, .action = Action::read, .planned = planned, .config = &resource});
}

/// What the state has and the configuration does not.
void Planner::plan_removals(Diagnostics& diagnostics) {
  std::set<std::string> declared, in_reach;
  for (const Node& node : impl_.graph.nodes) {
    if (node.kind == Node::Kind::resource) declared.insert(node.id());
  }
  for (const int node : targeted_) in_reach.insert(impl_.graph.nodes[static_cast<size_t>(node)].id());
  std::vector<Address> orphans;
  for (const auto& [address, instance] : plan_.state.instances) {
    if (address.block.is_data || plan_.changes.contains(address)) continue;
    if (options_.targets.empty() || in_reach.contains(config_address(address.block))) orphans.push_back(address);
  }
  std::vector<Diagnostics> found(orphans.size());
  in_parallel(orphans.size(), impl_.options.parallelism, [&](size_t i) {
    const Address& address = orphans[i];
    const ResourceType* type = impl_.provider.resource(address.block.type);
    if (type == nullptr) {
      found[i].push_back({.summary = "Invalid resource type", .detail = fmt::format("The state {} holds {}, whose type \"{}\" Landfall does not support: it cannot be removed.", impl_.backend->place(), address.text(), address.block.type)});
      return;
    }
    auto there = refresh(address.block.type, impl_.base_cloud(), address, type->schema());
    if (!there) return found[i].push_back(call_failed(nullptr, address, "reading", there.error()));
    if (!*there) return;
    const bool is_declared = declared.contains(config_address(address.block));
    std::string reason = is_declared ? fmt::format("because index {} is out of range for count or not in for_each", address.key.suffix()) : fmt::format("because {} is not in configuration", address.block.text());
    if (is_declared && address.key.kind == Key::Kind::none) reason = "because resource uses count or for_each";
    note({.address = address, .action = Action::remove, .prior = **there, .reason = options_.is_destroy ? "" : reason});
  });
  for (Diagnostics& one : found) diagnostics.append(std::move(one));
}

/// What a block with create_before_destroy needs must outlive its old instance too.
void Planner::spread_creates_first() {
  std::vector<int> open;
  std::map<std::string, int> places;
  for (size_t i = 0; i < impl_.graph.nodes.size(); ++i) {
    const Node& node = impl_.graph.nodes[i];
    if (node.kind == Node::Kind::resource) places[node.id()] = static_cast<int>(i);
    if (node.kind == Node::Kind::resource && static_cast<const ResourceConfig*>(node.config)->lifecycle.creates_first) open.push_back(static_cast<int>(i));
  }
  std::set<std::string> spread;
  while (!open.empty()) {
    const int next = open.back();
    open.pop_back();
    for (const std::string& dependency : dependencies_of(impl_.graph, next)) {
      if (!spread.insert(dependency).second) continue;
      if (const auto place = places.find(dependency); place != places.end()) open.push_back(place->second);
    }
  }
  if (spread.empty()) return;
  for (auto& [address, change] : plan_.changes) change.creates_first = change.creates_first || spread.contains(config_address(address.block));
}

void Planner::plan_outputs() {
  for (const auto& [name, before] : plan_.state.outputs) {
    const hcl::Type type = hcl::type_from_json(parse_json(before.type).value_or(json::value("dynamic"))).value_or(hcl::Type::dynamic());
    plan_.outputs[name] = {.before = hcl::from_json(before.value, type).value_or(Value()), .after = Value(), .is_sensitive = before.is_sensitive};
  }
  if (options_.is_destroy) return;
  for (const auto& [name, config] : impl_.root->outputs) {
    hcl::Marks marks = hcl::Marks::none;
    OutputChange& change = plan_.outputs[name];
    change.after = evaluation_.value(evaluation_.root(), "output." + name).unmark_deep(marks);
    change.is_sensitive = config.is_sensitive;
    if (!options_.targets.empty() && !change.after.is_known()) change.after = change.before;
  }
}

bool Plan::has_changes() const {
  for (const auto& [address, change] : changes) {
    if (change.action != Action::none && change.action != Action::read) return true;
  }
  for (const auto& [name, output] : outputs) {
    if (!(output.before == output.after)) return true;
  }
  return !state.deposed.empty();
}

int Plan::count(Action action) const {
  return static_cast<int>(std::ranges::count_if(changes, [&](const auto& entry) { return entry.second.action == action; }));
}

}  // namespace landfall::terraform
