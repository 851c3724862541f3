#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "hcl/evaluate.h"
#include "terraform/address.h"
#include "terraform/configuration.h"

namespace landfall::terraform {

using hcl::Value;
class Checks;
struct Schema;

/// What count.index, each.* and self mean at one place.
struct Repetition {
  Value count_index{}, each_key{}, each_value{};
  const Value* self = nullptr;
};

/// One instance of a module: the root, or one of what count or for_each of its call make.
struct ModuleInstance {
  const Module* module;
  std::string path;  ///< "module.a[0]"
  const ModuleInstance* parent = nullptr;
  const ModuleCall* call = nullptr;
  Repetition repetition{};  ///< of the call, for its arguments
  Key key{};
};

/// The keys that count or for_each make, each with what they stand for.
struct Expansion {
  enum class Mode : unsigned char { single, count, for_each };
  Mode mode = Mode::single;
  std::vector<std::pair<Key, Repetition>> keys;
};

struct EvaluationOptions {
  std::filesystem::path working_directory;  ///< path.cwd
  std::string workspace = "default";
  hcl::FunctionContext functions{};
  std::function<const Schema*(const BlockAddress&)> schema_of{};  ///< what of a block's instances is sensitive; may be empty
};

/// The values known so far in one walk of the graph, and expressions evaluated over them. Thread-safe.
class Evaluation {
 public:
  Evaluation(const Module& root, EvaluationOptions options);
  ~Evaluation();

  const ModuleInstance& root() const { return *instances_.at("").front(); }
  /// Instances of a module whose call has been expanded; none before.
  std::vector<const ModuleInstance*> instances_of(const Module& module) const;

  /// Evaluates count and for_each. Errors: unknown, negative, of a wrong type, sensitive.
  Expansion expand(const hcl::Expression* count, const hcl::Expression* for_each, const ModuleInstance& in, hcl::Diagnostics& diagnostics) const;
  void add_instances(const ModuleCall& call, const ModuleInstance& parent, const Expansion& expansion);

  /// "var.x", "local.x", "output.x" of a module instance.
  void set_value(const ModuleInstance& in, const std::string& name, Value value);
  Value value(const ModuleInstance& in, const std::string& name) const;  ///< unknown if not there

  /// A resource block's instances; replaces what was there.
  void set_block(const BlockAddress& block, Expansion::Mode mode);
  void set_instance(const Address& address, Value value);  ///< what its schema calls sensitive is so for who uses it
  std::optional<Value> instance(const Address& address) const;

  hcl::Evaluated evaluate(const hcl::Expression& expression, const ModuleInstance& in, const Repetition& repetition = {}) const;
  hcl::Evaluated evaluate(const hcl::Expression& expression, const ModuleInstance& in, const Repetition& repetition, const hcl::Type& type) const;

  /// The same names, and `locals` before them: for the iterators of dynamic blocks.
  std::unique_ptr<hcl::Scope> scope(const ModuleInstance& in, const Repetition& repetition, std::map<std::string, Value, std::less<>> locals = {}) const;

  const EvaluationOptions& options() const { return options_; }
  Checks& checks() const { return *checks_; }  ///< what conditions found in this walk

 private:
  friend class ModuleScope;
  struct BlockValues;
  Value whole_block(const BlockAddress& block) const;
  Value module_value(const ModuleInstance& in, const ModuleCall& call) const;

  EvaluationOptions options_;
  std::unique_ptr<Checks> checks_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::vector<std::unique_ptr<ModuleInstance>>> instances_;  ///< by static path
  std::unordered_map<std::string, Value> values_;                                            ///< by "path|name"
  std::unordered_map<std::string, std::unique_ptr<BlockValues>> blocks_;                     ///< by BlockAddress::text
};

}  // namespace landfall::terraform
