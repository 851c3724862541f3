#include "terraform/planner.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/decode.h"
#include "terraform/ephemeral.h"
#include "terraform/refactor.h"
#include "terraform/references.h"
#include "terraform/state_value.h"
#include "terraform/variables.h"

namespace landfall::terraform {

using hcl::Diagnostics;

namespace {

/// "aws_vpc.x": the managed resources of its own module that a body names.
std::set<std::string> managed_resources_in(const hcl::Body& body) {
  static const std::set<std::string, std::less<>> others{"var", "local", "module", "data", "each", "count", "path", "terraform", "self"};
  std::vector<const hcl::Reference*> references;
  collect_references(body, references);
  std::set<std::string> found;
  for (const hcl::Reference* reference : references) {
    const std::string_view name = reference->name(1);
    if (!name.empty() && !others.contains(reference->root())) found.insert(fmt::format("{}.{}", reference->root(), name));
  }
  return found;
}

bool is_called_with_depends_on(const Module& module) {
  if (module.parent == nullptr) return false;
  const bool waits = std::ranges::any_of(module.parent->calls, [&](const auto& entry) { return entry.second.module.get() == &module && !entry.second.depends_on.empty(); });
  return waits || is_called_with_depends_on(*module.parent);
}

}  // namespace

Planner::Planner(const Engine::Impl& impl, const PlanOptions& options, State prior)
    : impl_(impl), options_(options), evaluation_(*impl.root, impl.evaluation_options(true)), clouds_(impl) {
  plan_.is_destroy = options.is_destroy;
  plan_.only_refreshes = options.only_refreshes;
  plan_.is_whole = options.targets.empty() && options.excluded.empty();
  plan_.before = prior;
  plan_.state = std::move(prior);
  plan_.variables = impl.variables;
  std::erase_if(plan_.variables, [&](const auto& entry) { return is_ephemeral_variable(*impl.root, entry.first); });
  if (!options.is_destroy) plan_.moved = carry_out_moves(*impl.root, plan_.state);
}

Plan Planner::run(Diagnostics& diagnostics) {
  select_targets(diagnostics);
  select_excluded();
  if (diagnostics.has_errors()) return std::move(plan_);
  walk(impl_.graph.nodes.size(), [this](int i) -> const std::vector<int>& { return impl_.graph.nodes[static_cast<size_t>(i)].needs; }, impl_.options.parallelism,
       [this](int i) { return visit(i); }, [this] { return impl_.is_interrupted(); });
  diagnostics.append(collected_.take());
  missing_.tell(diagnostics);
  if (impl_.is_interrupted()) diagnostics.push_back({.summary = "Interrupted", .detail = "The plan was not finished; nothing was changed."});
  if (diagnostics.has_errors()) return std::move(plan_);
  if (!options_.only_refreshes) plan_removals(diagnostics);
  spread_creates_first();
  plan_outputs();
  plan_.state.check_results = evaluation_.checks().text(options_.is_destroy);
  return std::move(plan_);
}

void Planner::select_targets(Diagnostics& diagnostics) {
  for (const std::string& target : options_.targets) {
    std::vector<int> open;
    const std::string plain = without_keys(target);
    for (size_t i = 0; i < impl_.graph.nodes.size(); ++i) {
      const Node& node = impl_.graph.nodes[i];
      if (node.kind == Node::Kind::resource && covers(plain, node.id())) targeted_.insert(static_cast<int>(i)), open.push_back(static_cast<int>(i));
    }
    const bool is_in_state = std::ranges::any_of(plan_.state.instances, [&](const auto& entry) { return covers(target, entry.first.text()); });
    if (open.empty() && !is_in_state) diagnostics.push_back({.severity = hcl::Severity::warning, .summary = "Invalid target", .detail = fmt::format("Neither the configuration nor the state holds \"{}\": nothing is planned for it.", target)});
    while (!open.empty()) {
      const int next = open.back();
      open.pop_back();
      for (const int needed : impl_.graph.nodes[static_cast<size_t>(next)].needs) {
        if (!needed_.insert(needed).second) continue;
        targeted_.insert(needed);
        open.push_back(needed);
      }
    }
  }
}

void Planner::select_excluded() {
  if (options_.excluded.empty()) return;
  // Nodes come in any order: go on until nothing is added.
  for (bool grows = true; std::exchange(grows, false);) {
    for (size_t i = 0; i < impl_.graph.nodes.size(); ++i) {
      const Node& node = impl_.graph.nodes[i];
      if (node.kind != Node::Kind::resource && node.kind != Node::Kind::local && node.kind != Node::Kind::variable && node.kind != Node::Kind::output) continue;
      if (excluded_.contains(static_cast<int>(i))) continue;
      const bool is_named = node.kind == Node::Kind::resource && std::ranges::any_of(options_.excluded, [&](const std::string& e) { return covers(e, node.id()); });
      const bool needs_one = std::ranges::any_of(node.needs, [&](int needed) { return excluded_.contains(needed); });
      if (is_named || needs_one) grows = excluded_.insert(static_cast<int>(i)).second || grows;
    }
  }
}

bool Planner::is_targeted(int node) const { return (options_.targets.empty() || targeted_.contains(node)) && !excluded_.contains(node); }

/// One instance of a block of which others are targets, or which is excluded by its key.
bool Planner::is_left_out(int node, const Address& address) const {
  const std::string text = address.text();
  if (std::ranges::any_of(options_.excluded, [&](const std::string& e) { return covers(e, text); })) return true;
  if (options_.targets.empty() || needed_.contains(node)) return false;
  return std::ranges::none_of(options_.targets, [&](const std::string& target) { return covers(target, text); });
}

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
  const bool has_selection = !options_.targets.empty() || !options_.excluded.empty();
  Diagnostics diagnostics;
  const bool waits = has_pending_change(resource, index);
  const Cloud cloud = clouds_.of(*node.module, resource.provider);
  for (const ModuleInstance* in : evaluation_.instances_of(*node.module)) {
    const BlockAddress block{.module = in->path, .is_data = resource.is_data, .type = resource.type, .name = resource.name};
    Diagnostics unclear;  // what is to be destroyed is in the state, whatever its count says now
    const Expansion expansion = evaluation_.expand(resource.count, resource.for_each, *in, options_.is_destroy ? unclear : diagnostics);
    move_between_counted_and_not(block, expansion);
    evaluation_.set_block(block, expansion.mode);
    evaluation_.checks().expand(dotted(node.module->path, resource.local_id()));
    if (is_refused(resource, block, expansion)) return false;
    std::vector<Diagnostics> found(expansion.keys.size());
    in_parallel(expansion.keys.size(), impl_.options.parallelism, [&](size_t i) {
      const auto& [key, repetition] = expansion.keys[i];
      if (has_selection && is_left_out(index, {block, key})) return evaluation_.set_instance({block, key}, Value::unknown(impl_.schema_of(resource)->type()));
      if (resource.is_ephemeral()) open_ephemeral(impl_, resource, *in, cloud, {block, key}, repetition, evaluation_, !waits && !options_.is_destroy, found[i]);
      else if (resource.is_data) plan_data(resource, *in, cloud, {block, key}, repetition, waits, found[i]);
      else plan_instance(resource, *in, cloud, {block, key}, repetition, waits, found[i]);
    });
    for (Diagnostics& one : found) diagnostics.append(std::move(one));
  }
  const bool done = !diagnostics.has_errors();
  collected_.add(std::move(diagnostics));
  return done;
}

