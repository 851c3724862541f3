#include "services/iam/asked.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "aws/member_path.h"
#include "base/text.h"
#include "model/identity.h"
#include "model/secret.h"
#include "services/iam/action_table.h"
#include "store/table.h"

namespace landfall::services::iam {
namespace {

using aws::CallContext;

std::string_view prefix_of(std::string_view service) {
  if (service == "elbv2") return "elasticloadbalancing";
  if (service == "dynamodbstreams") return "dynamodb";
  if (service == "resourcegroupstaggingapi") return "tag";
  return service == "application_autoscaling" ? "application-autoscaling" : service;
}

/// EC2's name of the kind of thing that an id is of.
std::string kind_of(const std::string& id) {
  static const std::map<std::string, std::string, std::less<>> kinds{{"vpc", "vpc"}, {"subnet", "subnet"}, {"sg", "security-group"}, {"sgr", "security-group-rule"}, {"rtb", "route-table"}, {"igw", "internet-gateway"}, {"nat", "natgateway"},
                                                                      {"eipalloc", "elastic-ip"}, {"acl", "network-acl"}, {"eni", "network-interface"}, {"dopt", "dhcp-options"}, {"key", "key-pair"}, {"pl", "prefix-list"}, {"eigw", "egress-only-internet-gateway"}, {"lt", "launch-template"}, {"scr", "subnet-cidr-reservation"}};
  const auto found = kinds.find(id.substr(0, id.find('-')));
  return found == kinds.end() ? "*" : found->second;
}

/// Turns a template of the table into ARNs. A template is literal text with "{member|other:how=default}": the first member that
/// is set (several values make several ARNs), `how` it is written, and what stands for it if none is set ("@caller": his ARN);
/// without a default nothing is made. A value that is an ARN itself stands for all that comes before it.
class Templates {
 public:
  Templates(const Deps& deps, const CallContext& context, const aws::Shape& shape, const void* input) : deps_(deps), context_(context), shape_(shape), input_(input) {}

  std::vector<std::string> expand(std::string_view form) const {
    if (form == "*") return {"*"};
    std::vector<std::string> made{form.starts_with("arn:") ? "" : start()};
    while (!form.empty()) {
      const size_t open = std::min(form.find('{'), form.size());
      for (std::string& arn : made) arn += replace_all(form.substr(0, open), "ACCOUNT", context_.account);
      if (open == form.size()) break;
      const size_t close = form.find('}', open);
      std::vector<std::string> longer;
      for (const std::string& value : values(form.substr(open + 1, close - open - 1))) {
        for (const std::string& arn : made) longer.push_back(value.starts_with("arn:") || value == "*" ? (value == "*" ? arn + value : value) : arn + value);
      }
      made = std::move(longer);
      form.remove_prefix(close + 1);
    }
    return made;
  }

  bool is_set(std::string_view path) const {
    return std::ranges::any_of(aws::texts_at(shape_, input_, path), [](const std::string& text) { return !text.empty() && text != "false"; });
  }

 private:
  std::string start() const {
    if (context_.service == "iam") return fmt::format("arn:aws:iam::{}:", context_.account);
    return fmt::format("arn:aws:{}:{}:{}:", prefix_of(context_.service), context_.region, context_.account);
  }

  std::vector<std::string> values(std::string_view placeholder) const {
    const size_t equals = placeholder.find('=');
    const std::string_view told = placeholder.substr(0, equals);
    const size_t colon = told.find(':');
    const std::string how(colon == std::string_view::npos ? "" : told.substr(colon + 1));
    for (const std::string& path : split(told.substr(0, colon), '|')) {
      std::vector<std::string> found = aws::texts_at(shape_, input_, path);
      std::erase(found, "");
      if (found.empty()) continue;
      for (std::string& value : found) value = written(value, how);
      std::erase(found, "");
      return found;
    }
    if (equals == std::string_view::npos) return {};
    const std::string fallback(placeholder.substr(equals + 1));
    return {fallback == "@caller" ? context_.principal_arn : fallback};
  }

  template <class T>
  std::string arn_of(const std::string& name, const char* kind) const {
    if (name.starts_with("arn:")) return name;
    const auto found = store::find<T>(deps_.store, context_.account + "/" + name);
    return found ? found->arn : fmt::format("arn:aws:iam::{}:{}/{}", context_.account, kind, name);
  }

