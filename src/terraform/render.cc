#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "terraform/plan.h"

namespace landfall::terraform {
namespace {

using hcl::Type;

constexpr const char* kUnknown = "(known after apply)";

std::string indent(int depth) { return std::string(static_cast<size_t>(depth), ' '); }

/// A whole value, over several lines where it has parts: `depth` is where its members stand.
std::string whole(const Value& value, int depth) {
  if (value.is_sensitive()) return "(sensitive value)";
  if (!value.is_known()) return kUnknown;
  if (value.is_null()) return "null";
  if (value.type().is_sequence()) {
    if (value.length() == 0) return "[]";
    std::string text = "[\n";
    for (const Value& element : value.elements()) text += indent(depth + 4) + whole(element, depth + 4) + ",\n";
    return text + indent(depth) + "]";
  }
  if (value.type().has_fields()) {
    if (value.length() == 0) return "{}";
    size_t width = 0;
    for (const auto& field : value.fields()) width = std::max(width, field.name.size());
    std::string text = "{\n";
    for (const auto& [name, member] : value.fields()) {
      if (!member.is_null()) text += fmt::format("{}{:<{}} = {}\n", indent(depth + 4), name, width, whole(member, depth + 4));
    }
    return text + indent(depth) + "}";
  }
  return to_console(value);
}

/// What is new or goes, with its mark before each part.
std::string marked(const Value& value, char mark, int depth) {
  if (value.is_sensitive()) return "(sensitive value)";
  if (!value.is_known() || value.is_null() || value.type().is_primitive() || value.type().is_dynamic()) return whole(value, depth);
  if (value.type().is_sequence()) {
    if (value.length() == 0) return "[]";
    std::string text = "[\n";
    for (const Value& element : value.elements()) text += fmt::format("{}{} {},\n", indent(depth + 2), mark, marked(element, mark, depth + 4));
    return text + indent(depth + 0) + "]";
  }
  if (value.length() == 0) return "{}";
  size_t width = 0;
  for (const auto& field : value.fields()) width = std::max(width, field.name.size() + (value.is(Type::Kind::map) ? 2 : 0));
  std::string text = "{\n";
  for (const auto& [name, member] : value.fields()) {
    const std::string shown = value.is(Type::Kind::map) ? "\"" + name + "\"" : name;
    if (!member.is_null()) text += fmt::format("{}{} {:<{}} = {}\n", indent(depth + 2), mark, shown, width, marked(member, mark, depth + 4));
  }
  return text + indent(depth) + "}";
}

std::string difference(const Value& before, const Value& after, int depth);

std::string elements_difference(const Value& before, const Value& after, int depth) {
  std::string text = "[\n";
  const auto has = [](const Value& list, const Value& wanted) {
    return std::ranges::any_of(list.elements(), [&](const Value& element) { return element == wanted; });
  };
  int hidden = 0;
  for (const Value& element : before.elements()) {
    if (has(after, element)) ++hidden;
    else text += fmt::format("{}- {},\n", indent(depth + 2), marked(element, '-', depth + 4));
  }
  for (const Value& element : after.elements()) {
    if (!has(before, element)) text += fmt::format("{}+ {},\n", indent(depth + 2), marked(element, '+', depth + 4));
  }
  if (hidden > 0) text += fmt::format("{}# ({} unchanged element{} hidden)\n", indent(depth + 4), hidden, hidden == 1 ? "" : "s");
  return text + indent(depth) + "]";
}

std::string fields_difference(const Value& before, const Value& after, int depth) {
  std::map<std::string, std::pair<Value, Value>> members;
  for (const auto& [name, value] : before.fields()) members[name].first = value;
  for (const auto& [name, value] : after.fields()) members[name].second = value;
  const bool is_map = after.is(Type::Kind::map);
  size_t width = 0;
  for (const auto& [name, pair] : members) width = std::max(width, name.size() + (is_map ? 2 : 0));
  std::string text = "{\n";
  int hidden = 0;
  for (const auto& [name, pair] : members) {
    const auto& [old, now] = pair;
    const std::string shown = is_map ? "\"" + name + "\"" : name;
    if (is_alike(old, now)) {
      ++hidden;
      continue;
    }
    const char mark = old.is_null() ? '+' : now.is_null() && now.is_known() ? '-' : '~';
    text += fmt::format("{}{} {:<{}} = {}\n", indent(depth + 2), mark, shown, width, difference(old, now, depth + 4));
  }
  if (hidden > 0) text += fmt::format("{}# ({} unchanged element{} hidden)\n", indent(depth + 4), hidden, hidden == 1 ? "" : "s");
  return text + indent(depth) + "}";
}

std::string json_difference(const Value& before, const Value& after) {
  return fmt::format("{} -> {}", to_console(before), to_console(after));
}

/// `before -> after`, or part by part.
std::string difference(const Value& before, const Value& after, int depth) {
  if (before.is_sensitive() || after.is_sensitive()) return "(sensitive value)";
  if (before.is_null()) return marked(after, '+', depth);
  if (after.is_known() && after.is_null()) return marked(before, '-', depth) + " -> null";
  if (after.is_known() && before.type().is_sequence() && after.type().is_sequence()) return elements_difference(before, after, depth);
  if (after.is_known() && before.type().has_fields() && after.type().has_fields()) return fields_difference(before, after, depth);
  if (before.type().is_primitive() && after.is_known()) return json_difference(before, after);
  return fmt::format("{} -> {}", whole(before, depth), whole(after, depth));
}

const Value& member(const Value& object, std::string_view name) {
  static const Value none;
  if (!object.has_value() || !object.type().has_fields()) return none;
  const Value* found = object.find(name);
  return found == nullptr ? none : *found;
}

/// The lines of one body.
class BodyText {
 public:
  BodyText(const std::vector<std::string>& replaced_by, bool is_update) : replaced_by_(replaced_by), is_update_(is_update) {}

