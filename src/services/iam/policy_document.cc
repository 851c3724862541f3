#include "services/iam/policy_document.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::services::iam {
namespace {

using Statements = std::vector<const json::object*>;

std::unexpected<Error> malformed(std::string what) { return fail("MalformedPolicyDocument", std::move(what)); }
std::unexpected<Error> syntax() { return malformed("Syntax errors in policy."); }
std::unexpected<Error> legacy() { return malformed("The policy failed legacy parsing"); }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> options) { return std::ranges::find(options, text) != options.end(); }

/// A string, or a list of strings.
bool are_texts(const json::value& value) {
  if (value.is_string()) return true;
  return value.is_array() && std::ranges::all_of(value.get_array(), [](const json::value& one) { return one.is_string(); });
}

std::vector<std::string> texts_of(const json::object& statement, std::string_view name) {
  const json::value* value = statement.if_contains(name);
  if (value == nullptr) return {};
  if (value->is_string()) return {std::string(value->get_string())};
  std::vector<std::string> all;
  for (const json::value& one : value->get_array()) all.emplace_back(one.get_string());
  return all;
}

bool is_operator(std::string_view name) {
  for (const std::string_view set : {"ForAnyValue:", "ForAllValues:"}) {
    if (name.starts_with(set)) {
      name.remove_prefix(set.size());
      break;
    }
  }
  if (name.ends_with("IfExists")) name.remove_suffix(8);
  return is_one_of(name, {"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
                          "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress",
                          "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null"});
}

bool is_value(const json::value& value) {
  const auto scalar = [](const json::value& one) { return one.is_string() || one.is_bool() || one.is_number(); };
  return scalar(value) || (value.is_array() && std::ranges::all_of(value.get_array(), scalar));
}

bool is_condition(const json::value& value) {
  if (!value.is_object()) return false;
  for (const auto& [name, keys] : value.get_object()) {
    if (!keys.is_object() || !std::ranges::all_of(keys.get_object(), [](const auto& key) { return is_value(key.value()); })) return false;
    if (!is_operator(name) && !keys.get_object().empty()) return false;
  }
  return true;
}

bool is_principal(const json::value& value) {
  if (value.is_string()) return value.get_string() == "*";
  return value.is_object() && std::ranges::all_of(value.get_object(), [](const auto& entry) { return is_one_of(entry.key(), {"AWS", "Service", "Federated", "CanonicalUser"}) && are_texts(entry.value()); });
}

bool is_statement(const json::value& value) {
  const json::object* statement = value.if_object();
  if (statement == nullptr) return false;
  for (const auto& [name, member] : *statement) {
    const bool fits = is_one_of(name, {"Action", "NotAction", "Resource", "NotResource"})         ? are_texts(member)
                      : name == "Effect"                                                          ? member.is_string() && is_one_of(lower(std::string_view(member.get_string())), {"allow", "deny"})
                      : name == "Sid"                                                             ? member.is_string()
                      : name == "Condition"                                                       ? is_condition(member)
                      : is_one_of(name, {"Principal", "NotPrincipal"})                            ? is_principal(member)
                                                                                                  : false;
    if (!fits) return false;
  }
  const auto both = [&](const char* one, const char* other) { return statement->contains(one) && statement->contains(other); };
  return statement->contains("Effect") && !both("Action", "NotAction") && !both("Resource", "NotResource");
}

Result<Statements> read(const json::value& value) {
  const json::object* document = value.if_object();
  if (document == nullptr) return syntax();
  for (const auto& [name, member] : *document) {
    const bool fits = name == "Version" ? member.is_string() && is_one_of(member.get_string(), {"2008-10-17", "2012-10-17"}) : name == "Id" ? member.is_string() : name == "Statement";
    if (!fits) return syntax();
  }
  const json::value* given = document->if_contains("Statement");
  if (given == nullptr || (given->is_array() && given->get_array().empty())) return syntax();
  Statements statements;
  const auto add = [&](const json::value& one) {
    if (!is_statement(one)) return false;
    statements.push_back(&one.get_object());
    return true;
  };
  if (!given->is_array() && !add(*given)) return syntax();
  if (given->is_array() && !std::ranges::all_of(given->get_array(), add)) return syntax();
  return statements;
}