  std::string written(const std::string& value, const std::string& how) const {
    if (how == "last") return value.substr(value.rfind('/') + 1);
    if (how == "balancer") return value == "network" ? "net" : "app";
    if (how == "bare") return value.starts_with("/") ? value.substr(1) : value;
    if (how == "revision") return value.starts_with("arn:") || value.find(':') != std::string::npos ? value : value + ":*";
    if (how == "host") return value.starts_with("https://") ? value.substr(8) : value;
    if (how == "kind") return kind_of(value) + "/" + value;
    if (how == "role") return arn_of<model::Role>(value, "role");
    if (how == "user") return arn_of<model::User>(value, "user");
    if (how == "group") return arn_of<model::Group>(value, "group");
    if (how == "profile") return arn_of<model::InstanceProfile>(value, "instance-profile");
    if (how == "source") return source(value);
    if (how == "stream") return value.substr(0, value.find('|'));
    if (how == "select" || how == "insert" || how == "update" || how == "delete") return table_of(value, how);
    if (how == "secret" && !value.starts_with("arn:")) {
      const auto secret = store::find<model::Secret>(deps_.store, fmt::format("{}/{}/{}", context_.account, context_.region, value));
      return secret ? secret->arn : "secret:" + value;
    }
    return value;
  }

  /// "/bucket/key?versionId=…", percent-encoded.
  static std::string source(const std::string& value) {
    const std::string plain = percent_decode(value.substr(0, value.find('?')));
    return plain.starts_with("/") ? plain.substr(1) : plain;
  }

  /// The table, or "table/index/name", of a PartiQL statement of that kind; "" of another.
  static std::string table_of(const std::string& statement, const std::string& kind) {
    std::vector<std::string> words;
    for (size_t at = 0; at < statement.size();) {
      const char c = statement[at];
      const size_t end = c == '"' || c == '\'' ? std::min(statement.find(c, at + 1), statement.size() - 1) + 1 : std::min(statement.find_first_of(" \t\r\n\"'.(,", at + (c == '.' ? 0 : 1)), statement.size());
      const size_t stop = c == '.' || c == '(' || c == ',' || std::isspace(static_cast<unsigned char>(c)) != 0 ? at + 1 : end;
      if (const std::string word(trim(statement.substr(at, stop - at))); !word.empty() && word != "(") words.push_back(word);
      at = stop;
    }
    if (!words.empty() && iequals(words[0], "EXISTS")) words.erase(words.begin());
    if (words.empty() || !iequals(words[0], kind)) return "";
    const char* before = kind == "insert" ? "INTO" : kind == "update" ? "UPDATE" : "FROM";
    const auto found = std::ranges::find_if(words, [&](const std::string& word) { return iequals(word, before); });
    if (words.end() - found < 2) return "";
    const auto bare = [](const std::string& word) { return replace_all(word, "\"", ""); };
    const bool has_index = words.end() - found > 3 && found[2] == ".";
    return bare(found[1]) + (has_index ? "/index/" + bare(found[3]) : "");
  }

  const Deps& deps_;
  const CallContext& context_;
  const aws::Shape& shape_;
  const void* input_;
};

bool applies(const ActionRow& row, const CallContext& context, const Templates& templates) {
  if (row.service != context.service) return false;
  const std::vector<std::string> names = split(row.operations, ' ');
  if (std::ranges::count(names, context.operation) == 0) return false;
  if (row.only_if.empty()) return true;
  const bool is_negated = row.only_if.starts_with('!');
  return templates.is_set(row.only_if.substr(is_negated ? 1 : 0)) != is_negated;
}

}  // namespace

std::vector<Asked> asked_by(const Deps& deps, const CallContext& context, const aws::Shape& shape, const void* input) {
  const Templates templates(deps, context, shape, input);
  const auto action_named = [&](std::string_view name) {
    return name.find(':') != std::string_view::npos ? std::string(name) : fmt::format("{}:{}", prefix_of(context.service), name.empty() ? context.operation : name);
  };
  std::vector<Asked> all;
  for (const ActionRow& row : action_table()) {
    if (!applies(row, context, templates)) continue;
    for (const std::string& form : split(row.resources, ' ')) {
      for (std::string& resource : templates.expand(form)) all.push_back({action_named(row.action), std::move(resource), std::string(row.passed_to)});
    }
  }
  const bool has_own = std::ranges::any_of(all, [](const Asked& one) { return one.passed_to.empty(); });
  if (!has_own) all.insert(all.begin(), {action_named(""), "*", ""});
  return all;
}

}  // namespace landfall::services::iam