  std::string text(const Schema& schema, const Value& before, const Value& after, int depth, const std::string& path) {
    std::string lines;
    lines += attributes(schema, before, after, depth, path);
    for (const Block& block : schema.blocks) lines += blocks(block, member(before, block.name), member(after, block.name), depth, path);
    return lines;
  }

 private:
  std::string attributes(const Schema& schema, const Value& before, const Value& after, int depth, const std::string& path) {
    std::vector<const Attribute*> sorted;
    for (const Attribute& attribute : schema.attributes) sorted.push_back(&attribute);
    std::ranges::sort(sorted, {}, &Attribute::name);
    size_t width = 0;
    std::vector<const Attribute*> shown;
    int hidden = 0;
    for (const Attribute* attribute : sorted) {
      const Value &old = member(before, attribute->name), &now = member(after, attribute->name);
      const bool differs = !is_alike(old, now);
      const bool is_landmark = is_update_ && (attribute->name == "id" || attribute->name == "name" || attribute->name == "tags") && now.has_value() && path.empty();
      if (!differs && is_update_) hidden += old.has_value() && !is_landmark;
      if ((differs && !(now.is_known() && now.is_null() && old.is_null())) || is_landmark) {
        shown.push_back(attribute);
        width = std::max(width, attribute->name.size());
      }
    }
    std::string lines;
    for (const Attribute* attribute : shown) lines += line(*attribute, member(before, attribute->name), member(after, attribute->name), depth, width, path);
    if (hidden > 0) lines += fmt::format("{}# ({} unchanged attribute{} hidden)\n", indent(depth + 2), hidden, hidden == 1 ? "" : "s");
    return lines;
  }

  std::string line(const Attribute& attribute, const Value& before, const Value& after, int depth, size_t width, const std::string& path) {
    const bool forces = std::ranges::find(replaced_by_, path + attribute.name) != replaced_by_.end();
    const char* note = forces ? " # forces replacement" : "";
    if (is_alike(before, after)) return fmt::format("{}  {:<{}} = {}\n", indent(depth), attribute.name, width, attribute.is_sensitive ? "(sensitive value)" : whole(after, depth + 4));
    const char mark = before.is_null() ? '+' : after.is_known() && after.is_null() ? '-' : '~';
    const std::string value = attribute.is_sensitive ? "(sensitive value)" : difference(before, after, depth + 4 - 0);
    return fmt::format("{}{} {:<{}} = {}{}\n", indent(depth), mark, attribute.name, width, value, note);
  }