bool is_date(std::string_view text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) return true;
  return parse_iso8601(std::string(text)).has_value() || parse_iso8601(std::string(text) + "T00:00:00Z").has_value();
}

bool has_dates(const json::object& statement) {
  const json::value* condition = statement.if_contains("Condition");
  for (const auto& [name, keys] : condition == nullptr ? json::object{} : condition->get_object()) {
    if (std::string_view(name).find("Date") == std::string_view::npos) continue;
    for (const auto& [key, value] : keys.get_object()) {
      if (value.is_string() && !is_date(value.get_string())) return false;
      if (value.is_array() && !std::ranges::all_of(value.get_array(), [](const json::value& one) { return !one.is_string() || is_date(one.get_string()); })) return false;
    }
  }
  return true;
}

/// What is wrong with a resource; "" nothing.
std::string fault_of(const std::string& resource) {
  if (resource == "*") return "";
  const std::vector<std::string> parts = split(resource, ':');
  if (parts.size() < 2) return fmt::format("Resource {} must be in ARN format or \"*\".", resource);
  const auto part = [&](size_t i) { return parts.size() > i ? parts[i] : std::string("*"); };
  if (parts[1] != "aws" && parts[1] != "*") {
    std::string rest = part(5);
    for (size_t i = 6; i < parts.size(); ++i) rest += ":" + parts[i];
    const std::string vendor = parts.size() == 3 && parts[2].empty() ? "*" : part(2);
    return fmt::format("Partition \"{0}\" is not valid for resource \"arn:{0}:{1}:{2}:{3}:{4}\".", parts[1], vendor, part(3), part(4), rest);
  }
  if (parts.size() == 2) return "Resource vendor must be fully qualified and cannot contain regexes.";
  const std::string& service = parts[2];
  if (parts.size() > 3 && !parts[3].empty()) {
    if (service == "iam") return fmt::format("IAM resource {} cannot contain region information.", resource);
    if (service == "s3") return fmt::format("Resource {} can not contain region information.", resource);
  }
  if (service == "iam" && parts.size() > 5 && parts[5] != "*") {
    constexpr std::string_view kKinds[] = {"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/"};
    if (std::ranges::none_of(kKinds, [&](std::string_view kind) { return parts[5].starts_with(kind); })) {
      return fmt::format("IAM resource path must either be \"*\" or start with {}.", join(std::vector<std::string>(std::begin(kKinds), std::end(kKinds)), ", "));
    }
  }
  return "";
}

/// The shape that resources always had to have: vendor, region, account and path, if there is more than a vendor.
bool has_legacy_shape(const std::string& resource) {
  if (resource == "*") return true;
  const std::vector<std::string> parts = split(resource, ':');
  return parts.size() == 3 ? !parts[2].empty() : parts.size() >= 6 && !parts[2].empty();
}

Result<std::string> check_resources(const Statements& statements) {
  std::string fault;
  for (const json::object* statement : statements) {
    for (const char* member : {"Resource", "NotResource"}) {
      std::vector<std::string> resources = texts_of(*statement, member);
      std::ranges::sort(resources);
      for (const std::string& resource : resources) {
        if (fault.empty()) fault = fault_of(resource);
      }
      if (fault.empty() && !std::ranges::all_of(resources, has_legacy_shape)) return legacy();
    }
  }
  return fault;
}

