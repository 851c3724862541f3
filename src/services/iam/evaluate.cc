#include "services/iam/evaluate.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/clock.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::services::iam {
namespace {

/// A string, or a list of them; booleans and numbers as they would be written.
std::vector<std::string> strings_of(const json::value& value) {
  if (value.is_string()) return {std::string(value.get_string())};
  std::vector<std::string> all;
  if (const json::array* array = value.if_array()) {
    for (const json::value& one : *array) {
      for (std::string& text : strings_of(one)) all.push_back(std::move(text));
    }
    return all;
  }
  return {json::serialize(value)};
}

/// "${aws:username}" in patterns.
std::string with_variables(std::string text, const Question& question) {
  for (size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 1)) {
    const size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const auto found = question.keys.find(lower(text.substr(at + 2, end - at - 2)));
    if (found != question.keys.end()) text.replace(at, end - at + 1, found->second);
  }
  return text;
}

bool any_matches(const json::value& patterns, const std::string& value, bool ignore_case, const Question& question) {
  return std::ranges::any_of(strings_of(patterns), [&](const std::string& pattern) { return glob_match(with_variables(pattern, question), value, ignore_case); });
}

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

int64_t moment(const std::string& text) {
  const auto time = parse_iso8601(text);
  return time ? time->ms : std::atoll(text.c_str()) * 1000;
}

template <class T>
bool compare(std::string_view how, T a, T b) {
  if (how == "Equals") return a == b;
  if (how == "LessThan") return a < b;
  if (how == "LessThanEquals") return a <= b;
  if (how == "GreaterThan") return a > b;
  return how == "GreaterThanEquals" && a >= b;
}

bool in_network(const std::string& address, const std::string& range) {
  const auto ip = parse_ipv4(address);
  const auto cidr = parse_cidr(range.find('/') == std::string::npos ? range + "/32" : range);
  return ip && cidr && cidr->contains(*ip);
}

/// One operator (without a negation) on one value. Null: the operator is not known.
bool holds(std::string_view op, const std::string& value, const std::string& wanted, bool& is_known) {
  if (op == "StringEquals") return value == wanted;
  if (op == "StringEqualsIgnoreCase") return iequals(value, wanted);
  if (op == "StringLike" || op == "ArnLike" || op == "ArnEquals") return glob_match(wanted, value, false);
  if (op == "Bool") return iequals(value, wanted);
  if (op == "BinaryEquals") return value == wanted;
  if (op == "IpAddress") return in_network(value, wanted);
  if (op.starts_with("Numeric")) return compare(op.substr(7), number(value), number(wanted));
  if (op.starts_with("Date")) return compare(op.substr(4), moment(value), moment(wanted));
  is_known = false;
  return false;
}

enum class Quantifier : unsigned char { one, any, all };

/// "ForAnyValue:StringNotLikeIfExists"
struct Operator {
  std::string name;
  Quantifier quantifier = Quantifier::one;
  bool is_negated = false, if_exists = false;

  explicit Operator(std::string text) : name(std::move(text)) {
    if (name.starts_with("ForAnyValue:")) quantifier = Quantifier::any, name.erase(0, 12);
    else if (name.starts_with("ForAllValues:")) quantifier = Quantifier::all, name.erase(0, 13);
    if_exists = name.ends_with("IfExists");
    if (if_exists) name.erase(name.size() - 8);
    const size_t negation = name.find("Not");
    is_negated = negation != std::string::npos;
    if (is_negated) name.erase(negation, 3);
  }
};

std::vector<std::string> values_of(const Question& question, const std::string& key) {
  if (const auto list = question.lists.find(key); list != question.lists.end()) return list->second;
  const auto value = question.keys.find(key);
  return value == question.keys.end() ? std::vector<std::string>{} : std::vector<std::string>{value->second};
}

/// One key of a condition (IAM JSON policy elements: Condition operators, Multivalued context keys).
bool key_holds(const Operator& op, const std::string& key, const std::vector<std::string>& wanted, const Question& question) {
  const std::vector<std::string> values = values_of(question, key);
  if (op.name == "Null") return values.empty() == (!wanted.empty() && wanted[0] == "true");
  if (values.empty()) return op.if_exists || op.quantifier == Quantifier::all || (op.is_negated && op.quantifier == Quantifier::one);
  bool is_known = true;
  const auto fits = [&](const std::string& value) {
    const bool any = std::ranges::any_of(wanted, [&](const std::string& one) { return holds(op.name, value, with_variables(one, question), is_known); });
    return any != op.is_negated;
  };
  const bool is_all = op.quantifier == Quantifier::all || (op.quantifier == Quantifier::one && op.is_negated);
  const bool result = is_all ? std::ranges::all_of(values, fits) : std::ranges::any_of(values, fits);
  return is_known && result;
}