  std::string blocks(const Block& block, const Value& before, const Value& after, int depth, const std::string& path) {
    if (!after.is_known()) return is_alike(before, after) ? "" : fmt::format("\n{}+ {} {}\n", indent(depth), block.name, kUnknown);
    std::vector<Value> old, now;
    if (before.has_value()) old.assign(before.elements().begin(), before.elements().end());
    if (after.has_value()) now.assign(after.elements().begin(), after.elements().end());
    std::string lines;
    if (block.is_set) {  // what is in both is left out
      std::vector<Value> same;
      for (const Value& element : old) {
        const auto found = std::ranges::find_if(now, [&](const Value& other) { return is_alike(element, other); });
        if (found != now.end()) {
          same.push_back(element);
          now.erase(found);
        }
      }
      for (const Value& element : same) old.erase(std::ranges::find(old, element));
      for (const Value& element : old) lines += one(block, element, Value(), '-', depth, path + block.name);
      for (const Value& element : now) lines += one(block, Value(), element, '+', depth, path + block.name);
      if (!same.empty() && is_update_) lines += hidden_blocks(same.size(), depth);
      return lines;
    }
    size_t hidden = 0;
    for (size_t i = 0; i < std::max(old.size(), now.size()); ++i) {
      const Value x = i < old.size() ? old[i] : Value(), y = i < now.size() ? now[i] : Value();
      if (!x.is_null() && is_alike(x, y)) {
        ++hidden;
        continue;
      }
      lines += one(block, x, y, x.is_null() ? '+' : y.is_null() ? '-' : '~', depth, path + block.name + fmt::format("[{}].", i));
    }
    return lines + (hidden > 0 && is_update_ ? hidden_blocks(hidden, depth) : "");
  }

  static std::string hidden_blocks(size_t count, int depth) { return fmt::format("\n{}# ({} unchanged block{} hidden)\n", indent(depth + 2), count, count == 1 ? "" : "s"); }

  std::string one(const Block& block, const Value& before, const Value& after, char mark, int depth, const std::string& path) {
    return fmt::format("\n{}{} {} {{\n{}{}}}\n", indent(depth), mark, block.name, text(block.schema, before, after, depth + 4, path), indent(depth + 2));
  }