/// A type that is not carried has instances after all. What is destroyed needs none of those that were never made.
bool Planner::is_refused(const ResourceConfig& resource, const BlockAddress& block, const Expansion& expansion) {
  if (expansion.keys.empty() || !impl_.put_off.contains(type_name(resource))) return false;
  {
    const std::lock_guard lock(mutex_);
    const auto made = plan_.state.instances.lower_bound({block, {}});
    if (options_.is_destroy && (made == plan_.state.instances.end() || made->first.block != block)) return false;
  }
  const std::lock_guard lock(missing_mutex_);
  missing_.add(resource, impl_.provider);
  return true;
}

/// Whether a data source is to be read in the apply: something has a change that depends_on, its own or of a call of its module,
/// waits for, or a managed resource that its own arguments name. (Terraform; not by way of a local.)
bool Planner::has_pending_change(const ResourceConfig& resource, int node) {
  if (!resource.is_data) return false;
  const Module& module = *impl_.graph.nodes[static_cast<size_t>(node)].module;
  std::set<std::string> awaited;
  if (!resource.depends_on.empty() || is_called_with_depends_on(module)) {
    for (const std::string& dependency : dependencies_of(impl_.graph, node)) awaited.insert(dependency);
  }
  if (!options_.is_destroy) {
    for (const std::string& named : managed_resources_in(resource.block->body)) awaited.insert(dotted(module.path, named));
  }
  if (awaited.empty()) return false;
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(plan_.changes, [&](const auto& entry) { return entry.second.action != Action::none && awaited.contains(config_address(entry.first.block)); });
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
    const auto earlier = plan_.moved.extract(from);
    plan_.moved[to] = earlier.empty() ? from : earlier.mapped();
  };
  if (expansion.mode == Expansion::Mode::count) move(single, first);
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
  const std::string id = record.text("id");
  impl_.tell({.kind = Event::Kind::refresh_start, .address = address, .id = id});
  if (!TRY(type->read(cloud, record))) {
    const std::lock_guard lock(mutex_);
    plan_.state.instances.erase(address);
    return std::optional<Value>();
  }
  impl_.tell({.kind = Event::Kind::refresh_complete, .address = address, .id = id});
  Value now = with_marks_of(TRY(fit(record.to_value(), schema.type())), there);  // the cloud knows nothing of secrets
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
  std::optional<std::string> imported;
  if (!*there && !options_.is_destroy && !impl_.root->imports.empty() && (imported = import_id(address))) {
    auto start = type.import(cloud, *imported);
    if (!start) return diagnostics.push_back(call_failed(&resource, address, "importing", start.error()));
    Record found = std::move(*start);
    const auto is_there = type.read(cloud, found);
    if (!is_there) return diagnostics.push_back(call_failed(&resource, address, "importing", is_there.error()));
    if (!*is_there) return diagnostics.error(resource.block->header_range, "Cannot import non-existent remote object", fmt::format("There is no object with the id \"{}\" to be imported as {}.", *imported, address.text()));
    auto value = fit(found.to_value(), schema.type());
    if (!value) return diagnostics.push_back(call_failed(&resource, address, "importing", value.error()));
    keep_in_state(address, *value, schema, type.schema_version(), {});
    there = std::optional<Value>(*value);
  }
  const Value prior = *there ? **there : Value();
  bool is_tainted = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = plan_.state.instances.find(address);
    is_tainted = found != plan_.state.instances.end() && found->second.is_tainted;
  }
  PlannedChange planned{.address = address, .prior = prior, .is_tainted = is_tainted, .creates_first = resource.lifecycle.creates_first, .config = &resource};
  if (imported) planned.imported = *imported;
  if (options_.only_refreshes) {
    evaluation_.set_instance(address, prior.is_null() ? Value::unknown(schema.type()) : prior);
    planned.planned = prior;
    if (!prior.is_null()) note(std::move(planned));
    return;
  }
  if (options_.is_destroy) {
    evaluation_.set_instance(address, prior.is_null() ? Value::unknown(schema.type()) : prior);
    if (prior.is_null()) return;
    planned.action = Action::remove;
    if (resource.lifecycle.is_protected) diagnostics.error(resource.block->header_range, "Instance cannot be destroyed", fmt::format("Resource {} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.", address.text()));
    return note(std::move(planned));
  }
  check_conditions(resource, resource.lifecycle.preconditions, address, evaluation_, in, repetition, diagnostics);
  check_region(schema, resource, evaluation_, in, repetition, cloud.region, diagnostics);
  const Value written = decode(schema, resource.block->body, evaluation_, in, repetition, true, diagnostics);
  if (diagnostics.has_errors()) return;
  const Value config = keep_ignored(resource, prior, written);
  const Reason anew = is_tainted ? Reason::tainted : is_replaced_on_demand(address) ? Reason::by_request : is_triggered(resource, in) ? Reason::by_triggers : Reason::none;
  auto change = plan_change(type, cloud, prior, config);
  const bool is_made_anew = anew != Reason::none && !prior.is_null();
  if (change && (is_made_anew || change->action == Action::replace)) {
    planned.reason = is_made_anew ? anew : Reason::cannot_update;
    // Of what is made anew nothing is ignored.
    auto fresh = plan_change(type, cloud, Value(), written);
    if (!fresh) return diagnostics.push_back(call_failed(&resource, address, "planning", fresh.error()));
    change->action = Action::replace;
    change->planned = std::move(fresh->planned);
    if (is_tainted) change->replaced_by.clear();  // a tainted one is planned as if it were not there
  }
  if (!change) return diagnostics.push_back(call_failed(&resource, address, "planning", change.error()));
  if (change->action == Action::create && anew == Reason::by_triggers) planned.reason = anew;  // Terraform tells it of new ones too
  if (change->action == Action::replace && resource.lifecycle.is_protected) {
    return diagnostics.error(resource.block->header_range, "Instance cannot be destroyed", fmt::format("Resource {} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.", address.text()));
  }
  planned.action = change->action;
  planned.planned = change->planned;
  planned.replaced_by = std::move(change->replaced_by);
  evaluation_.set_instance(address, change->planned);
  if (planned.action == Action::none || change->planned.is_wholly_known()) {
    const Repetition with_self{.count_index = repetition.count_index, .each_key = repetition.each_key, .each_value = repetition.each_value, .self = &change->planned};
    check_conditions(resource, resource.lifecycle.postconditions, address, evaluation_, in, with_self, diagnostics);
  } else if (!resource.lifecycle.postconditions.empty()) {
    evaluation_.checks().report(dotted(in.module->path, resource.local_id()), address.text(), {.status = CheckStatus::unknown});
  }
  note(std::move(planned));
}

