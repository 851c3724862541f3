#include "terraform/state.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/json_text.h"

namespace landfall::terraform {
namespace {

Error malformed(std::string_view what, std::string_view why) {
  return {.code = "State.Malformed", .what = fmt::format("{} is not a state file that can be read: {}", what, why)};
}

int64_t number_of(std::string_view json) { return std::strtoll(std::string(json).c_str(), nullptr, 10); }

Result<Key> key_of(std::string_view json, std::string_view what) {
  if (json == "null") return Key{};
  if (json.starts_with('"')) return Key::of(text_of_json(json));
  if (json.find_first_not_of("-0123456789.eE+") == std::string_view::npos) return Key::of(number_of(json));
  return fail(malformed(what, "an index_key is neither a number nor a string"));
}

struct Keyed {
  Key key;
  StateInstance instance;
};

Result<Keyed> parse_instance(std::string_view object, std::string_view what) {
  Keyed found;
  StateInstance& instance = found.instance;
  bool has_attributes = false;
  TRY(for_each_member(object, [&](const std::string& name, std::string_view value) -> Result<void> {
    if (value == "null") return {};
    if (name == "index_key") {
      found.key = TRY(key_of(value, what));
    } else if (name == "attributes" || name == "attributes_flat") {
      if (!value.starts_with('{')) return fail(malformed(what, "an instance has no \"attributes\" object"));
      has_attributes = true;
      instance.is_flat = name == "attributes_flat";
      instance.attributes = compact_json(value);
    } else if (name == "schema_version") {
      instance.schema_version = static_cast<int>(number_of(value));
    } else if (name == "status") {
      instance.is_tainted = text_of_json(value) == "tainted";
    } else if (name == "deposed") {
      instance.deposed = text_of_json(value);
    } else if (name == "private") {
      instance.private_data = text_of_json(value);
    } else if (name == "create_before_destroy") {
      instance.creates_first = value == "true";
    } else if (name == "sensitive_attributes") {
      if (value != "[]") instance.sensitive_attributes = compact_json(value);
    } else if (name == "dependencies") {
      return for_each_element(value, [&](std::string_view dependency) -> Result<void> {
        instance.dependencies.push_back(text_of_json(dependency));
        return {};
      });
    }
    return {};
  }));
  if (!has_attributes) return fail(malformed(what, "an instance has no \"attributes\" object"));
  return found;
}

Result<void> parse_resource(std::string_view object, std::string_view what, State& state) {
  std::string mode, provider;
  std::string_view instances;
  BlockAddress block;
  TRY(for_each_member(object, [&](const std::string& name, std::string_view value) -> Result<void> {
    if (name == "mode") mode = text_of_json(value);
    else if (name == "module") block.module = text_of_json(value);
    else if (name == "type") block.type = text_of_json(value);
    else if (name == "name") block.name = text_of_json(value);
    else if (name == "provider") provider = text_of_json(value);
    else if (name == "instances") instances = value;
    return {};
  }));
  if (mode != "managed" && mode != "data") return fail(malformed(what, fmt::format("a resource has mode \"{}\"; wanted \"managed\" or \"data\"", mode)));
  block.is_data = mode == "data";
  if (block.type.empty() || block.name.empty()) return fail(malformed(what, "a resource has no type or no name"));
  if (instances.empty()) return fail(malformed(what, fmt::format("{} has no \"instances\" list", block.text())));
  state.providers[block] = provider;
  return for_each_element(instances, [&](std::string_view entry) -> Result<void> {
    Keyed found = TRY(parse_instance(entry, what));
    const Address address{block, std::move(found.key)};
    if (!found.instance.deposed.empty()) state.deposed[address].push_back(std::move(found.instance));
    else state.instances[address] = std::move(found.instance);
    return {};
  });
}

Result<void> parse_outputs(std::string_view outputs, bool has_types, State& state) {
  return for_each_member(outputs, [&](const std::string& name, std::string_view value) -> Result<void> {
    StateOutput output{.value = "null", .type = "\"dynamic\"", .is_sensitive = false};
    TRY(for_each_member(value, [&](const std::string& member, std::string_view inside) -> Result<void> {
      if (member == "value") output.value = compact_json(inside);
      else if (member == "type" && has_types) output.type = compact_json(inside);
      else if (member == "sensitive") output.is_sensitive = inside == "true";
      return {};
    }));
    state.outputs[name] = std::move(output);
    return {};
  });
}

/// "data.aws_vpc.x.0" of 0.11.
Result<Address> address_of_version_3(std::string_view text, std::string module, std::string_view what) {
  std::vector<std::string> parts = split(text, '.');
  Address address;
  address.block.module = std::move(module);
  if (parts.size() > 2 && parts[0] == "data") {
    address.block.is_data = true;
    parts.erase(parts.begin());
  }
  if (parts.size() < 2) return fail(malformed(what, fmt::format("\"{}\" is not the address of a resource", text)));
  address.block.type = parts[0];
  address.block.name = parts[1];
  if (parts.size() > 2) address.key = Key::of(number_of(parts[2]));
  return address;
}

Result<StateInstance> instance_of_version_3(std::string_view object) {
  StateInstance instance{.attributes = "{}", .is_flat = true};
  TRY(for_each_member(object, [&](const std::string& name, std::string_view value) -> Result<void> {
    if (name == "attributes") instance.attributes = compact_json(value);
    else if (name == "tainted") instance.is_tainted = value == "true";
    else if (name == "meta") {
      return for_each_member(value, [&](const std::string& member, std::string_view inside) -> Result<void> {
        if (member == "schema_version") instance.schema_version = static_cast<int>(number_of(inside.starts_with('"') ? inside.substr(1) : inside));
        return {};
      });
    }
    return {};
  }));
  return instance;
}

Result<void> parse_module_of_version_3(std::string_view object, std::string_view what, State& state) {
  std::string module;
  std::string_view outputs, resources;
  TRY(for_each_member(object, [&](const std::string& name, std::string_view value) -> Result<void> {
    if (name == "outputs") outputs = value;
    if (name == "resources") resources = value;
    if (name != "path") return {};
    bool is_root = true;
    return for_each_element(value, [&](std::string_view part) -> Result<void> {
      if (!std::exchange(is_root, false)) module = dotted(module, "module." + text_of_json(part));
      return {};
    });
  }));
  if (module.empty() && !outputs.empty()) TRY(parse_outputs(outputs, false, state));
  if (resources.empty()) return {};
  return for_each_member(resources, [&](const std::string& id, std::string_view value) -> Result<void> {
    const Address address = TRY(address_of_version_3(id, module, what));
    std::vector<std::string> dependencies;
    std::string_view primary;
    TRY(for_each_member(value, [&](const std::string& name, std::string_view inside) -> Result<void> {
      if (name == "primary") primary = inside;
      if (name != "depends_on") return {};
      return for_each_element(inside, [&](std::string_view dependency) -> Result<void> {
        const std::string text = text_of_json(dependency);
        if (!text.starts_with("module.")) dependencies.push_back(dotted(module, text));
        return {};
      });
    }));
    if (primary.empty() || primary == "null") return {};
    StateInstance instance = TRY(instance_of_version_3(primary));
    instance.dependencies = std::move(dependencies);
    state.instances[address] = std::move(instance);
    return {};
  });
}

std::string provider_of(const State& state, const BlockAddress& block) {
  const auto kept = state.providers.find(block);
  if (kept != state.providers.end() && !kept->second.empty()) return kept->second;
  return provider_address(block.type.substr(0, block.type.find('_')));
}

/// Writes a state piece by piece, indented as Go's encoder does it.
class Writer {
 public:
  explicit Writer(const State& state) : state_(state) {}