  const std::vector<std::string>& replaced_by_;
  bool is_update_;
};

const char* verdict(const PlannedChange& change) {
  switch (change.action) {
    case Action::create: return "will be created";
    case Action::read: return "will be read during apply";
    case Action::update: return "will be updated in-place";
    case Action::replace: return change.reason == Reason::tainted ? "is tainted, so it must be replaced" : change.reason == Reason::by_request ? "will be replaced, as requested" : change.reason == Reason::by_triggers ? "will be replaced due to changes in replace_triggered_by" : "must be replaced";
    case Action::remove: return "will be destroyed";
    case Action::forget: return "will no longer be managed by Terraform, but will not be destroyed";
    case Action::none: return "";
  }
  return "";
}

const char* symbol(const PlannedChange& change) {
  switch (change.action) {
    case Action::create: return "  +";
    case Action::read: return " <=";
    case Action::update: return "  ~";
    case Action::replace: return change.creates_first ? "+/-" : "-/+";
    case Action::remove: return "  -";
    case Action::forget: return "  .";
    case Action::none: return "";
  }
  return "";
}

/// What stands in brackets below the verdict. Source  Terraform 1.11, command/format/diff.
std::string explanation(const PlannedChange& change) {
  const std::string key = change.address.key.suffix();
  switch (change.reason) {
    case Reason::no_resource_config: return fmt::format("because {} is not in configuration", change.address.block.text());
    case Reason::no_module: return fmt::format("because {} is not in configuration", change.address.block.module);
    case Reason::wrong_repetition: return change.address.key.kind == Key::Kind::none ? "because resource uses count or for_each" : change.address.key.kind == Key::Kind::number ? "because resource does not use count" : "because resource does not use for_each";
    case Reason::count_index: return fmt::format("because index {} is out of range for count", key);
    case Reason::each_key: return fmt::format("because key {} is not in for_each map", key);
    case Reason::config_unknown: return "config refers to values not yet known";
    case Reason::dependency_pending: return "depends on a resource or a module with changes pending";
    case Reason::none:
    case Reason::cannot_update:
    case Reason::tainted:
    case Reason::by_request:
    case Reason::by_triggers: return "";
  }
  return "";
}

std::string change_text(const PlannedChange& change, const Schema& schema) {
  std::string text = fmt::format("  # {} {}\n", change.address.text(), verdict(change));
  if (const std::string why = explanation(change); !why.empty()) text += fmt::format("  # ({})\n", why);
  const BlockAddress& block = change.address.block;
  text += fmt::format("{} {} \"{}\" \"{}\" {{\n", symbol(change), block.is_data ? "data" : "resource", block.type, block.name);
  const bool is_update = change.action == Action::update || change.action == Action::replace;
  const Value before = change.action == Action::create ? Value() : change.prior;
  const Value after = change.action == Action::remove || change.action == Action::forget ? Value() : change.planned;
  text += BodyText(change.replaced_by, is_update).text(schema, before, after, 6, "");
  return text + "    }\n";
}

std::string outputs_text(const Plan& plan) {
  std::string text;
  size_t width = 0;
  for (const auto& [name, output] : plan.outputs) width = std::max(width, name.size());
  for (const auto& [name, output] : plan.outputs) {
    if (output.before == output.after) continue;
    const char mark = output.before.is_null() ? '+' : output.after.is_known() && output.after.is_null() ? '-' : '~';
    const std::string value = output.is_sensitive ? "(sensitive value)" : difference(output.before, output.after, 4);
    text += fmt::format("  {} {:<{}} = {}\n", mark, name, width, value);
  }
  return text.empty() ? "" : "\nChanges to Outputs:\n" + text;
}

}  // namespace

std::string render_plan(const Plan& plan, const Provider& provider) {
  if (!plan.has_changes()) {
    return plan.is_destroy ? "\nNo changes. No objects need to be destroyed.\n" : "\nNo changes. Your infrastructure matches the configuration.\n";
  }
  std::string text;
  int shown = 0;
  static const Schema remote{.attributes = {text_map("config")}};
  for (const auto& [to, from] : plan.moved) text += fmt::format("\n  # {} has moved to {}\n", from.text(), to.text());
  for (const auto& [address, change] : plan.changes) {
    if (!change.imported.empty()) text += fmt::format("\n  # {} will be imported [id={}]\n", address.text(), change.imported);
    if (change.action == Action::none) continue;
    const Schema* schema = &remote;
    if (address.block.is_data) {
      if (const DataSource* source = provider.data_source(address.block.type)) schema = &source->schema();
    } else {
      schema = &provider.resource(address.block.type)->schema();
    }
    text += "\n" + change_text(change, *schema);
    ++shown;
  }
  std::string legend;
  const auto explain = [&](Action action, const char* line) {
    if (plan.count(action) > 0) legend += line;
  };
  explain(Action::create, "  + create\n");
  explain(Action::update, "  ~ update in-place\n");
  explain(Action::remove, "  - destroy\n");
  const auto replaces = [&](bool creates_first) {
    return std::ranges::any_of(plan.changes, [&](const auto& e) { return e.second.action == Action::replace && e.second.creates_first == creates_first; });
  };
  if (replaces(false)) legend += "-/+ destroy and then create replacement\n";
  if (replaces(true)) legend += "+/- create replacement and then destroy\n";
  explain(Action::read, " <= read (data resources)\n");
  std::string head;
  if (shown > 0) head = "\nLandfall used the selected providers to generate the following execution plan. Resource actions are indicated with the following symbols:\n" + legend + "\nLandfall will perform the following actions:\n";
  const int replaced = plan.count(Action::replace);
  const std::string sum = fmt::format("\nPlan: {} to add, {} to change, {} to destroy.\n", plan.count(Action::create) + replaced, plan.count(Action::update), plan.count(Action::remove) + replaced + static_cast<int>(plan.state.deposed.size()));
  return head + text + (shown > 0 ? sum : "") + outputs_text(plan);
}

std::string render_output(const Value& value, bool is_sensitive) { return is_sensitive ? "<sensitive>" : to_console(value); }

}  // namespace landfall::terraform
