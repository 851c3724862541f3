#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "hcl/type_constraint.h"
#include "terraform/configuration.h"
#include "terraform/load_override.h"
#include "terraform/old_blocks.h"
#include "terraform/sources.h"

namespace landfall::terraform {
namespace {

using hcl::Block;
using hcl::Body;
using hcl::Diagnostics;
using hcl::Expression;

constexpr int kDeepestModules = 32;

const Expression* value_of(const Body& body, std::string_view name) {
  const hcl::Attribute* attribute = body.find(name);
  return attribute == nullptr ? nullptr : attribute->value.get();
}

/// A literal true or false; anything else is an error.
bool constant_flag(const Body& body, std::string_view name, bool otherwise, Diagnostics& diagnostics) {
  const Expression* value = value_of(body, name);
  if (value == nullptr) return otherwise;
  const auto* literal = value->as<hcl::Literal>();
  if (literal != nullptr && literal->value.has_value() && literal->value.is(hcl::Type::Kind::boolean)) return literal->value.as_bool();
  const std::string_view word = value->as_keyword();
  const std::string* text = value->as_constant_string();
  if (word == "true" || (text != nullptr && *text == "true")) return true;
  if (word == "false" || (text != nullptr && *text == "false")) return false;
  diagnostics.error(value->range, "Unsuitable value type", fmt::format("The argument \"{}\" must be true or false, written as such.", name));
  return otherwise;
}

/// One file's blocks, sorted into the module.
class Reader {
 public:
  Reader(Module& module, const Sources& sources, Diagnostics& diagnostics, int depth) : module_(module), sources_(sources), diagnostics_(diagnostics), depth_(depth) {}