  std::string write() && {
    out_ = fmt::format("{{\n  \"version\": 4,\n  \"terraform_version\": \"{}\",\n  \"serial\": {},\n  \"lineage\": {},\n  \"outputs\": ", kFormatOf, state_.serial, json_quoted(state_.lineage));
    outputs();
    out_ += ",\n  \"resources\": ";
    resources();
    out_ += ",\n  \"check_results\": ";
    if (state_.check_results.empty()) out_ += "null";
    else indent_json(state_.check_results, 1, out_);
    out_ += "\n}\n";
    return std::move(out_);
  }

 private:
  void outputs() {
    if (state_.outputs.empty()) {
      out_ += "{}";
      return;
    }
    std::string text = "{";
    for (const auto& [name, output] : state_.outputs) {
      if (text.size() > 1) text += ',';
      text += json_quoted(name) + ":{\"value\":" + output.value + ",\"type\":" + output.type + (output.is_sensitive ? ",\"sensitive\":true" : "") + "}";
    }
    indent_json(text + "}", 1, out_);
  }

  void resources() {
    // Both maps are sorted by block, so one pass over each is enough.
    auto instance = state_.instances.begin();
    auto deposed = state_.deposed.begin();
    bool is_first = true;
    while (instance != state_.instances.end() || deposed != state_.deposed.end()) {
      const bool takes_instance = deposed == state_.deposed.end() || (instance != state_.instances.end() && instance->first.block <= deposed->first.block);
      const BlockAddress& block = takes_instance ? instance->first.block : deposed->first.block;
      out_ += is_first ? "[\n" : ",\n";
      is_first = false;
      begin_resource(block);
      bool is_first_instance = true;
      const auto one = [&](const Key& key, const StateInstance& what) {
        out_ += is_first_instance ? "\n" : ",\n";
        is_first_instance = false;
        write_instance(key, what);
      };
      for (; instance != state_.instances.end() && instance->first.block == block; ++instance) one(instance->first.key, instance->second);
      for (; deposed != state_.deposed.end() && deposed->first.block == block; ++deposed) {
        for (const StateInstance& old : deposed->second) one(deposed->first.key, old);
      }
      out_ += "\n      ]\n    }";
    }
    out_ += is_first ? "[]" : "\n  ]";
  }

