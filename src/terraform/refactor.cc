#include "terraform/refactor.h"

#include <optional>
#include <vector>

#include "base/text.h"
#include "hcl/syntax.h"
#include "terraform/session.h"

namespace landfall::terraform {
namespace {

/// `x[0].y["a.b"]` cut at the dots outside of brackets.
std::vector<std::string> steps_of(std::string_view text) {
  std::vector<std::string> steps(1);
  bool in_key = false, in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\' && i + 1 < text.size()) {
      steps.back() += text.substr(i++, 2);
      continue;
    }
    if (in_key && c == '"') in_text = !in_text;
    if (!in_text && c == '[') in_key = true;
    if (!in_text && c == ']') in_key = false;
    if (c == '.' && !in_key) steps.emplace_back();
    else steps.back() += c;
  }
  return steps;
}

std::optional<Key> key_in(std::string_view step, std::string& name) {
  const size_t open = step.find('[');
  name = step.substr(0, open);
  if (open == std::string_view::npos) return Key{};
  if (!step.ends_with(']')) return std::nullopt;
  const hcl::ParsedExpression parsed = hcl::parse_expression("address", step.substr(open + 1, step.size() - open - 2));
  if (!parsed.expression) return std::nullopt;
  const auto value = hcl::evaluate(*parsed.expression, hcl::MapScope());
  if (!value.ok() || !value.value.has_value()) return std::nullopt;
  if (value.value.is(hcl::Type::Kind::string)) return Key::of(value.value.as_string());
  const auto number = value.value.is(hcl::Type::Kind::number) ? value.value.as_number().as_int64() : std::nullopt;
  if (!number) return std::nullopt;
  return Key::of(*number);
}

void collect_modules(const Module& module, std::vector<const Module*>& found) {
  found.push_back(&module);
  for (const auto& [name, call] : module.calls) collect_modules(*call.module, found);
}

/// The path of the instance of `module` that an address lies in or below, or nothing.
std::optional<std::string> instance_path(const Module& module, const Address& address) {
  if (module.path.empty()) return "";
  const size_t wanted = steps_of(module.path).size();
  const std::vector<std::string> steps = address.block.module.empty() ? std::vector<std::string>{} : steps_of(address.block.module);
  if (steps.size() < wanted) return std::nullopt;
  std::string path, plain;
  for (size_t i = 0; i < wanted; ++i) {
    path = dotted(path, steps[i]);
    plain = dotted(plain, steps[i].substr(0, steps[i].find('[')));
  }
  return plain == module.path ? std::optional(path) : std::nullopt;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  std::vector<std::string> steps = steps_of(text);
  Address address;
  size_t at = 0;
  while (at + 1 < steps.size() && steps[at] == "module") {
    address.block.module = dotted(dotted(address.block.module, "module"), steps[at + 1]);
    at += 2;
  }
  if (at < steps.size() && steps[at] == "data") {
    address.block.is_data = true;
    ++at;
  }
  if (steps.size() - at != 2 || steps[at].empty() || steps[at + 1].empty()) return std::nullopt;
  address.block.type = steps[at];
  const auto key = key_in(steps[at + 1], address.block.name);
  if (!key || address.block.name.empty()) return std::nullopt;
  address.key = *key;
  return address;
}

bool covers(std::string_view outer, std::string_view inner) {
  return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '[' || inner[outer.size()] == '.');
}

std::map<Address, Address> carry_out_moves(const Module& root, State& state) {
  std::map<Address, Address> before;
  std::vector<const Module*> modules;
  collect_modules(root, modules);
  const auto move_all = [&](const Module& module, const MovedConfig& moved) {
    std::vector<std::pair<Address, Address>> found;
    for (const auto& [address, instance] : state.instances) {
      const auto path = instance_path(module, address);
      if (!path) continue;
      const std::string text = address.text();
      const std::string_view relative = path->empty() ? std::string_view(text) : std::string_view(text).substr(path->size() + 1);
      if (!covers(moved.from, relative)) continue;
      const auto to = parse_address(dotted(*path, moved.to + std::string(relative.substr(moved.from.size()))));
      if (to && !state.instances.contains(*to)) found.emplace_back(address, *to);
    }
    for (const auto& [from, to] : found) {
      auto node = state.instances.extract(from);
      node.key() = to;
      state.instances.insert(std::move(node));
      if (const auto kept = state.providers.find(from.block); kept != state.providers.end()) state.providers[to.block] = std::string(kept->second);
      const auto older = before.find(from);
      const Address origin = older == before.end() ? from : older->second;
      if (older != before.end()) before.erase(older);
      before[to] = origin;
    }
    return !found.empty();
  };
  // A chain of moves may be written in any order.
  for (size_t pass = 0; pass < 100; ++pass) {
    bool has_moved = false;
    for (const Module* module : modules) {
      for (const MovedConfig& moved : module->moved) has_moved = move_all(*module, moved) || has_moved;
    }
    if (!has_moved) break;
  }
  return before;
}

const RemovedConfig* removed_for(const Module& root, const Address& address) {
  std::vector<const Module*> modules;
  collect_modules(root, modules);
  const std::string whole = config_address(address.block);
  for (const Module* module : modules) {
    for (const RemovedConfig& removed : module->removed) {
      if (covers(dotted(module->path, removed.from), whole)) return &removed;
    }
  }
  return nullptr;
}

}  // namespace landfall::terraform