  void read(const hcl::File& file) {
    for (const hcl::Attribute& attribute : file.body.attributes) {
      const auto* object = attribute.value->as<hcl::ObjectNode>();
      if (attribute.name == "locals" && object != nullptr && module_.dialect == hcl::Dialect::v011) {
        read_locals(attribute, *object);
        continue;
      }
      diagnostics_.error(attribute.name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here.", attribute.name));
    }
    for (const Block& block : file.body.blocks) read(block);
  }

 private:
  void read(const Block& block) {
    if (block.type == "resource" || block.type == "data" || block.type == "ephemeral") return read_resource(block);
    if (block.type == "variable") return read_variable(block);
    if (block.type == "output") return read_output(block);
    if (block.type == "locals") return read_locals(block);
    if (block.type == "provider") return read_provider(block);
    if (block.type == "terraform") return read_settings(block);
    if (block.type == "module") return read_call(block);
    if (block.type == "moved") return read_moved(block);
    if (block.type == "removed") return read_removed(block);
    if (block.type == "import") return read_import(block);
    if (block.type == "check") return read_check(block);
    if (block.type == "action") {
      diagnostics_.error(block.type_range, "Unsupported block type", fmt::format("Blocks of type \"{}\" are not supported by Landfall yet.", block.type));
    } else {
      diagnostics_.error(block.type_range, "Unsupported block type", fmt::format("Blocks of type \"{}\" are not expected here.", block.type));
    }
  }

  bool has_labels(const Block& block, size_t count, const char* wanted) {
    if (block.labels.size() == count) return true;
    diagnostics_.error(block.header_range, block.labels.size() < count ? "Missing name for " + block.type : "Extraneous label for " + block.type,
                       fmt::format("A {} block has {} label{} ({}); found {}.", block.type, count, count == 1 ? "" : "s", wanted, block.labels.size()));
    return false;
  }

  template <class Map, class T>
  void add(Map& map, std::string key, T&& thing, const hcl::Range& range, std::string_view kind) {
    if (map.emplace(key, std::move(thing)).second) {
      first_places_.emplace(fmt::format("{} {}", kind, key), fmt::format("{}:{}", range.source->name, range.start.line));
      return;
    }
    const std::string first = first_places_[fmt::format("{} {}", kind, key)];
    diagnostics_.error(range, fmt::format("Duplicate {}", kind), fmt::format("\"{}\" was declared already{} in this module. Names of one kind must be unique in a module.", key, first.empty() ? "" : " at " + first));
  }

  void read_resource(const Block& block, const std::string& check = "") {
    if (!has_labels(block, 2, "type and name")) return;
    const bool is_ephemeral = block.type == "ephemeral";
    ResourceConfig resource{.is_data = block.type == "data" || is_ephemeral, .type = (is_ephemeral ? std::string(kEphemeral) : "") + block.labels[0].text, .name = block.labels[1].text, .block = &block, .check = check};
    resource.provider = block.labels[0].text.substr(0, block.labels[0].text.find('_'));
    resource.count = value_of(block.body, "count");
    resource.for_each = value_of(block.body, "for_each");
    if (resource.count != nullptr && resource.for_each != nullptr) {
      diagnostics_.error(resource.for_each->range, "Invalid combination of \"count\" and \"for_each\"", "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used.");
    }
    if (const Expression* list = value_of(block.body, "depends_on")) resource.depends_on = constant_references(*list, diagnostics_);
    if (const Expression* provider = value_of(block.body, "provider")) resource.provider = provider_name(*provider);
    for (const Block& inner : block.body.blocks) {
      if (inner.type == "lifecycle") read_lifecycle(inner, resource.lifecycle);
      if (inner.type == "provisioner" && has_labels(inner, 1, "type")) read_provisioner(inner, resource);
    }
    add(module_.resources, resource.local_id(), std::move(resource), block.header_range, block.type == "data" ? "data source" : is_ephemeral ? "ephemeral resource" : "resource");
  }

  std::string provider_name(const Expression& expression) {
    if (const std::string* text = expression.as_constant_string()) return *text;
    const hcl::Reference* reference = expression.as_reference();
    if (reference != nullptr && reference->steps.size() <= 2) return reference->text();
    diagnostics_.error(expression.range, "Invalid provider configuration reference", "The provider argument requires a provider type name, optionally followed by a period and then a configuration alias.");
    return "";
  }

  void read_lifecycle(const Block& block, Lifecycle& lifecycle) {
    lifecycle.creates_first = constant_flag(block.body, "create_before_destroy", false, diagnostics_);
    lifecycle.is_protected = constant_flag(block.body, "prevent_destroy", false, diagnostics_);
    for (const hcl::Attribute& attribute : block.body.attributes) {
      if (attribute.name == "create_before_destroy" || attribute.name == "prevent_destroy") continue;
      if (attribute.name == "replace_triggered_by") {
        read_triggers(*attribute.value, lifecycle);
        continue;
      }
      if (attribute.name != "ignore_changes") {
        diagnostics_.error(attribute.name_range, "Unsupported argument", fmt::format("The lifecycle argument \"{}\" is not supported by Landfall yet.", attribute.name));
        continue;
      }
      lifecycle.ignores_all = attribute.value->as_keyword() == "all";
      if (lifecycle.ignores_all) continue;
      for (hcl::Reference& reference : constant_references(*attribute.value, diagnostics_)) {
        if (reference.root() == "*") lifecycle.ignores_all = true;
        else lifecycle.ignored.push_back(std::move(reference));
      }
    }
    for (const Block& inner : block.body.blocks) {
      if (inner.type == "precondition") lifecycle.preconditions.push_back(&inner);
      else if (inner.type == "postcondition") lifecycle.postconditions.push_back(&inner);
      else diagnostics_.error(inner.type_range, "Unsupported block type", fmt::format("Blocks of type \"{}\" are not expected here.", inner.type));
    }
  }

  void read_variable(const Block& block) {
    if (!has_labels(block, 1, "name")) return;
    VariableConfig variable{.name = block.labels[0].text, .is_text = true, .block = &block, .range = block.header_range};
    variable.default_value = value_of(block.body, "default");
    variable.is_sensitive = constant_flag(block.body, "sensitive", false, diagnostics_);
    variable.is_ephemeral = constant_flag(block.body, "ephemeral", false, diagnostics_);
    variable.is_nullable = constant_flag(block.body, "nullable", true, diagnostics_);
    if (const Expression* type = value_of(block.body, "type")) {
      hcl::ParsedType parsed = type_of(*type, block.body.is_json);
      diagnostics_.append(std::move(parsed.diagnostics));
      variable.type = parsed.type;
      variable.is_text = parsed.type.is_primitive();
    } else if (module_.dialect == hcl::Dialect::v011 && variable.default_value != nullptr) {
      variable.is_text = variable.default_value->as<hcl::TupleNode>() == nullptr && variable.default_value->as<hcl::ObjectNode>() == nullptr;
    }
    for (const hcl::Attribute& attribute : block.body.attributes) {
      static const std::set<std::string, std::less<>> known{"type", "default", "description", "sensitive", "nullable", "ephemeral", "deprecated"};
      if (!known.contains(attribute.name)) unexpected(attribute);
    }
    for (const Block& inner : block.body.blocks) {
      if (inner.type == "validation") variable.validations.push_back(&inner);
    }
    add(module_.variables, variable.name, std::move(variable), block.header_range, "variable declaration");
  }

  void read_output(const Block& block) {
    if (!has_labels(block, 1, "name")) return;
    OutputConfig output{.name = block.labels[0].text, .block = &block, .range = block.header_range};
    output.value = value_of(block.body, "value");
    output.is_sensitive = constant_flag(block.body, "sensitive", false, diagnostics_);
    output.is_ephemeral = constant_flag(block.body, "ephemeral", false, diagnostics_);
    if (output.value == nullptr) diagnostics_.error(block.body.range, "Missing required argument", "The argument \"value\" is required, but no definition was found.");
    if (const Expression* list = value_of(block.body, "depends_on")) output.depends_on = constant_references(*list, diagnostics_);
    for (const hcl::Attribute& attribute : block.body.attributes) {
      static const std::set<std::string, std::less<>> known{"value", "description", "sensitive", "depends_on", "ephemeral", "deprecated"};
      if (!known.contains(attribute.name)) unexpected(attribute);
    }
    for (const Block& inner : block.body.blocks) {
      if (inner.type == "precondition") output.preconditions.push_back(&inner);
    }
    if (output.value != nullptr) add(module_.outputs, output.name, std::move(output), block.header_range, "output definition");
  }

  void unexpected(const hcl::Attribute& attribute) {
    diagnostics_.error(attribute.name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here.", attribute.name));
  }

  void read_locals(const Block& block) {
    for (const hcl::Attribute& attribute : block.body.attributes) {
      add(module_.locals, attribute.name, LocalConfig{.name = attribute.name, .value = attribute.value.get(), .range = attribute.range}, block.header_range, "local value definition");
    }
  }

  /// `locals = {`: to 0.11 a block.
  void read_locals(const hcl::Attribute& locals, const hcl::ObjectNode& object) {
    for (const hcl::ObjectItem& item : object.items) {
      const std::string* name = item.key->as_constant_string();
      if (name == nullptr) diagnostics_.error(item.key->range, "Invalid local value name", "The name of a local value must be written as such.");
      else add(module_.locals, *name, LocalConfig{.name = *name, .value = item.value.get(), .range = item.key->range}, locals.name_range, "local value definition");
    }
  }

  void read_provider(const Block& block) {
    if (!has_labels(block, 1, "name")) return;
    ProviderConfig provider{.name = block.labels[0].text, .block = &block};
    if (const Expression* alias = value_of(block.body, "alias")) {
      const std::string* text = alias->as_constant_string();
      if (text == nullptr) diagnostics_.error(alias->range, "Invalid provider configuration alias", "An alias must be a quoted name without interpolation.");
      else provider.alias = *text;
    }
    add(module_.providers, provider.local_id(), std::move(provider), block.header_range, "provider configuration");
  }

  void read_settings(const Block& block) {
    for (const Block& inner : block.body.blocks) {
      if (inner.type == "backend" && has_labels(inner, 1, "type")) {
        if (module_.parent == nullptr) module_.backend = BackendConfig{.type = inner.labels[0].text, .block = &inner};
      } else if (inner.type == "cloud") {
        if (module_.parent == nullptr) module_.backend = BackendConfig{.type = "cloud", .block = &inner};
      } else if (inner.type != "required_providers" && inner.type != "backend" && inner.type != "provider_meta") {
        diagnostics_.error(inner.type_range, "Unsupported block type", fmt::format("Blocks of type \"{}\" are not supported by Landfall in a terraform block.", inner.type));
      }
    }
  }

  void read_call(const Block& block) {
    if (!has_labels(block, 1, "name")) return;
    ModuleCall call{.name = block.labels[0].text, .block = &block};
    call.count = value_of(block.body, "count");
    call.for_each = value_of(block.body, "for_each");
    if (const Expression* list = value_of(block.body, "depends_on")) call.depends_on = constant_references(*list, diagnostics_);
    if (const Expression* providers = value_of(block.body, "providers")) read_providers(*providers, call);
    const std::string name = call.name;
    const bool is_new = !module_.calls.contains(name);
    add(module_.calls, name, std::move(call), block.header_range, "module call");
    if (is_new) calls_.push_back(name);
  }

 public:
  /// Loads the modules that are called, once all blocks are read: sources may be made of variables and locals.
  void load_calls(const EarlyScope& scope) {
    for (const std::string& name : calls_) {
      if (!load_call(module_.calls.at(name), scope)) module_.calls.erase(name);
    }
  }

 private:
  bool load_call(ModuleCall& call, const EarlyScope& scope) {
    const hcl::Block& block = *call.block;
    const Expression *source = value_of(block.body, "source"), *version = value_of(block.body, "version");
    if (source == nullptr) {
      diagnostics_.error(block.header_range, "Missing required argument", "The argument \"source\" is required: a quoted path.");
      return false;
    }
    const auto text = scope.text(*source, fmt::format("The source of module \"{}\"", call.name), diagnostics_);
    const auto wanted = version == nullptr ? text : scope.text(*version, fmt::format("The version of module \"{}\"", call.name), diagnostics_);
    if (!text || !wanted) return false;
    const auto local = local_folder(sources_, module_, *text);
    const std::filesystem::path directory = local ? *local : installed(dotted_path(call.name), *text);
    if (directory.empty()) {
      diagnostics_.error(source->range, "Module not installed", fmt::format("The module source \"{}\" is not a local path, and no copy of it is installed below {}. Run \"landfall init\" (with --module-mirror FOLDER, if this machine has no network) or \"terraform init\" to install it.", *text, modules_folder(module_.top().directory).string()));
      return false;
    }
    if (depth_ >= kDeepestModules) {
      diagnostics_.error(source->range, "Module nesting too deep", fmt::format("Modules call each other more than {} levels deep.", kDeepestModules));
      return false;
    }
    call.module = std::make_unique<Module>();
    call.module->parent = &module_;
    call.module->path = dotted_path(call.name);
    call.module->directory = directory.lexically_normal();
    load_module(*call.module, sources_, EarlyScope(*call.module, scope, call), diagnostics_, depth_ + 1, &source->range);
    return true;
  }

  /// Where init put a module; "" if it did not, or put there what another source gave.
  std::filesystem::path installed(const std::string& path, const std::string& source) const {
    static const auto key_of = [](std::string text) {
      text = text.substr(7);
      for (size_t at = text.find(".module."); at != std::string::npos; at = text.find(".module.", at)) text.replace(at, 8, ".");
      return text;
    };
    const auto& root = module_.top().directory;
    const auto all = sources_.installed();
    const auto found = all.find(key_of(path));
    return found != all.end() && found->second.is_from(source) ? root / found->second.directory : std::filesystem::path();
  }

  static hcl::ParsedType type_of(const Expression& expression, bool is_json) {
    const std::string* text = is_json ? expression.as_constant_string() : nullptr;
    if (text == nullptr) return hcl::type_of_constraint(expression);
    const auto parsed = hcl::Type::parse(*text);
    if (parsed) return {.type = *parsed, .diagnostics = {}};
    hcl::ParsedType failed;
    failed.diagnostics.error(expression.range, "Invalid type specification", parsed.error().what);
    return failed;
  }

  void read_provisioner(const Block& block, ResourceConfig& resource) {
    const std::string& kind = block.labels[0].text;
    if (kind != "local-exec") {
      diagnostics_.error(block.header_range, "Unsupported provisioner", fmt::format("Landfall runs provisioners of type \"local-exec\" only; {} has one of type \"{}\".", resource.local_id(), kind));
      return;
    }
    ProvisionerConfig provisioner{.block = &block};
    const auto word = [&](std::string_view name) {
      const Expression* value = value_of(block.body, name);
      if (value == nullptr) return std::string();
      const std::string* text = value->as_constant_string();
      return text != nullptr ? *text : std::string(value->as_keyword());
    };
    provisioner.at_destroy = word("when") == "destroy";
    provisioner.goes_on = word("on_failure") == "continue";
    resource.provisioners.push_back(provisioner);
  }

  void read_triggers(const Expression& list, Lifecycle& lifecycle) {
    const auto* tuple = list.as<hcl::TupleNode>();
    if (tuple == nullptr) return diagnostics_.error(list.range, "Invalid expression", "A static list of references is required.");
    for (const hcl::ExpressionPtr& element : tuple->elements) {
      if (const std::string* text = element->as_constant_string()) lifecycle.triggers.push_back(reference_in(*text, element->range));
      else if (const auto references = element->references(); !references.empty()) lifecycle.triggers.push_back(*references[0]);
      else diagnostics_.error(element->range, "Invalid replace_triggered_by expression", "A reference to a resource or to an attribute of one is required.");
    }
  }

  /// `aws_x.y["k"]` in a string, as JSON writes it.
  hcl::Reference reference_in(const std::string& text, const hcl::Range& range) {
    hcl::ParsedExpression parsed = hcl::parse_expression(range.source->name, text);
    hcl::Reference reference{.steps = {}, .range = range};
    if (parsed.expression != nullptr && parsed.expression->as_reference() != nullptr) reference = *parsed.expression->as_reference();
    else diagnostics_.error(range, "Invalid address", fmt::format("\"{}\" is not the address of a resource or module.", text));
    reference.range = range;
    for (hcl::Step& step : reference.steps) step.range = range;
    return reference;
  }

  std::string address_in(const Block& block, std::string_view name) {
    const Expression* value = value_of(block.body, name);
    if (value == nullptr) {
      diagnostics_.error(block.body.range, "Missing required argument", fmt::format("The argument \"{}\" is required, but no definition was found.", name));
      return "";
    }
    if (const hcl::Reference* reference = value->as_reference()) return address_of(*reference);
    if (const std::string* text = value->as_constant_string(); text != nullptr && block.body.is_json) return *text;
    diagnostics_.error(value->range, "Invalid address", "The address of a resource or module is required, without expressions in its indexes.");
    return "";
  }

  void read_moved(const Block& block) {
    MovedConfig moved{.from = address_in(block, "from"), .to = address_in(block, "to"), .range = block.header_range};
    if (!moved.from.empty() && !moved.to.empty()) module_.moved.push_back(std::move(moved));
  }

  void read_removed(const Block& block) {
    RemovedConfig removed{.from = address_in(block, "from"), .range = block.header_range};
    for (const Block& inner : block.body.blocks) {
      if (inner.type == "lifecycle") removed.destroys = constant_flag(inner.body, "destroy", true, diagnostics_);
      else diagnostics_.error(inner.type_range, "Unsupported block type", fmt::format("Blocks of type \"{}\" are not supported by Landfall in a removed block.", inner.type));
    }
    if (!removed.from.empty()) module_.removed.push_back(std::move(removed));
  }

  void read_import(const Block& block) {
    ImportConfig import{.to = value_of(block.body, "to"), .id = value_of(block.body, "id"), .for_each = value_of(block.body, "for_each"), .range = block.header_range};
    if (import.to == nullptr || import.id == nullptr) return diagnostics_.error(block.body.range, "Missing required argument", "An import block needs the arguments \"to\" and \"id\".");
    if (module_.parent != nullptr) return diagnostics_.error(block.header_range, "Invalid import configuration", "An import block was detected in a child module. Import blocks are only allowed in the root module.");
    module_.imports.push_back(import);
  }

  void read_check(const Block& block) {
    if (!has_labels(block, 1, "name")) return;
    CheckConfig check{.name = block.labels[0].text, .range = block.header_range};
    for (const Block& inner : block.body.blocks) {
      if (inner.type == "data") read_resource(inner, check.name);
      else if (inner.type == "assert") check.assertions.push_back(&inner);
      else diagnostics_.error(inner.type_range, "Unsupported block type", fmt::format("Blocks of type \"{}\" are not expected here.", inner.type));
    }
    if (check.assertions.empty()) return diagnostics_.error(block.header_range, "Zero assert blocks", "Check blocks must have at least one assert block.");
    add(module_.checks, check.name, std::move(check), block.header_range, "check");
  }

  void read_providers(const Expression& expression, ModuleCall& call) {
    const auto* object = expression.as<hcl::ObjectNode>();
    if (object == nullptr) {
      diagnostics_.error(expression.range, "Invalid providers map", "The providers argument must be an object of provider names.");
      return;
    }
    for (const hcl::ObjectItem& item : object->items) {
      const std::string* inside = item.key->as_constant_string();
      const hcl::Reference* key = item.key->as_reference();
      call.providers[inside != nullptr ? *inside : key != nullptr ? key->text() : std::string()] = provider_name(*item.value);
    }
  }

  std::string dotted_path(const std::string& name) const { return (module_.path.empty() ? "" : module_.path + ".") + "module." + name; }

 public:
  static void load_module(Module& module, const Sources& sources, const EarlyScope& scope, Diagnostics& diagnostics, int depth, const hcl::Range* called_at) {
    auto paths = sources.files_in(module.directory);
    if (!paths || paths->empty()) {
      const std::string summary = paths ? "No configuration files" : "Unreadable module directory";
      const std::string detail = paths ? fmt::format("The folder {} holds no .tf files.", module.directory.string()) : paths.error().what;
      if (called_at != nullptr) diagnostics.error(*called_at, summary, detail);
      else diagnostics.push_back({.summary = summary, .detail = detail});
      return;
    }
    const auto overrides = std::ranges::stable_partition(*paths, [](const std::filesystem::path& path) { return !is_override_file(path.filename().string()); });
    const size_t primary = paths->size() - overrides.size();
    std::vector<std::string> contents;
    for (const auto& path : *paths) {
      auto text = sources.text(path);
      if (!text) diagnostics.push_back({.summary = "Failed to read file", .detail = text.error().message()});
      contents.push_back(text ? std::move(*text) : "");
    }
    std::vector<std::string_view> texts;
    for (size_t i = 0; i < paths->size(); ++i) {
      if (!(*paths)[i].string().ends_with(".json")) texts.push_back(contents[i]);
    }
    module.dialect = hcl::detect_dialect(texts);
    std::vector<hcl::File> kept_overrides;
    for (size_t i = 0; i < paths->size(); ++i) {
      hcl::ParsedFile parsed = hcl::parse_file(shown_name(module, (*paths)[i]), contents[i], module.dialect);
      diagnostics.append(std::move(parsed.diagnostics));
      if (i < primary) module.files.push_back(std::move(parsed.file));
      else kept_overrides.push_back(std::move(parsed.file));
    }
    for (hcl::File& over : kept_overrides) merge_override(module.files, over, diagnostics);
    for (hcl::File& over : kept_overrides) {
      over.body = {};
      module.files.push_back(std::move(over));  // its source is pointed into
    }
    for (hcl::File& file : module.files) {
      if (module.dialect == hcl::Dialect::v011) write_blocks_as_arguments(file.body);
    }
    Reader reader(module, sources, diagnostics, depth);
    for (const hcl::File& file : module.files) reader.read(file);
    if (depth >= 0) reader.load_calls(scope);  // -1: calls are not followed
  }

 private:
  /// As a person would name it: relative to the root module.
  static std::string shown_name(const Module& module, const std::filesystem::path& path) {
    const Module* root = &module;
    while (root->parent != nullptr) root = root->parent;
    return path.lexically_relative(root->directory).string();
  }

  Module& module_;
  const Sources& sources_;
  Diagnostics& diagnostics_;
  std::vector<std::string> calls_;  ///< in the order of writing
  std::map<std::string, std::string> first_places_;  ///< "resource aws_vpc.x" -> "main.tf:1"
  int depth_;
};

}  // namespace

Loaded load_configuration(const std::filesystem::path& directory, const LoadOptions& options) {
  Loaded loaded{.root = std::make_unique<Module>(), .diagnostics = {}};
  loaded.root->directory = directory.lexically_normal();
  const Sources sources(loaded.root->directory, options.kept);
  Reader::load_module(*loaded.root, sources, EarlyScope(*loaded.root, options.given, options.workspace), loaded.diagnostics, options.follows_calls ? 0 : -1, nullptr);
  return loaded;
}

std::string address_of(const hcl::Reference& reference) {
  std::string text;
  for (const hcl::Step& step : reference.steps) {
    if (step.is_name()) text += (text.empty() ? "" : ".") + step.name();
    else text += "[" + hcl::to_console(step.index()) + "]";
  }
  return text;
}

std::vector<hcl::Reference> constant_references(const Expression& list, Diagnostics& diagnostics) {
  std::vector<hcl::Reference> references;
  const auto* tuple = list.as<hcl::TupleNode>();
  if (tuple == nullptr) {
    diagnostics.error(list.range, "Invalid expression", "A static list of references is required.");
    return references;
  }
  for (const hcl::ExpressionPtr& element : tuple->elements) {
    if (const hcl::Reference* reference = element->as_reference()) {
      references.push_back(*reference);
      continue;
    }
    const std::string* text = element->as_constant_string();
    if (text != nullptr) {
      hcl::Reference reference{.steps = {}, .range = element->range};
      for (size_t from = 0; from <= text->size();) {
        const size_t dot = std::min(text->find('.', from), text->size());
        reference.steps.push_back({.key = text->substr(from, dot - from), .range = element->range});
        from = dot + 1;
      }
      references.push_back(std::move(reference));
      continue;
    }
    diagnostics.error(element->range, "Invalid expression", "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.");
  }
  return references;
}

bool is_meta_argument(std::string_view name) {
  static const std::set<std::string, std::less<>> names{"count", "for_each", "provider", "depends_on"};
  return names.contains(name);
}

}  // namespace landfall::terraform
