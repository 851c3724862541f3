#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/ids.h"
#include "terraform/attempt.h"
#include "terraform/engine.h"
#include "terraform/evaluation.h"
#include "terraform/provider_place.h"

namespace landfall::terraform {

/// What plan and apply of one root share: configuration, graph, providers, backend.
struct Engine::Impl {
  EngineOptions options;
  std::unique_ptr<Module> root;
  Graph graph;
  Provider provider;
  std::set<std::string> put_off;  ///< types that are not carried, of which a plan must find no instances (terraform/missing_types.h)
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Journal> journal;
  std::map<std::string, Value> variables;
  SystemClock clock;
  IdSource ids;
  std::string plan_timestamp;

  std::shared_ptr<const aws::Client> client;  ///< null without an endpoint

  void carry_aws();  ///< AWS's types, a large part of a small plan's memory, are made where something needs them
  std::filesystem::path state_journal() const;  ///< of the state: beside its file, or in the data directory
  Cloud base_cloud() const;  ///< the daemon's region, no default tags
  Cloud cloud_in(const std::string& region) const;
  EvaluationOptions evaluation_options(bool defers_impure) const;
  const Schema* schema_of(const ResourceConfig& resource) const { return provider.schema(resource.is_data, resource.type); }
  bool is_interrupted() const { return options.is_interrupted != nullptr && *options.is_interrupted; }
  void say(const std::string& line) const {
    if (options.say) options.say(line);
  }
  void tell(const Event& event) const {
    if (options.tell) options.tell(event);
  }
};

/// The configured providers of one walk.
class Clouds {
 public:
  explicit Clouds(const Engine::Impl& impl) : impl_(impl) {}
  /// Evaluates a provider block. Arguments that name accounts and credentials are read and not used: calls are signed with
  /// the daemon's key.
  bool configure(const ProviderConfig& config, const Evaluation& evaluation, const ModuleInstance& in, hcl::Diagnostics& diagnostics);
  /// For a resource in a module: its own configuration, else that of the modules around it, else the daemon's region.
  Cloud of(const Module& module, const std::string& provider_name) const;
  /// For instances of a state whose block the configuration may have no more. Errors: those of place_in_state.
  Result<Cloud> of(const State& state, const BlockAddress& block) const;

 private:
  Cloud at(const ProviderPlace& place) const;

  const Engine::Impl& impl_;
  mutable std::mutex mutex_;
  std::map<std::pair<const Module*, std::string>, Cloud> clouds_;
};

/// Diagnostics from several threads, in the order found.
class Collected {
 public:
  void add(hcl::Diagnostics more) {
    const std::lock_guard lock(mutex_);
    diagnostics_.append(std::move(more));
  }
  hcl::Diagnostics take() { return std::move(diagnostics_); }

 private:
  std::mutex mutex_;
  hcl::Diagnostics diagnostics_;
};

/// An error of a provider's call, at the resource's block: AWS's code and message in the words of Terraform.
hcl::Diagnostic call_failed(const ResourceConfig* config, const Address& address, const std::string& doing, const Error& error);

/// Evaluates variables, locals, outputs, providers and module calls: what is the same in plan and apply. False: failed.
bool visit_plain(const Engine::Impl& impl, const Node& node, Evaluation& evaluation, Clouds& clouds, hcl::Diagnostics& diagnostics);

/// The providers alone, as far as they need no resources.
void configure_providers(const Engine::Impl& impl, Clouds& clouds, hcl::Diagnostics& diagnostics);

/// Pre- or postconditions of an instance, which are the resource's own lists; what they came to is kept with the evaluation.
void check_conditions(const ResourceConfig& resource, const std::vector<const hcl::Block*>& conditions, const Address& address, const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, hcl::Diagnostics& diagnostics);

/// What a data source inside a check block could not do is that check's problem: a warning.
void tell_check(const ResourceConfig& source, hcl::Diagnostic problem, const Evaluation& evaluation, const ModuleInstance& in, hcl::Diagnostics& diagnostics);

/// Blocks of the configuration without instance keys, "module.a.aws_vpc.x", as state files name dependencies.
std::string config_address(const BlockAddress& block);

/// "module.a[0].module.b" -> module b of module a. Null: the files do not have it.
const Module* module_at(const Module& root, std::string_view path);
/// The block of an instance; null: the files do not have it.
const ResourceConfig* config_of(const Module& root, const BlockAddress& block);

/// The resource blocks that a resource node needs directly, or through what is not a resource, or through one that `is_empty`: has
/// no instances whose own dependencies would lead on. Addresses as of config_address.
std::vector<std::string> dependencies_of(const Graph& graph, int node, const std::function<bool(const Node&)>& is_empty = {});

/// Reads a data source; terraform_remote_state is the engine's own. `config` is wholly known.
Result<Value> read_data(const Engine::Impl& impl, const Cloud& cloud, const ResourceConfig& resource, const Value& config);

const Schema& remote_state_schema();
Result<void> read_remote_state(const Engine::Impl& impl, const Cloud& cloud, Record& state);

/// Runs `each` for 0..count-1 on up to `threads` threads.
void in_parallel(size_t count, int threads, const std::function<void(size_t)>& each);

}  // namespace landfall::terraform