Result<void> check_action(const std::string& action) {
  const std::vector<std::string> parts = split(action, ':');
  if (parts.size() < 2 && action != "*") return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  if (parts.size() > 2) return malformed("Actions/Condition can contain only one colon.");
  const bool plain = std::ranges::all_of(parts[0], [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.'; });
  if (action != "*" && parts[0] != "*" && !plain) return malformed(fmt::format("Vendor {} is not valid", parts[0]));
  return {};
}

bool has(const json::object& statement, const char* one, const char* other) { return !texts_of(statement, one).empty() || !texts_of(statement, other).empty(); }

Result<void> check_identity_policy(const json::value& value, PolicyKind kind) {
  const Statements statements = TRY(read(value));
  if (std::ranges::any_of(statements, [](const json::object* one) { return one->contains("Principal") || one->contains("NotPrincipal"); })) return malformed("Policy document should not specify a principal.");
  const json::value* version = value.get_object().if_contains("Version");
  if (kind == PolicyKind::managed && (version == nullptr || version->get_string() != "2012-10-17")) return malformed("Policy document must be version 2012-10-17 or greater.");
  for (const json::object* statement : statements) {
    if (!is_one_of(statement->at("Effect").get_string(), {"Allow", "Deny"}) || !has_dates(*statement)) return legacy();
  }
  const std::string fault = TRY(check_resources(statements));
  std::set<std::string> ids;
  for (const json::object* statement : statements) {
    const json::value* id = statement->if_contains("Sid");
    if (id != nullptr && !id->get_string().empty() && !ids.insert(std::string(id->get_string())).second) return malformed("Statement IDs (SID) in a single policy must be unique.");
  }
  for (const json::object* statement : statements) {
    if (!has(*statement, "Action", "NotAction")) return malformed("Policy statement must contain actions.");
  }
  if (fault.empty()) {
    for (const json::object* statement : statements) {
      for (const char* member : {"Action", "NotAction"}) {
        for (const std::string& action : texts_of(*statement, member)) {
          if (!has(*statement, "Resource", "NotResource")) continue;
          TRY(check_action(action));
        }
      }
    }
  }
  for (const json::object* statement : statements) {
    if (has(*statement, "Resource", "NotResource")) continue;
    for (const char* member : {"Action", "NotAction"}) {
      for (const std::string& action : texts_of(*statement, member)) TRY(check_action(action));
    }
    return malformed("Policy statement must contain resources.");
  }
  if (!fault.empty()) return malformed(fault);
  return {};
}

/// One of the calls of STS that a trust policy may speak of, or a pattern that begins as one.
bool is_trust_action(const std::string& action) {
  constexpr std::string_view kCalls[] = {"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:setcontext", "sts:setsourceidentity", "sts:tagsession"};
  const size_t open = action.find_first_of("*?");
  return std::ranges::any_of(kCalls, [&](std::string_view call) { return open == std::string::npos ? call == action : call.starts_with(action.substr(0, open)); });
}

Result<void> check_trust_policy(const json::value& value) {
  if (const json::object* document = value.if_object()) {
    const json::value* given = document->if_contains("Statement");
    if (given != nullptr && given->is_object() && given->get_object().contains("Resource")) return malformed("Has prohibited field Resource");
    for (const json::value& one : given != nullptr && given->is_array() ? given->get_array() : json::array{}) {
      if (one.is_object() && one.get_object().contains("Resource")) return malformed("Has prohibited field Resource");
    }
  }
  for (const json::object* statement : TRY(read(value))) {
    if (!statement->contains("Principal") && !statement->contains("NotPrincipal")) return malformed("Missing required field Principal");
    if (!has(*statement, "Action", "NotAction")) return malformed("Missing required field Action");
    for (const std::string& action : texts_of(*statement, "Action")) {
      if (!is_trust_action(lower(action))) return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    }
  }
  return {};
}

}  // namespace

Result<void> check_policy(std::string_view document, PolicyKind kind) {
  const auto value = parse_json(document, "the policy");
  if (!value) return kind == PolicyKind::trust ? malformed("This policy contains invalid Json") : syntax();
  return kind == PolicyKind::trust ? check_trust_policy(*value) : check_identity_policy(*value, kind);
}

}  // namespace landfall::services::iam