bool condition_holds(const std::string& text, const json::object& keys, const Question& question) {
  const Operator op(text);
  return std::ranges::all_of(keys, [&](const auto& member) { return key_holds(op, lower(std::string(member.key())), strings_of(member.value()), question); });
}

bool applies(const json::object& statement, const Question& question) {
  const json::value* action = statement.if_contains("Action");
  const json::value* not_action = statement.if_contains("NotAction");
  if (action != nullptr ? !any_matches(*action, question.action, true, question) : not_action == nullptr || any_matches(*not_action, question.action, true, question)) return false;
  const json::value* resource = statement.if_contains("Resource");
  const json::value* not_resource = statement.if_contains("NotResource");
  if (resource != nullptr && !any_matches(*resource, question.resource, false, question)) return false;
  if (not_resource != nullptr && any_matches(*not_resource, question.resource, false, question)) return false;
  if (const json::object* conditions = object_member(statement, "Condition")) {
    for (const auto& condition : *conditions) {
      const json::object* keys = condition.value().if_object();
      if (keys == nullptr || !condition_holds(condition.key(), *keys, question)) return false;
    }
  }
  return true;
}

/// Calls `visit` with each statement that applies to the question.
template <class Visit>
void each_statement(const std::string& document, const Question& question, Visit visit) {
  const auto value = parse_json(document, "a policy");
  const json::value* statements = value && value->is_object() ? value->get_object().if_contains("Statement") : nullptr;
  if (statements == nullptr) return;
  const json::array one{*statements};
  for (const json::value& statement : statements->is_array() ? statements->get_array() : one) {
    const json::object* object = statement.if_object();
    if (object != nullptr && applies(*object, question)) visit(*object);
  }
}

Grant grant_of(const std::string& name, const Caller& caller) {
  if (name == "*" || name == caller.arn) return Grant::to_caller;
  if (!caller.role_arn.empty() && name == caller.role_arn) return Grant::to_role;
  return name == caller.account || name == "arn:aws:iam::" + caller.account + ":root" ? Grant::to_account : Grant::none;
}

/// "*", or {"AWS": one or several}; a service, or an identity provider, by its own kind of name.
Grant grant_of(const json::value& principal, const Caller& caller) {
  if (principal.is_string()) return principal.get_string() == "*" ? Grant::to_caller : Grant::none;
  const auto is_named = [&](const char* kind, const std::string& name) {
    const json::value* names = principal.is_object() ? principal.get_object().if_contains(kind) : nullptr;
    return names != nullptr && std::ranges::count(strings_of(*names), name) > 0 ? Grant::to_caller : Grant::none;
  };
  if (!caller.service.empty()) return is_named("Service", caller.service);
  if (!caller.federated.empty()) return is_named("Federated", caller.federated);
  const json::value* names = principal.is_object() ? principal.get_object().if_contains("AWS") : nullptr;
  Grant most = Grant::none;
  if (names == nullptr) return most;
  for (const std::string& name : strings_of(*names)) most = std::max(most, grant_of(name, caller));
  return most;
}

}  // namespace

Verdict evaluate(const std::vector<std::string>& documents, const Question& question) {
  Verdict verdict = Verdict::not_mentioned;
  for (const std::string& document : documents) {
    each_statement(document, question, [&](const json::object& statement) {
      if (string_member(statement, "Effect") == "Deny") verdict = Verdict::denied;
      if (string_member(statement, "Effect") == "Allow" && verdict != Verdict::denied) verdict = Verdict::allowed;
    });
  }
  return verdict;
}

ResourceVerdict evaluate_resource(const std::string& document, const Question& question, const Caller& caller) {
  ResourceVerdict verdict;
  each_statement(document, question, [&](const json::object& statement) {
    const json::value* principal = statement.if_contains("Principal");
    const json::value* not_principal = statement.if_contains("NotPrincipal");
    Grant grant = principal != nullptr ? grant_of(*principal, caller) : Grant::none;
    if (not_principal != nullptr) grant = grant_of(*not_principal, caller) == Grant::none ? Grant::to_caller : Grant::none;
    if (grant == Grant::none) return;
    if (string_member(statement, "Effect") == "Deny") verdict.is_denied = true;
    if (string_member(statement, "Effect") == "Allow") verdict.grant = std::max(verdict.grant, grant);
  });
  return verdict;
}

}  // namespace landfall::services::iam
