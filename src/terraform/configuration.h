#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/diagnostic.h"
#include "hcl/syntax.h"
#include "hcl/type.h"
#include "terraform/address.h"

/// The blocks of a root module and the local modules that it calls, read and told apart; nothing is evaluated.
namespace landfall::terraform {

struct VariableConfig {
  std::string name;
  hcl::Type type{};
  bool is_text = false;  ///< values from outside are taken as they stand: type string, or none given
  const hcl::Expression* default_value = nullptr;
  bool is_sensitive = false, is_nullable = true, is_ephemeral = false;
  std::vector<const hcl::Block*> validations{};
  const hcl::Block* block = nullptr;
  hcl::Range range{};
};

struct OutputConfig {
  std::string name;
  const hcl::Expression* value = nullptr;
  bool is_sensitive = false, is_ephemeral = false;
  std::vector<hcl::Reference> depends_on{};
  std::vector<const hcl::Block*> preconditions{};
  const hcl::Block* block = nullptr;
  hcl::Range range{};
};

struct LocalConfig {
  std::string name;
  const hcl::Expression* value = nullptr;
  hcl::Range range{};
};

struct Lifecycle {
  bool creates_first = false, is_protected = false;  ///< create_before_destroy, prevent_destroy
  bool ignores_all = false;
  std::vector<hcl::Reference> ignored{};             ///< ignore_changes
  std::vector<const hcl::Block*> preconditions{}, postconditions{};
  std::vector<hcl::Reference> triggers{};  ///< replace_triggered_by; without indexes that are not constant
};

/// A provisioner block. `local-exec` is the one that is run.
struct ProvisionerConfig {
  const hcl::Block* block;
  bool at_destroy = false, goes_on = false;  ///< when = destroy, on_failure = continue
};

struct MovedConfig {
  std::string from, to;  ///< as written, relative to the module
  hcl::Range range{};
};

struct RemovedConfig {
  std::string from;
  bool destroys = true;
  hcl::Range range{};
};

struct ImportConfig {
  const hcl::Expression *to = nullptr, *id = nullptr, *for_each = nullptr;
  hcl::Range range{};
};

struct CheckConfig {
  std::string name;
  std::vector<const hcl::Block*> assertions{};
  hcl::Range range{};
};

/// A resource, data or ephemeral block.
struct ResourceConfig {
  bool is_data = false;
  std::string type, name;
  const hcl::Block* block = nullptr;
  const hcl::Expression* count = nullptr;
  const hcl::Expression* for_each = nullptr;
  std::string provider;  ///< "aws" or "aws.west"
  std::string check{};   ///< of a data block inside a check block: its name
  std::vector<hcl::Reference> depends_on{};
  Lifecycle lifecycle{};
  std::vector<ProvisionerConfig> provisioners{};
  bool is_ephemeral() const { return terraform::is_ephemeral(type); }
  std::string local_id() const { return block_id(is_data, type, name); }
};

struct ProviderConfig {
  std::string name, alias;
  const hcl::Block* block = nullptr;
  std::string local_id() const { return alias.empty() ? name : name + "." + alias; }
};

struct Module;

struct ModuleCall {
  std::string name;
  const hcl::Block* block = nullptr;
  const hcl::Expression* count = nullptr;
  const hcl::Expression* for_each = nullptr;
  std::vector<hcl::Reference> depends_on{};
  std::map<std::string, std::string> providers{};  ///< name inside -> name outside
  std::unique_ptr<Module> module{};
};

struct BackendConfig {
  std::string type;
  const hcl::Block* block = nullptr;
};

/// One module of the tree. Everything points into `files`, which live as long as it.
struct Module {
  std::string path;  ///< static: "" or "module.a.module.b"
  std::filesystem::path directory;
  hcl::Dialect dialect = hcl::Dialect::modern;
  std::vector<hcl::File> files;
  std::map<std::string, VariableConfig> variables;
  std::map<std::string, LocalConfig> locals;
  std::map<std::string, OutputConfig> outputs;
  std::map<std::string, ProviderConfig> providers;  ///< by local_id
  std::map<std::string, ResourceConfig> resources;  ///< by local_id, data sources too
  std::map<std::string, ModuleCall> calls;
  std::map<std::string, CheckConfig> checks;
  std::vector<MovedConfig> moved;
  std::vector<RemovedConfig> removed;
  std::vector<ImportConfig> imports;
  std::optional<BackendConfig> backend;
  Module* parent = nullptr;
  const Module& top() const { return parent == nullptr ? *this : parent->top(); }
};

struct Loaded {
  std::unique_ptr<Module> root;
  hcl::Diagnostics diagnostics;
};

/// A reference as addresses are written: `module.a.aws_x.y["k"]`.
std::string address_of(const hcl::Reference& reference);

/// A constant list of references as depends_on and ignore_changes hold it, quoted or not.
std::vector<hcl::Reference> constant_references(const hcl::Expression& list, hcl::Diagnostics& diagnostics);

/// The names of arguments of a resource block that are the engine's own.
bool is_meta_argument(std::string_view name);

}  // namespace landfall::terraform