/// replace_triggered_by: whether any of what it names changes.
bool Planner::is_triggered(const ResourceConfig& resource, const ModuleInstance& in) {
  for (const hcl::Reference& trigger : resource.lifecycle.triggers) {
    const BlockAddress block{.module = in.path, .type = trigger.root(), .name = std::string(trigger.name(1))};
    size_t used = 2;
    std::optional<Key> key;
    if (trigger.steps.size() > 2 && !trigger.steps[2].is_name()) {
      const Value& index = trigger.steps[2].index();
      key = index.is(hcl::Type::Kind::string) ? Key::of(index.as_string()) : Key::of(index.as_number().as_int64().value_or(-1));
      ++used;
    }
    const std::string attribute(trigger.name(used));
    const std::lock_guard lock(mutex_);
    for (auto at = plan_.changes.lower_bound({block, {}}); at != plan_.changes.end() && at->first.block == block; ++at) {
      const PlannedChange& change = at->second;
      if (change.action == Action::none || change.action == Action::read || (key && !(at->first.key == *key))) continue;
      if (attribute.empty()) {
        if (change.action != Action::create) return true;
        continue;
      }
      const Value* before = change.prior.has_value() ? change.prior.find(attribute) : nullptr;
      const Value* after = change.planned.has_value() ? change.planned.find(attribute) : nullptr;
      if (before != nullptr && after != nullptr && !(*before == *after)) return true;
    }
  }
  return false;
}

