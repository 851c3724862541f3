#include "terraform/applier.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/argument_named.h"
#include "terraform/decode.h"
#include "terraform/ephemeral.h"
#include "terraform/state_value.h"
#include "terraform/variables.h"

namespace landfall::terraform {

using hcl::Diagnostics;

namespace {

/// What is planned, with what is written once and kept nowhere.
Record with_write_only(const Schema& schema, const Value& planned, const Value& config) {
  Record whole(planned);
  for (const Attribute& attribute : schema.attributes) {
    const Value* written = attribute.is_write_only ? config.find(attribute.name) : nullptr;
    hcl::Marks dropped = hcl::Marks::none;
    if (written != nullptr) whole.set(attribute.name, written->unmark_deep(dropped));
  }
  return whole;
}

Value unmarked(const Value& value) {
  hcl::Marks marks = hcl::Marks::none;
  return value.unmark_deep(marks);
}

/// What is unknown yet begins as null.
Value without_unknown(const Value& value) {
  if (!value.is_known()) return Value::null(value.type());
  if (value.is_null() || value.is_wholly_known()) return value;
  if (value.is(hcl::Type::Kind::list)) {
    std::vector<Value> elements;
    for (const Value& element : value.elements()) elements.push_back(without_unknown(element));
    return Value::list(value.type().element(), std::move(elements));
  }
  if (!value.is(hcl::Type::Kind::object)) return Value::null(value.type());
  std::vector<Value::Field> fields;
  for (const auto& [name, member] : value.fields()) fields.push_back({name, without_unknown(member)});
  return Value::object(std::move(fields));
}

}  // namespace

Applier::Applier(const Engine::Impl& impl, const Plan& plan)
    : impl_(impl), plan_(plan), evaluation_(*impl.root, impl.evaluation_options(false)), clouds_(impl), keeper_(*impl.backend, plan.state, impl.state_journal()), progress_(impl.options.tell) {
  for (const Node& node : impl.graph.nodes) {
    if (node.kind == Node::Kind::resource) modules_[static_cast<const ResourceConfig*>(node.config)] = node.module;
  }
  for (const auto& [address, change] : plan.changes) {
    std::string block = config_address(address.block);
    if (change.action != Action::remove && change.action != Action::forget) staying_.insert(block);
    by_block_[std::move(block)].push_back(&change);
  }
  for (const auto& [address, instance] : plan.state.instances) {
    if (!plan.changes.contains(address)) staying_.insert(config_address(address.block));
  }
}

Applied Applier::run(Diagnostics& diagnostics) {
  end_deposed();
  lay_out();
  walk(steps_.size(), [this](int i) -> const std::vector<int>& { return steps_[static_cast<size_t>(i)].needs; }, impl_.options.parallelism, [this](int i) { return visit(i); },
       [this] { return impl_.is_interrupted(); });
  diagnostics.append(collected_.take());
  if (impl_.is_interrupted()) diagnostics.push_back({.summary = "Interrupted", .detail = "The apply was not finished. What was made is in the state; apply again to go on from there."});
  keep_outputs();
  applied_.state = keeper_.take();
  return std::move(applied_);
}

/// Old instances that an earlier apply made successors for and could not end.
void Applier::end_deposed() {
  if (plan_.state.deposed.empty()) return;
  Clouds clouds(impl_);
  Diagnostics unclear;  // the walk tells what is wrong with a provider
  configure_providers(impl_, clouds, unclear);
  for (const auto& [address, list] : plan_.state.deposed) {
    const ResourceType* type = impl_.provider.resource(address.block.type);
    for (const StateInstance& instance : list) {
      const PlannedChange change{.address = address};
      const auto document = parse_json(instance.attributes);
      if (type == nullptr || !document) continue;
      const auto value = hcl::from_json_value(*document);
      if (!value) continue;
      Progress::Running running(progress_, {.kind = Event::Kind::apply_start, .address = address, .action = Action::remove, .id = Record(*value).text("id"), .deposed = instance.deposed});
      const Result<Cloud> cloud = clouds.of(plan_.state, address.block);
      const Result<void> destroyed = cloud ? type->destroy(*cloud, Record(*value)) : std::unexpected(cloud.error());
      if (!destroyed) {
        failed(change, "deleting", destroyed.error());
        continue;
      }
      failed_state(keeper_.change(address, [&](State& state) {
        std::erase_if(state.deposed[address], [&](const StateInstance& i) { return i.deposed == instance.deposed; });
        if (state.deposed[address].empty()) state.deposed.erase(address);
      }));
      running.done("");
      ++applied_.destroyed;
    }
  }
}

/// The configuration's graph, with the ends of instances between.
void Applier::lay_out() {
  for (size_t i = 0; i < impl_.graph.nodes.size(); ++i) {
    steps_.push_back({.node = static_cast<int>(i), .needs = impl_.graph.nodes[i].needs});
  }
  add_ends();
  order_ends();
}

void Applier::add_ends() {
  for (const auto& [address, change] : plan_.changes) {
    if (change.action == Action::remove || change.action == Action::replace || change.action == Action::forget) steps_.push_back({.ended = &change});
  }
}

/// Source  Terraform, "Resource graph": what was made after something ends before it; with create_before_destroy an old
///         one ends after its successor and after all that were changed to use that.
///
/// Between the ends of two blocks stand steps that do nothing, so that there are as many edges as instances, not as many as
/// pairs of them: `all` of a block comes after every end of it and of what was made after it, and after the block's own
/// step; `first` only after the ends that do not wait for a successor.
void Applier::order_ends() {
  struct Gates {
    int all = -1, first = -1;
  };
  std::unordered_map<std::string, Gates> gates;
  std::unordered_map<std::string, int> nodes;
  std::vector<int> providers;
  const size_t count = steps_.size();
  for (size_t i = 0; i < impl_.graph.nodes.size(); ++i) {
    const Node& node = impl_.graph.nodes[i];
    if (node.kind == Node::Kind::resource) nodes[node.id()] = static_cast<int>(i);
    if (node.kind == Node::Kind::provider) providers.push_back(static_cast<int>(i));
  }
  const auto gate = [&](std::vector<int> needs) {
    steps_.push_back({.needs = std::move(needs)});
    return static_cast<int>(steps_.size() - 1);
  };
  const auto gates_of = [&](const std::string& block) -> Gates& {
    Gates& found = gates[block];
    if (found.all < 0) {
      found.first = gate({});
      found.all = gate({found.first});
      const auto node = nodes.find(block);
      if (node != nodes.end() && !plan_.is_destroy) steps_[static_cast<size_t>(found.all)].needs.push_back(node->second);
    }
    return found;
  };
  // Who was made after whom, from the state.
  std::unordered_map<std::string, std::set<std::string>> dependents;
  for (const auto& [address, instance] : plan_.state.instances) {
    if (instance.dependencies.empty()) continue;
    const std::string own = config_address(address.block);
    for (const std::string& dependency : instance.dependencies) {
      if (dependency == own || !dependents[dependency].insert(own).second) continue;
      const Gates before = gates_of(own), after = gates_of(dependency);
      steps_[static_cast<size_t>(after.all)].needs.push_back(before.all);
      steps_[static_cast<size_t>(after.first)].needs.push_back(before.first);
    }
  }
  const int configured = gate(providers);
  for (size_t i = 0; i < count; ++i) {
    const PlannedChange* change = steps_[i].ended;
    if (change == nullptr) continue;
    const std::string own = config_address(change->address.block);
    const bool ends_last = change->action == Action::replace && change->creates_first;
    const bool waits_for_all = ends_last || change->action == Action::remove;
    std::vector<int> needs{configured};
    for (const std::string& dependent : dependents[own]) {
      const Gates before = gates_of(dependent);
      needs.push_back(waits_for_all ? before.all : before.first);
    }
    const Gates after = gates_of(own);
    steps_[static_cast<size_t>(ends_last ? after.all : after.first)].needs.push_back(static_cast<int>(i));
    const auto node = nodes.find(own);
    if (node != nodes.end() && ends_last) needs.push_back(node->second);
    else if (node != nodes.end() && change->action == Action::replace) steps_[static_cast<size_t>(node->second)].needs.push_back(static_cast<int>(i));
    steps_[i].needs = std::move(needs);
  }
  // A removed one whose block still needs another instance's end must not wait for itself.
  const auto cycle = find_cycle(steps_.size(), [this](int i) -> const std::vector<int>& { return steps_[static_cast<size_t>(i)].needs; });
  if (cycle.empty()) return;
  for (auto& [block, both] : gates) {
    std::erase_if(steps_[static_cast<size_t>(both.all)].needs, [&](int need) { return steps_[static_cast<size_t>(need)].node >= 0; });
  }
}

bool Applier::visit(int index) {
  const Step& step = steps_[static_cast<size_t>(index)];
  if (step.ended != nullptr) return end(step);
  if (step.node < 0) return true;
  const Node& node = impl_.graph.nodes[static_cast<size_t>(step.node)];
  if (node.kind == Node::Kind::resource) return visit_resource(step.node);
  if (plan_.is_destroy && node.kind == Node::Kind::output) return true;
  Diagnostics diagnostics;
  const bool done = visit_plain(impl_, node, evaluation_, clouds_, diagnostics);
  if (plan_.is_destroy) return true;
  collected_.add(std::move(diagnostics));
  return done;
}

/// What the plan had of it is kept nowhere.
bool Applier::open_again(const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition) {
  Diagnostics diagnostics;
  open_ephemeral(impl_, resource, in, cloud, address, repetition, evaluation_, true, diagnostics);
  const bool is_open = !diagnostics.has_errors();
  collected_.add(std::move(diagnostics));
  return is_open;
}

bool Applier::visit_resource(int index) {
  const Node& node = impl_.graph.nodes[static_cast<size_t>(index)];
  const auto& resource = *static_cast<const ResourceConfig*>(node.config);
  const Cloud cloud = clouds_.of(*node.module, resource.provider);
  const std::vector<std::string> dependencies = dependencies_of(impl_.graph, index, [this](const Node& other) { return !other.name.starts_with("data.") && !staying_.contains(other.id()); });
  std::atomic<bool> all_done = true;
  Diagnostics diagnostics;
  for (const ModuleInstance* in : evaluation_.instances_of(*node.module)) {
    const BlockAddress block{.module = in->path, .is_data = resource.is_data, .type = resource.type, .name = resource.name};
    const Expansion expansion = plan_.is_destroy ? Expansion{} : evaluation_.expand(resource.count, resource.for_each, *in, diagnostics);
    evaluation_.set_block(block, expansion.mode);
    evaluation_.checks().expand(dotted(node.module->path, resource.local_id()));
    in_parallel(expansion.keys.size(), impl_.options.parallelism, [&](size_t i) {
      const auto& [key, repetition] = expansion.keys[i];
      if (resource.is_ephemeral()) {
        if (!open_again(resource, *in, cloud, {block, key}, repetition)) all_done = false;
        return;
      }
      const auto change = plan_.changes.find({block, key});
      if (change == plan_.changes.end()) {  // not a target of this plan
        evaluation_.set_instance({block, key}, Value::unknown(impl_.schema_of(resource)->type()));
        return;
      }
      if (impl_.is_interrupted() || !apply_instance(change->second, *in, cloud, repetition, dependencies)) all_done = false;
    });
  }
  if (diagnostics.has_errors()) all_done = false;
  collected_.add(std::move(diagnostics));
  return all_done;
}

/// What has no change of its own may not hold any more, or only now.
void Applier::check_again(const PlannedChange& change, const ModuleInstance& in, const Repetition& repetition) {
  if (change.config == nullptr) return;
  Diagnostics found;
  const Repetition with_self{.count_index = repetition.count_index, .each_key = repetition.each_key, .each_value = repetition.each_value, .self = &change.planned};
  check_conditions(*change.config, change.config->lifecycle.preconditions, change.address, evaluation_, in, repetition, found);
  check_conditions(*change.config, change.config->lifecycle.postconditions, change.address, evaluation_, in, with_self, found);
  collected_.add(std::move(found));
}

bool Applier::apply_instance(const PlannedChange& change, const ModuleInstance& in, const Cloud& cloud, const Repetition& repetition, const std::vector<std::string>& dependencies) {
  if (change.action == Action::none || change.address.block.is_data) {
    if (change.action == Action::read) return read_deferred(change, in, cloud, repetition);
    evaluation_.set_instance(change.address, change.planned);
    check_again(change, in, repetition);
    if (change.address.block.is_data) return true;
    // The blocks that it needs may have changed in the files though nothing else did.
    const auto kept = keeper_.find(change.address);
    if (!kept || kept->dependencies == dependencies) return true;
    return failed_state(keeper_.change(change.address, [&](State& state) { state.instances[change.address].dependencies = dependencies; }));
  }
  Diagnostics diagnostics;
  const Schema& schema = impl_.provider.resource(change.address.block.type)->schema();
  Value config = decode(schema, change.config->block->body, evaluation_, in, repetition, true, diagnostics);
  const bool ok = !diagnostics.has_errors();
  collected_.add(std::move(diagnostics));
  if (!ok) return false;
  const bool is_update = change.action == Action::update;
  std::optional<Progress::Running> running;
  if (!impl_.provider.resource(change.address.block.type)->is_inert()) {
    running.emplace(progress_, Event{.kind = Event::Kind::apply_start, .address = change.address, .action = is_update ? Action::update : Action::create, .id = is_update ? Record(unmarked(change.prior)).text("id") : ""});
  }
  const bool done = is_update ? change_in_place(change, cloud, config, dependencies) : make(change, cloud, config, dependencies);
  if (!done) return false;
  const std::optional<Value> made = evaluation_.instance(change.address);
  if (change.action != Action::update && !change.config->provisioners.empty()) {
    const Repetition its{.count_index = repetition.count_index, .each_key = repetition.each_key, .each_value = repetition.each_value, .self = &*made};
    if (!provision(change, false, *evaluation_.scope(in, its))) {
      failed_state(keeper_.change(change.address, [&](State& state) { state.instances[change.address].is_tainted = true; }));
      return false;
    }
  }
  if (running) running->done(Record(unmarked(*made)).text("id"));
  Diagnostics after;
  const Repetition with_self{.count_index = repetition.count_index, .each_key = repetition.each_key, .each_value = repetition.each_value, .self = &*made};
  check_conditions(*change.config, change.config->lifecycle.preconditions, change.address, evaluation_, in, repetition, after);
  check_conditions(*change.config, change.config->lifecycle.postconditions, change.address, evaluation_, in, with_self, after);
  const bool holds = !after.has_errors();
  collected_.add(std::move(after));
  return holds;
}

bool Applier::read_deferred(const PlannedChange& change, const ModuleInstance& in, const Cloud& cloud, const Repetition& repetition) {
  Diagnostics diagnostics;
  const Value config = decode(*impl_.schema_of(*change.config), change.config->block->body, evaluation_, in, repetition, true, diagnostics);
  const bool ok = !diagnostics.has_errors();
  collected_.add(std::move(diagnostics));
  if (!ok) return false;
  Progress::Running running(progress_, {.kind = Event::Kind::apply_start, .address = change.address, .action = Action::read});
  const auto found = read_data(impl_, cloud, *change.config, config);
  if (!found && !change.config->check.empty()) {
    evaluation_.set_instance(change.address, Value::unknown(impl_.schema_of(*change.config)->type()));
    Diagnostics told;
    tell_check(*change.config, call_failed(change.config, change.address, "reading", found.error()), evaluation_, in, told);
    collected_.add(std::move(told));
    return true;
  }
  if (!found) return failed(change, "reading", found.error());
  running.done("");
  evaluation_.set_instance(change.address, *found);
  StateInstance instance;
  set_attributes(instance, *found, *impl_.schema_of(*change.config));
  return failed_state(keeper_.change(change.address, [&](State& state) { state.instances[change.address] = instance; }));
}

bool Applier::make(const PlannedChange& change, const Cloud& cloud, const Value& config, const std::vector<std::string>& dependencies) {
  if (change.action == Action::replace && change.creates_first && !depose(change)) return false;
  const ResourceType& type = *impl_.provider.resource(change.address.block.type);
  const auto planned = plan_change(type, cloud, Value(), unmarked(config));
  if (!planned) {
    restore_deposed(change);
    return failed(change, "creating", planned.error());
  }
  const Record wanted = with_write_only(type.schema(), planned->planned, config);
  Record state(without_unknown(planned->planned));
  Attempt attempt(*impl_.journal, {.token = const_cast<IdSource&>(impl_.ids).hex(32), .address = change.address, .wanted = hcl::to_json(planned->planned), .dependencies = dependencies, .creates_first = change.creates_first, .region = cloud.region});
  Cloud own = cloud;
  own.attempt = &attempt;
  own.ids = &attempt.ids();
  const auto created = type.create(own, wanted, state);
  if (!created) {
    const bool is_kept = state.has("id") && finish(change, cloud, state, config, dependencies, true);
    const bool is_nothing = !is_kept && attempt.is_nothing_made(created.error());
    if (is_kept || is_nothing) attempt.settle();
    if (is_nothing) restore_deposed(change);
    return failed(change, "creating", created.error(), &planned->planned);
  }
  if (!finish(change, cloud, state, config, dependencies, false)) return false;
  attempt.settle();
  if (type.is_inert()) return recorded(change, "recorded", state.text("id"));
  const std::lock_guard lock(mutex_);
  ++applied_.added;
  applied_.succeeded.push_back(change.address);
  return true;
}

bool Applier::change_in_place(const PlannedChange& change, const Cloud& cloud, const Value& config, const std::vector<std::string>& dependencies) {
  const ResourceType& type = *impl_.provider.resource(change.address.block.type);
  const Value prior = unmarked(change.prior);
  // ignore_changes was taken into account in the plan: what it kept is what was planned.
  Value wanted = unmarked(config);
  std::vector<Value::Field> fields;
  for (const auto& [name, value] : wanted.fields()) {
    const Value* planned = change.planned.find(name);
    const bool was_kept = planned != nullptr && planned->is_wholly_known() && !value.is_null();
    fields.push_back({name, was_kept ? unmarked(*planned) : value});
  }
  const auto planned = plan_change(type, cloud, prior, Value::object(std::move(fields)));
  if (!planned) return failed(change, "changing", planned.error());
  if (planned->action == Action::replace) {
    return failed(change, "changing", {.code = "Plan.Changed", .what = fmt::format("the plan said that it changes in place, but what is known now needs a new one (because of {}); plan again", planned->replaced_by[0])});
  }
  Record state(without_unknown(planned->planned));
  const auto updated = type.update_state(cloud, Record(prior), with_write_only(type.schema(), planned->planned, config), state);
  if (!updated) {
    Record as_it_is(prior);
    const auto there = type.read(cloud, as_it_is);
    if (there && *there) finish(change, cloud, as_it_is, config, dependencies, change.is_tainted);
    return failed(change, "changing", updated.error(), &planned->planned);
  }
  if (!finish(change, cloud, state, config, dependencies, false)) return false;
  if (type.is_inert()) return recorded(change, "recorded anew", Record(prior).text("id"));
  const std::lock_guard lock(mutex_);
  ++applied_.changed;
  applied_.succeeded.push_back(change.address);
  return true;
}

/// Reads the instance back and keeps it.
bool Applier::finish(const PlannedChange& change, const Cloud& cloud, Record state, const Value& marks, const std::vector<std::string>& dependencies, bool is_tainted) {
  const ResourceType& type = *impl_.provider.resource(change.address.block.type);
  const auto there = type.read(cloud, state);
  if (!is_tainted && !there) return failed(change, "reading", there.error());
  if (there && !*there) return is_tainted || failed(change, "reading", {.code = "Provider.Vanished", .what = "it was made, and is gone already"});
  const auto fitted = fit(state.to_value(), type.schema().type());
  if (!fitted) return failed(change, "reading", fitted.error());
  StateInstance instance{.schema_version = type.schema_version(), .is_tainted = is_tainted, .dependencies = dependencies, .creates_first = change.creates_first};
  const Value made = with_marks_of(*fitted, marks);
  set_attributes(instance, made, type.schema());
  if (!failed_state(keeper_.change(change.address, [&](State& s) {
        s.instances[change.address] = instance;
        keep_provider(s, change);
      }))) return false;
  evaluation_.set_instance(change.address, made);
  return true;
}

/// The state names the provider's configuration: its alias too.
void Applier::keep_provider(State& state, const PlannedChange& change) const {
  if (change.config == nullptr) return;
  const auto module = modules_.find(change.config);
  if (module == modules_.end()) return;
  state.providers[change.address.block] = provider_address(place_of_provider(*module->second, change.config->provider));
}

/// The old one stands aside in the state until its successor is there.
bool Applier::depose(const PlannedChange& change) {
  const std::string key = const_cast<IdSource&>(impl_.ids).hex(8);
  {
    const std::lock_guard lock(mutex_);
    deposed_keys_[change.address] = key;
  }
  return failed_state(keeper_.change(change.address, [&](State& state) {
    const auto found = state.instances.find(change.address);
    if (found == state.instances.end()) return;
    StateInstance old = found->second;
    old.deposed = key;
    state.deposed[change.address].push_back(std::move(old));
    state.instances.erase(found);
  }));
}

/// Nothing was made in its place: the old one is the resource as before.
void Applier::restore_deposed(const PlannedChange& change) {
  if (change.action != Action::replace || !change.creates_first) return;
  failed_state(keeper_.change(change.address, [&](State& state) {
    auto& old = state.deposed[change.address];
    const auto found = std::ranges::find(old, deposed_keys_[change.address], &StateInstance::deposed);
    if (found != old.end() && !state.instances.contains(change.address)) {
      found->deposed.clear();
      state.instances[change.address] = std::move(*found);
      old.erase(found);
    }
    if (old.empty()) state.deposed.erase(change.address);
  }));
}

bool Applier::end(const Step& step) {
  const PlannedChange& change = *step.ended;
  if (change.action == Action::forget) return failed_state(keeper_.change(change.address, [&](State& state) { state.instances.erase(change.address); }));
  const ResourceType& type = *impl_.provider.resource(change.address.block.type);
  const Record prior(unmarked(change.prior));
  const auto module = modules_.find(change.config);
  const Result<Cloud> cloud = module == modules_.end() ? clouds_.of(plan_.state, change.address.block) : clouds_.of(*module->second, change.config->provider);
  if (!cloud) return failed(change, "deleting", cloud.error());
  if (change.config != nullptr && !change.config->provisioners.empty()) {
    const Value self = unmarked(change.prior);
    Repetition repetition{.self = &self};
    if (change.address.key.kind == Key::Kind::number) repetition.count_index = Value::count(change.address.key.number);
    if (change.address.key.kind == Key::Kind::text) repetition.each_key = Value::string(change.address.key.text);
    if (!provision(change, true, *evaluation_.scope(evaluation_.root(), repetition))) return false;
  }
  std::optional<Progress::Running> running;
  if (!type.is_inert()) running.emplace(progress_, Event{.kind = Event::Kind::apply_start, .address = change.address, .action = Action::remove, .id = prior.text("id")});
  const auto destroyed = type.destroy(*cloud, prior);
  if (!destroyed) return failed(change, "deleting", destroyed.error());
  const bool was_deposed = change.action == Action::replace && change.creates_first;
  const bool written = failed_state(keeper_.change(change.address, [&](State& state) {
    if (was_deposed) {
      std::erase_if(state.deposed[change.address], [&](const StateInstance& i) { return i.deposed == deposed_keys_[change.address]; });
      if (state.deposed[change.address].empty()) state.deposed.erase(change.address);
    } else {
      state.instances.erase(change.address);
    }
  }));
  if (!written) return false;
  if (!running) return recorded(change, "forgotten", prior.text("id"));
  running->done("");
  const std::lock_guard lock(mutex_);
  ++applied_.destroyed;
  if (change.action == Action::remove) applied_.succeeded.push_back(change.address);
  return true;
}

void Applier::keep_outputs() {
  const auto written = keeper_.finish([&](State& state) {
    state.check_results = evaluation_.checks().text(plan_.is_destroy);
    if (plan_.is_destroy) {
      if (plan_.is_whole) std::erase_if(state.instances, [](const auto& entry) { return entry.first.block.is_data; });
      if (state.instances.empty()) state.outputs.clear();
      return;
    }
    std::erase_if(state.outputs, [&](const auto& entry) { return !impl_.root->outputs.contains(entry.first); });
    for (const auto& [name, config] : impl_.root->outputs) {
      const Value value = unmarked(evaluation_.value(evaluation_.root(), "output." + name));
      if (!value.is_wholly_known()) continue;  // whoever it needs failed: the old one stays
      if (value.is_null()) state.outputs.erase(name);
      else state.outputs[name] = {.value = hcl::to_json(value), .type = json::serialize(hcl::type_to_json(value.type())), .is_sensitive = config.is_sensitive};
    }
  });
  failed_state(written);
}

/// Of a type that is not run: nothing was done that could be counted.
bool Applier::recorded(const PlannedChange& change, const std::string& how, const std::string& id) const {
  impl_.say(fmt::format("{}: inert: not run, only {} [id={}]", change.address.text(), how, id));
  return true;
}

bool Applier::failed(const PlannedChange& change, const std::string& doing, const Error& error, const Value* wanted) {
  collected_.add({call_failed(change.config, change.address, doing, error)});
  const std::lock_guard lock(mutex_);
  applied_.failures.push_back({.address = change.address, .error = error, .config = change.config, .argument = argument_named(error.what, wanted != nullptr ? *wanted : unmarked(change.planned))});
  return false;
}

/// True if it was written.
bool Applier::failed_state(const Result<void>& written) {
  if (written) return true;
  collected_.add({hcl::Diagnostic{.summary = "Failed to save state", .detail = written.error().message() + ". What was made before is in the last state that was written; what this step made may not be: run the command again when there is room."}});
  return false;
}

}  // namespace landfall::terraform
