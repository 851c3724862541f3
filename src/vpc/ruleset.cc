#include "vpc/ruleset.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace landfall::vpc {
namespace {

std::string body_of(const Ruleset& rules) {
  std::string text;
  for (const std::string& counter : rules.counters) text += fmt::format("\tcounter {} {{\n\t}}\n", counter);
  for (const auto& [name, collection] : rules.collections) {
    text += fmt::format("\t{} {} {{\n\t\ttype {}\n", collection.kind, name, collection.type);
    // nft refuses an empty list.
    if (!collection.elements.empty()) text += fmt::format("\t\telements = {{ {} }}\n", fmt::join(collection.elements, ", "));
    text += "\t}\n";
  }
  for (const auto& [name, chain] : rules.chains) {
    text += fmt::format("\tchain {} {{\n", name);
    if (!chain.hook.empty()) text += "\t\t" + chain.hook + "\n";
    for (const std::string& rule : chain.rules) text += "\t\t" + rule + "\n";
    text += "\t}\n";
  }
  return text;
}

/// Commands in the order that keeps every reference valid: what is referred to comes first and goes last.
class Change {
 public:
  Change(const Ruleset& before, const Ruleset& after) : before_(before), after_(after) {}

  std::string run() {
    add_names();
    edit_elements("delete", before_, after_);
    edit_chains();
    edit_elements("add", after_, before_);
    delete_names();
    return std::move(commands_);
  }

 private:
  void add_names() {
    for (const std::string& counter : after_.counters) {
      if (!before_.counters.contains(counter)) command("add counter", counter);
    }
    for (const auto& [name, collection] : after_.collections) {
      if (!before_.collections.contains(name)) command("add " + collection.kind, fmt::format("{} {{ type {}; }}", name, collection.type));
    }
    for (const auto& [name, chain] : after_.chains) {
      if (before_.chains.contains(name)) continue;
      command("add chain", chain.hook.empty() ? name : fmt::format("{} {{ {} }}", name, chain.hook));
    }
  }

  /// Elements of `of` that `than` has not.
  void edit_elements(const char* verb, const Ruleset& of, const Ruleset& than) {
    for (const auto& [name, collection] : of.collections) {
      const auto other = than.collections.find(name);
      std::vector<std::string> differing;
      for (const std::string& element : collection.elements) {
        if (other == than.collections.end() || !other->second.elements.contains(element)) differing.push_back(element);
      }
      if (!differing.empty()) command(fmt::format("{} element", verb), fmt::format("{} {{ {} }}", name, fmt::join(differing, ", ")));
    }
  }

  void edit_chains() {
    for (const auto& [name, chain] : after_.chains) {
      const auto old = before_.chains.find(name);
      if (old != before_.chains.end() && old->second.rules == chain.rules) continue;
      if (old != before_.chains.end() && !old->second.rules.empty()) command("flush chain", name);
      for (const std::string& rule : chain.rules) command("add rule", name + " " + rule);
    }
  }

  void delete_names() {
    for (const auto& [name, chain] : before_.chains) {
      if (!after_.chains.contains(name)) command("flush chain", name);
    }
    for (const auto& [name, chain] : before_.chains) {
      if (!after_.chains.contains(name)) command("delete chain", name);
    }
    for (const auto& [name, collection] : before_.collections) {
      if (!after_.collections.contains(name)) command("delete " + collection.kind, name);
    }
    for (const std::string& counter : before_.counters) {
      if (!after_.counters.contains(counter)) command("delete counter", counter);
    }
  }

  void command(const std::string& verb, const std::string& rest) {
    commands_ += fmt::format("{} {} {}\n", verb, after_.table, rest);
  }

  const Ruleset& before_;
  const Ruleset& after_;
  std::string commands_;
};

/// A set of another type, or a chain of another hook, cannot be changed in place.
bool has_same_frame(const Ruleset& a, const Ruleset& b) {
  if (a.table != b.table) return false;
  for (const auto& [name, collection] : a.collections) {
    const auto other = b.collections.find(name);
    if (other != b.collections.end() && (other->second.kind != collection.kind || other->second.type != collection.type)) return false;
  }
  return std::ranges::all_of(a.chains, [&](const auto& entry) {
    const auto other = b.chains.find(entry.first);
    return other == b.chains.end() || other->second.hook == entry.second.hook;
  });
}

}  // namespace

std::string whole(const Ruleset& wanted) {
  return fmt::format("table {0} {{\n}}\ndelete table {0}\ntable {0} {{\n{1}}}\n", wanted.table, body_of(wanted));
}

std::string change(const Ruleset& in_force, const Ruleset& wanted) {
  if (in_force == wanted) return {};
  if (!has_same_frame(in_force, wanted)) return whole(wanted);
  return Change(in_force, wanted).run();
}

}  // namespace landfall::vpc