/// The import blocks, evaluated over what is known when the first is asked for.
void Planner::find_imports() {
  imports_.emplace();
  for (const ImportConfig& import : impl_.root->imports) {
    Diagnostics found;
    const Expansion expansion = evaluation_.expand(nullptr, import.for_each, evaluation_.root(), found);
    for (const auto& [key, repetition] : expansion.keys) {
      hcl::Evaluated id = evaluation_.evaluate(*import.id, evaluation_.root(), repetition, hcl::Type::string());
      found.append(std::move(id.diagnostics));
      std::string to;
      if (const hcl::Reference* reference = import.to->as_reference()) {
        to = address_of(*reference);
      } else if (const auto* index = import.to->as<hcl::Index>(); index != nullptr && index->object->as_reference() != nullptr) {
        const hcl::Evaluated at = evaluation_.evaluate(*index->key, evaluation_.root(), repetition);
        to = address_of(*index->object->as_reference()) + "[" + hcl::to_console(at.value) + "]";
      } else if (const std::string* text = import.to->as_constant_string()) {
        to = *text;
      }
      if (!id.value.has_value()) found.error(import.id->range, "Invalid import id argument", "The import block \"id\" argument depends on values that cannot be determined until apply, or is null.");
      else (*imports_)[to] = id.value.as_string();
    }
    collected_.add(std::move(found));
  }
}