  void member(int depth, std::string_view name, std::string_view json, bool is_last = false) {
    out_.append(static_cast<size_t>(depth) * 2, ' ');
    out_ += '"';
    out_ += name;
    out_ += "\": ";
    indent_json(json, depth, out_);
    if (!is_last) out_ += ",\n";
  }

  void begin_resource(const BlockAddress& block) {
    out_ += "    {\n";
    if (!block.module.empty()) member(3, "module", json_quoted(block.module));
    member(3, "mode", block.is_data ? "\"data\"" : "\"managed\"");
    member(3, "type", json_quoted(block.type));
    member(3, "name", json_quoted(block.name));
    member(3, "provider", json_quoted(provider_of(state_, block)));
    out_ += "      \"instances\": [";
  }

  void write_instance(const Key& key, const StateInstance& instance) {
    out_ += "        {\n";
    if (key.kind == Key::Kind::number) member(5, "index_key", std::to_string(key.number));
    if (key.kind == Key::Kind::text) member(5, "index_key", json_quoted(key.text));
    if (instance.is_tainted) member(5, "status", "\"tainted\"");
    if (!instance.deposed.empty()) member(5, "deposed", json_quoted(instance.deposed));
    member(5, "schema_version", std::to_string(instance.schema_version));
    member(5, instance.is_flat ? "attributes_flat" : "attributes", instance.attributes);
    member(5, "sensitive_attributes", instance.sensitive_attributes.empty() ? "[]" : instance.sensitive_attributes);
    if (!instance.private_data.empty()) member(5, "private", json_quoted(instance.private_data));
    if (!instance.dependencies.empty()) {
      std::string list;
      for (const std::string& dependency : instance.dependencies) list += (list.empty() ? "[" : ",") + json_quoted(dependency);
      member(5, "dependencies", list + "]");
    }
    if (instance.creates_first) member(5, "create_before_destroy", "true");
    out_.resize(out_.size() - 2);  // the last one has no comma
    out_ += "\n        }";
  }

  const State& state_;
  std::string out_;
};

}  // namespace

std::string provider_name(const State& state, const BlockAddress& block) {
  const std::string address = provider_of(state, block);
  const size_t open = address.find('"'), close = address.find('"', open + 1);
  return close == std::string::npos ? address : address.substr(open + 1, close - open - 1);
}

std::string provider_address(std::string_view name) {
  if (name == "terraform") return "provider[\"terraform.io/builtin/terraform\"]";
  return fmt::format("provider[\"registry.terraform.io/hashicorp/{}\"]", name);
}

Result<State> parse_state(std::string_view text, std::string_view what) {
  State state;
  int64_t version = 0;
  std::string_view outputs, resources, modules;
  const auto read = for_each_member(text, [&](const std::string& name, std::string_view value) -> Result<void> {
    if (name == "version") version = number_of(value);
    else if (name == "serial") state.serial = number_of(value);
    else if (name == "lineage") state.lineage = text_of_json(value);
    else if (name == "outputs") outputs = value;
    else if (name == "resources") resources = value;
    else if (name == "modules") modules = value;
    else if (name == "check_results" && value != "null") state.check_results = compact_json(value);
    return {};
  });
  if (!read) return fail(malformed(what, read.error().what));
  if (version == 0) return fail(malformed(what, "it has no \"version\" number"));
  if (version != 3 && version != 4) return fail(malformed(what, fmt::format("its version is {}; wanted 3 or 4", version)));
  const auto parsed = [&]() -> Result<void> {
    if (version == 4 && outputs.starts_with('{')) TRY(parse_outputs(outputs, true, state));
    if (version == 4 && resources.starts_with('[')) TRY(for_each_element(resources, [&](std::string_view resource) { return parse_resource(resource, what, state); }));
    if (version == 3 && modules.starts_with('[')) TRY(for_each_element(modules, [&](std::string_view module) { return parse_module_of_version_3(module, what, state); }));
    return {};
  }();
  if (!parsed) return fail(parsed.error().code == "State.Malformed" ? parsed.error() : malformed(what, parsed.error().what));
  return state;
}

std::string render_state(const State& state) { return Writer(state).write(); }

bool same_content(const State& a, const State& b) {
  State x = a, y = b;
  x.serial = y.serial = 0;
  x.lineage = y.lineage = "";
  return render_state(x) == render_state(y);
}

}  // namespace landfall::terraform
