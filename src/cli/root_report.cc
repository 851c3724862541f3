#include "cli/root_report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/session.h"

namespace landfall::cli {
namespace {

/// What names other things, and which way a rule goes.
bool refers(std::string_view name) {
  return name == "type" || name == "name" || (name != "id" && (name.ends_with("_id") || name.ends_with("_arn")));
}

/// Nested blocks, and lists written as attributes ("ingress = [...]").
json::array blocks_of(const hcl::Block& block) {
  std::set<std::string> names;
  for (const hcl::Block& inner : block.body.blocks) names.insert(inner.type == "dynamic" && !inner.labels.empty() ? inner.labels[0].text : inner.type);
  for (const hcl::Attribute& attribute : block.body.attributes) names.insert(attribute.name);
  json::array list;
  for (const std::string& name : names) list.emplace_back(name);
  return list;
}

/// `resource "aws_vpc" "x"` -> "aws_vpc.x"; "with aws_vpc.x[0]" -> "aws_vpc.x[0]"; anything else as it is.
std::string address_in(const std::string& context) {
  if (context.starts_with("with ")) return context.substr(5);
  std::vector<std::string> words;
  for (const std::string& part : split(context, '"')) {
    if (const auto word = trim(part); !word.empty()) words.emplace_back(word);
  }
  if (words.size() == 3) return (words[0] == "data" ? "data." : "") + words[1] + "." + words[2];
  return words.size() == 2 ? words[0] + "." + words[1] : context;
}

}  // namespace

void RootReport::add_instances(const terraform::State& state, const terraform::Module& module) {
  has_instances_ = true;
  for (const auto& [address, instance] : state.instances) {
    if (address.block.is_data) continue;
    const auto attributes = parse_json(instance.attributes);
    if (!attributes || !attributes->is_object()) continue;
    json::object entry{{"address", address.text()}, {"file", ""}, {"line", 0}, {"blocks", json::array{}}};
    if (const terraform::ResourceConfig* config = terraform::config_of(module, address.block)) {
      const hcl::Range& at = config->block->header_range;
      entry["file"] = (root_ / at.source->name).lexically_normal().string();
      entry["line"] = static_cast<int>(at.start.line);
      entry["blocks"] = blocks_of(*config->block);
    }
    json::object names;
    for (const auto& [name, value] : attributes->get_object()) {
      if (value.is_string() && refers(name)) names[name] = value;
    }
    entry["refers"] = names;
    for (const char* name : {"id", "arn"}) {
      const std::string id(string_member(attributes->get_object(), name));
      if (id.empty()) continue;
      entry["id"] = id;
      instances_.push_back(entry);
    }
  }
}

void RootReport::add_failures(const terraform::Applied& applied) {
  for (const auto& failure : applied.failures) {
    if (failure.error.code == "Interrupted") continue;  // by a person: nothing is wrong
    json::object entry{{"address", failure.address.text()}, {"file", ""}, {"line", 0}, {"operation", failure.address.block.type}, {"code", failure.error.code}, {"message", failure.error.what}, {"argument", failure.argument}};
    if (failure.config != nullptr) {
      const hcl::Range& at = failure.config->block->header_range;
      entry["file"] = (root_ / at.source->name).lexically_normal().string();
      entry["line"] = static_cast<int>(at.start.line);
    }
    failures_.push_back(entry);
  }
}

void RootReport::add_problems(const hcl::Diagnostics& diagnostics) {
  for (const hcl::Diagnostic& problem : diagnostics) {
    if (!problem.is_error() || problem.summary == "Interrupted") continue;
    const std::string file = problem.file.empty() ? "" : (root_ / problem.file).lexically_normal().string();
    const std::string address = problem.context.empty() ? fmt::format("{}:{}", file, problem.line) : address_in(problem.context);
    const std::string values = problem.values.empty() ? "" : " (" + join(problem.values, "; ") + ")";
    failures_.push_back(json::object{{"address", address}, {"file", file}, {"line", problem.line}, {"operation", "plan"}, {"code", problem.summary}, {"message", fmt::format("{}{}{}", problem.summary, problem.detail.empty() ? "" : ": " + problem.detail, values)}, {"expression", problem.source_line}});
  }
}

std::string RootReport::body() const {
  json::object body{{"root", root_.string()}, {"failures", failures_}};
  if (has_instances_) body["instances"] = instances_;
  return json::serialize(body);
}

}  // namespace landfall::cli