std::optional<std::string> Planner::import_id(const Address& address) const {
  auto& self = const_cast<Planner&>(*this);
  const std::lock_guard lock(self.imports_mutex_);
  if (!imports_) self.find_imports();
  const auto found = imports_->find(address.text());
  if (found == imports_->end()) return std::nullopt;
  return found->second;
}

void Planner::keep_in_state(const Address& address, const Value& value, const Schema& schema, int schema_version, const std::vector<std::string>& dependencies) {
  StateInstance instance{.schema_version = schema_version, .dependencies = dependencies};
  set_attributes(instance, value, schema);
  const std::lock_guard lock(mutex_);
  plan_.state.instances[address] = std::move(instance);
}

void Planner::plan_data(const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition, bool waits_for_changes, Diagnostics& diagnostics) {
  const Schema& schema = *impl_.schema_of(resource);
  check_region(schema, resource, evaluation_, in, repetition, cloud.region, diagnostics);
  const Value config = decode(schema, resource.block->body, evaluation_, in, repetition, true, diagnostics);
  if (diagnostics.has_errors()) return;
  if (config.is_wholly_known() && !waits_for_changes) {
    impl_.tell({.kind = Event::Kind::apply_start, .address = address, .action = Action::read});
    const auto start = std::chrono::steady_clock::now();
    auto found = read_data(impl_, cloud, resource, config);
    const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
    impl_.tell({.kind = found ? Event::Kind::apply_complete : Event::Kind::apply_errored, .address = address, .action = Action::read, .elapsed_seconds = static_cast<int>(elapsed.count())});
    // What is to be destroyed may have lost what it looked up already.
    if (!found && options_.is_destroy) return evaluation_.set_instance(address, Value::unknown(schema.type()));
    if (!found && !resource.check.empty()) {
      evaluation_.set_instance(address, Value::unknown(schema.type()));
      return tell_check(resource, call_failed(&resource, address, "reading", found.error()), evaluation_, in, diagnostics);
    }
    if (!found) return diagnostics.push_back(call_failed(&resource, address, "reading", found.error()));
    evaluation_.set_instance(address, *found);
    keep_in_state(address, *found, schema, 0, {});
    const Repetition with_self{.count_index = repetition.count_index, .each_key = repetition.each_key, .each_value = repetition.each_value, .self = &*found};
    check_conditions(resource, resource.lifecycle.postconditions, address, evaluation_, in, with_self, diagnostics);
    return note({.address = address, .planned = *found, .config = &resource});
  }
  Value planned = propose(schema, Value(), config);
  evaluation_.set_instance(address, planned);
  if (!options_.is_destroy) note({.address = address, .action = Action::read, .planned = planned, .config = &resource, .reason = config.is_wholly_known() ? Reason::dependency_pending : Reason::config_unknown});
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
    const std::string text = address.text();
    const auto is_named = [&](const std::string& outer) { return covers(outer, text); };
    if (std::ranges::any_of(options_.excluded, is_named)) continue;
    const bool is_known = options_.targets.empty() || std::ranges::any_of(options_.targets, is_named);
    if (!options_.excluded.empty() && declared.contains(config_address(address.block)) && !options_.is_destroy) {
      // Of an excluded block, or one that needs it: stays as it is.
      bool is_planned = false;
      for (const auto& [other, change] : plan_.changes) is_planned = is_planned || other.block == address.block;
      if (!is_planned) continue;
    }
    if (is_known) orphans.push_back(address);
  }
  std::vector<Diagnostics> found(orphans.size());
  in_parallel(orphans.size(), impl_.options.parallelism, [&](size_t i) {
    const Address& address = orphans[i];
    const ResourceType* type = impl_.provider.resource(address.block.type);
    if (type == nullptr) {
      found[i].push_back({.summary = "Invalid resource type", .detail = fmt::format("The state {} holds {}, whose type \"{}\" Landfall does not support: it cannot be removed.", impl_.backend->place(), address.text(), address.block.type)});
      return;
    }
    const Result<Cloud> cloud = clouds_.of(plan_.state, address.block);
    if (!cloud) return found[i].push_back(call_failed(nullptr, address, "reading", cloud.error()));
    auto there = refresh(address.block.type, *cloud, address, type->schema());
    if (!there) return found[i].push_back(call_failed(nullptr, address, "reading", there.error()));
    if (!*there) return;
    const RemovedConfig* removed = options_.is_destroy ? nullptr : removed_for(*impl_.root, address);
    note({.address = address, .action = removed != nullptr && !removed->destroys ? Action::forget : Action::remove, .prior = **there, .reason = options_.is_destroy ? Reason::none : why_removed(address)});
  });
  for (Diagnostics& one : found) diagnostics.append(std::move(one));
}

/// Why the configuration has no place for what the state has.
Reason Planner::why_removed(const Address& address) const {
  const Module* module = module_at(*impl_.root, address.block.module);
  if (module == nullptr || std::ranges::none_of(evaluation_.instances_of(*module), [&](const ModuleInstance* in) { return in->path == address.block.module; })) return Reason::no_module;
  const ResourceConfig* resource = config_of(*impl_.root, address.block);
  if (resource == nullptr) return Reason::no_resource_config;
  const Key::Kind wanted = resource->count != nullptr ? Key::Kind::number : resource->for_each != nullptr ? Key::Kind::text : Key::Kind::none;
  if (address.key.kind != wanted) return Reason::wrong_repetition;
  return wanted == Key::Kind::number ? Reason::count_index : Reason::each_key;
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

/// A refresh comes before a destruction, and brings the outputs up to date.
void Planner::plan_last_outputs() {
  if (!plan_.is_whole) return;
  std::erase_if(plan_.outputs, [&](const auto& entry) { return !impl_.root->outputs.contains(entry.first); });
  for (const auto& [name, config] : impl_.root->outputs) {
    hcl::Marks marks = hcl::Marks::none;
    const Value now = evaluation_.value(evaluation_.root(), "output." + name).unmark_deep(marks);
    if (now.is_null()) plan_.outputs.erase(name);
    else if (now.is_wholly_known()) plan_.outputs[name] = {.before = now, .after = Value(), .is_sensitive = config.is_sensitive};
  }
}

void Planner::plan_outputs() {
  for (const auto& [name, before] : plan_.state.outputs) {
    const hcl::Type type = hcl::type_from_json(parse_json(before.type).value_or(json::value("dynamic"))).value_or(hcl::Type::dynamic());
    plan_.outputs[name] = {.before = hcl::from_json(before.value, type).value_or(Value()), .after = Value(), .is_sensitive = before.is_sensitive};
  }
  if (options_.is_destroy) return plan_last_outputs();
  // Data sources that are not in the configuration any more are forgotten.
  std::erase_if(plan_.state.instances, [&](const auto& entry) { return entry.first.block.is_data && options_.targets.empty() && !plan_.changes.contains(entry.first); });
  for (const auto& [name, config] : impl_.root->outputs) {
    hcl::Marks marks = hcl::Marks::none;
    OutputChange& change = plan_.outputs[name];
    change.after = evaluation_.value(evaluation_.root(), "output." + name).unmark_deep(marks);
    change.is_sensitive = change.is_sensitive || config.is_sensitive;  // what was secret is not told as it goes
    if (!plan_.is_whole && !change.after.is_wholly_known()) change.after = change.before;
  }
}

}  // namespace landfall::terraform
